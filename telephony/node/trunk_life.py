"""Whether a trunk is there, as far as its answers to OPTIONS say. Pure: time is an argument.

::

    state      what happens                        new state
    any        an answer of the peer               up, unless it says itself that it cannot serve: then as if none had come
    up         one question without an answer      up: it is asked again at once
    up         two in a row                        down
    unknown    two in a row                        down
    down       none                                down: it is asked at the usual times

An answer is a sign of life whatever it says: a carrier that knows no OPTIONS says 405, one that does not know us 403, and
each shows its own words. Only 408, 500, 502, 503 and 504 speak of a server that cannot serve (RFC 3261 §21.4.9, §21.5).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

TrunkState = Literal["up", "down", "unknown"]
ANSWERS_WITHIN_S = 5.0
"""Over UDP the question has been sent four times by then (RFC 3261 §17.1.2.2, timer E)."""
ASK_AGAIN_AFTER_S = 1.0
MISSES = 2
CANNOT_SERVE = frozenset({408, 500, 502, 503, 504})


class PeersWords(NamedTuple):
    status: int
    reason: str
    at: float
    round_trip_ms: float


class TrunkLife:
    def __init__(self, every_s: float, now: float) -> None:
        self._every_s = every_s
        self._ask_at = now
        self._asked_at: float | None = None
        self._misses = 0
        self.state: TrunkState = "unknown"
        self.since = now
        self.last_answer: PeersWords | None = None

    def wants_to_ask(self, now: float) -> bool:
        """True: the question goes out now."""
        if self._asked_at is not None and now - self._asked_at >= ANSWERS_WITHIN_S:
            self._missed(now)
        if self._asked_at is not None or now < self._ask_at:
            return False
        self._asked_at = now
        self._ask_at = now + self._every_s
        return True

    def answered(self, words: PeersWords) -> None:
        """Also one that comes after we have stopped waiting for it."""
        self.last_answer = words
        if words.status in CANNOT_SERVE:
            self._missed(words.at)
            return
        self._asked_at, self._misses = None, 0
        self._turn("up", words.at)

    def not_asked(self, now: float) -> None:
        """The question could not be sent: the network says that there is no way, or nobody listens."""
        self._missed(now)

    def _missed(self, now: float) -> None:
        if self._asked_at is None:
            return
        self._asked_at = None
        self._misses += 1
        if self._misses >= MISSES:
            self._turn("down", now)
        else:
            self._ask_at = min(self._ask_at, now + ASK_AGAIN_AFTER_S)

    def _turn(self, state: TrunkState, now: float) -> None:
        if state != self.state:
            self.state, self.since = state, now

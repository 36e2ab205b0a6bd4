"""Streams that go away by themselves when nobody writes to them any more, without saying so with each entry.

Invariant: a stream's life is renewed when a tenth of it has passed at the latest, so that a stream lives at least nine tenths of
it after its last entry.
"""

from __future__ import annotations

from typing import Protocol

MOST_STREAMS = 1000
"""Remembered; beyond that all are renewed once more than needed."""


class Pipeline(Protocol):
    def expire(self, name: str, time: int) -> object: ...


class Lives:
    """Owns when each stream's life was renewed last, by one process."""

    def __init__(self) -> None:
        self._renewed: dict[str, float] = {}

    def renew(self, pipe: Pipeline, stream: str, life_s: int, now_s: float) -> None:
        """Adds the renewal to what `pipe` carries, if it is time. `now_s` is of a clock that nobody sets."""
        if now_s - self._renewed.get(stream, -float(life_s)) < life_s / 10:
            return
        if len(self._renewed) >= MOST_STREAMS:
            self._renewed.clear()
        self._renewed[stream] = now_s
        pipe.expire(stream, life_s)

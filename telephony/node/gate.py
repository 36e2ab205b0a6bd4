"""Whether new calls are let in at all, and what a caller who is not is told.

Invariant: the engine's door is shut exactly while there is a reason, with the weightiest one; a reason that goes
leaves the others.

Control that is behind gets no more work than it can do: a caller who waits `shed_after_s` for it shuts the door, with 503 and
Retry-After (RFC 3261 §21.5.4), and it opens when nobody has waited half as long. So a rush costs the callers who are one too
many an honest answer at once, and nobody seconds of silence.
"""

from __future__ import annotations

from enum import StrEnum

import structlog

from core.causes import EndCause
from telephony.media_engine import EngineError, MediaEngine

log = structlog.get_logger(__name__)
REOPEN_SHARE = 0.5
"""Of `shed_after_s`: below it control has caught up. A door that shuts and opens at one value would flap."""


class Shut(StrEnum):
    """Why no new call is let in, the weightiest first; the value is what a caller's exchange reads behind 503."""

    STOPPING = "stopping"
    DRAINING = "draining"
    NO_CONTROL = "no control"
    LATE = "busy"


CAUSE_OF_SHUT: dict[Shut, EndCause] = {
    Shut.STOPPING: EndCause.SYSTEM_STOPPED,
    Shut.DRAINING: EndCause.SYSTEM_STOPPED,
    Shut.NO_CONTROL: EndCause.REFUSED_NO_CONTROL,
    Shut.LATE: EndCause.REFUSED_LATE,
}


FOR_LONG = frozenset({Shut.STOPPING, Shut.DRAINING, Shut.NO_CONTROL})
"""Questions (OPTIONS) are refused, too: proxies and carriers that ask turn away. A moment's rush is no reason for that."""


def is_late(waited_s: float, *, shed_after_s: float, was_late: bool) -> bool:
    """Whether control is behind, given how long the caller at the door who came first has waited for it."""
    return waited_s >= shed_after_s * (REOPEN_SHARE if was_late else 1.0)


class Gate:
    """Owns the engine's door. One user at a time: the node's loop."""

    def __init__(self, engine: MediaEngine, shed_after_s: float) -> None:
        self._engine = engine
        self._shed_after_s = shed_after_s
        self._reasons: set[Shut] = set()
        self._told: Shut | None = None
        self._longest_s = 0.0

    @property
    def shut(self) -> Shut | None:
        return next((reason for reason in Shut if reason in self._reasons), None)

    @property
    def draining(self) -> bool:
        """Nobody is let in any more."""
        return Shut.DRAINING in self._reasons

    def refusal(self) -> EndCause | None:
        """What the end of a caller is called who comes now; None: he may come in."""
        return CAUSE_OF_SHUT[self.shut] if self.shut is not None else None

    async def set(self, reason: Shut, on: bool) -> None:
        """May raise `EngineError`: the reason stands, and the engine is told with the next change."""
        if on:
            self._reasons.add(reason)
        else:
            self._reasons.discard(reason)
        while self._told is not self.shut:  # a change of mind while the engine is being told
            before, self._told = self._told, self.shut
            words = str(self._told) if self._told is not None else None
            try:
                await self._engine.refuse_new_legs(words, questions=self._told in FOR_LONG)
            except EngineError:
                self._told = before
                raise

    async def look(self, waited_s: float) -> None:
        """Several times a second: how long the first caller at the door has waited for control."""
        self._longest_s = max(self._longest_s, waited_s)
        was_late = Shut.LATE in self._reasons
        late = is_late(waited_s, shed_after_s=self._shed_after_s, was_late=was_late)
        if late != was_late:
            report = log.warning if late else log.info
            report("control is behind: new calls are refused" if late else "control has caught up", waited_s=round(waited_s, 2))
            await self.set(Shut.LATE, late)

    def longest_wait_s(self) -> float:
        """Since it was last asked."""
        longest, self._longest_s = self._longest_s, 0.0
        return longest

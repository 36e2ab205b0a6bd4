"""One decided step: what is saved and what is told because of it, written at once or not at all.

Whoever is killed between the two would either have decided what nobody hears of, or have told what nobody remembers. What is
still to be asked of others is part of the saved state, and goes out of it with the facts that follow.

Invariant: a step is written once, also when its answer was lost and it is written again. One owner writes the steps of one
place, one after the other; an owner who is one no longer (`core.leadership.Fenced`) writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from core.events import AnyEvent
from core.ids import CallId
from core.leadership import Fence


class Place(NamedTuple):
    """Where one value is saved: as in `core.ports.StateStore`."""

    kind: str
    key: str


class Step(NamedTuple):
    """All that one decision comes to."""

    of: Place
    """Whose step it is: one of its changes, by which it is known again."""
    token: str
    """No other step has it."""
    changes: Mapping[Place, bytes | None]
    """New values; None: there is none any more."""
    events: tuple[AnyEvent, ...] = ()
    call_id: CallId | None = None
    """None: of no call, but of the installation."""


class Steps(Protocol):
    """Writes steps."""

    async def advance(self, step: Step, fence: Fence | None = None, *, again: bool = False) -> None:
        """Its events follow each other in the stream, and one that nobody could read is set aside instead.

        `again`: an earlier try may have been written, and then this one changes nothing. A last step, which leaves nothing at
        its place, is known by that: there was something before it. Raises `Unavailable`: it may have been written or not;
        `Fenced`: it was not, and never will be.
        """
        ...

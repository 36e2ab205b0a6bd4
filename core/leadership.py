"""One leader among several candidates, as ports: a lease, and a ledger that only the newest leader can write.

Invariant: a lease is given under a token, one higher each time. Whatever is written carries the writer's `Fence`, and is refused
as soon as a newer token was given out. So a leader that was paused, or cut off, changes nothing after another one has begun,
however wrong anybody's clock is: time decides only *when* somebody else takes over, never *what counts*.

Source: M. Kleppmann, «How to do distributed locking» (fencing tokens); the candidates watch the leader's beat with their own
steady clocks, as in Kubernetes' leader election, because a time-out kept by the store would jump with its wall clock.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from core.events import AnyEvent


class Fenced(Exception):
    """A newer leader has begun; nothing was written, and nothing may be."""


class Gap(Exception):
    """The ledger does not end where the writer believes: it has lost its newest part, and needs a snapshot to go on."""


class Fence(msgspec.Struct, frozen=True):
    """What shows that the writer leads."""

    token: int
    owner: str


class LeaseRecord(msgspec.Struct, frozen=True):
    """Who leads, as a candidate reads it."""

    token: int = 0
    """Of the newest term; also the number of terms so far."""
    owner: str = ""
    """Empty: nobody, the last leader has stepped down."""
    beat: int = 0
    """Grows while the leader lives."""


class Lease(Protocol):
    """Who leads. All methods raise `Unavailable`."""

    @property
    def owner(self) -> str:
        """The name under which this candidate leads."""
        ...

    async def look(self) -> LeaseRecord: ...

    async def take(self, seen: LeaseRecord) -> Fence | None:
        """A new term, if nothing has changed since `seen`. Whether that was long enough is the caller's judgement."""
        ...

    async def renew(self, fence: Fence) -> None:
        """Shows that the leader lives. Raises `Fenced`."""
        ...

    async def release(self, fence: Fence) -> None:
        """Steps down: anybody may follow at once. Nothing, when a newer leader has begun."""
        ...


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the leader, written as a whole or not at all."""

    seq: int
    """One more than that of the step before."""
    entry: bytes
    """What a follower needs to take the same step."""
    events: tuple[AnyEvent, ...]
    """What the world is told: published with the entry, exactly once."""
    cursor: str
    """How far the leader had read the event stream."""
    snapshot: bytes | None = None
    """The state after this step, where the ledger has a gap before it."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger holds besides its entries."""

    seq: int = 0
    """Of the newest step."""
    snapshot_seq: int = 0
    snapshot: bytes | None = None
    cursor: str = ""
    note: bytes = b""


class Ledger(Protocol):
    """The leader's record of steps. All methods raise `Unavailable`; those with a fence raise `Fenced`."""

    async def append(self, fence: Fence, step: Step) -> None:
        """Writes the entry and publishes its events, at once. Repeated with the same number it changes nothing. Raises `Gap`."""
        ...

    async def save(self, fence: Fence, seq: int, snapshot: bytes) -> None:
        """A snapshot that covers every step up to `seq`; older entries may be forgotten."""
        ...

    async def mark(self, fence: Fence, cursor: str, note: bytes) -> None:
        """Writes down how far the event stream was read, and what the leader must remember of it."""
        ...

    async def load(self) -> Written: ...

    async def entries(self, after: int) -> list[tuple[int, bytes]]:
        """The kept entries after a number, in order."""
        ...

    async def follow(self, after: int) -> list[tuple[int, bytes]]:
        """The same; waits until there is one."""
        ...

"""Which worker a conversation belongs to: calls are shared out in partitions with one owner each. Pure but for the port.

Invariant: whoever changes a call owns its partition, under a token that is one higher each time it changes hands. Whatever an
owner writes carries its `Fence` (`core.leadership`) and is refused once somebody else has the partition, however wrong a clock
is: time decides only when somebody else takes over.

The number of partitions is part of what is stored, and never changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Protocol
from zlib import crc32

import msgspec

from core.events import AnyEvent, LegConnected, LegEnded, OfferAccepted
from core.ids import CallId
from core.leadership import Fence
from core.model import LegPurpose

PARTITIONS = 64
ALL: frozenset[int] = frozenset(range(PARTITIONS))
BEAT_EVERY_S = 0.4
"""How often a worker shows that it lives, and looks whether the others do."""
LOOKED_AWAY_S = 2 * BEAT_EVERY_S
"""A worker that has not looked for longer was held up itself, and knows nothing of the others' silence."""
SILENCE_S = 1.6
"""Four missed beats; with a look and the taking over, calls go on within 3 s."""


def partition_of(call_id: str) -> int:
    """0…63, the same for ever: CRC-32 of what follows the id's prefix."""
    return crc32((call_id.partition("_")[2] or call_id).encode()) % PARTITIONS


def calls_of(call_id: CallId) -> str:
    """The addressee of commands about this call."""
    return addressee(partition_of(call_id))


def addressee(partition: int) -> str:
    return f"calls:{partition}"


def partition_of_event(event: AnyEvent) -> int | None:
    """Whose owner alone is concerned: that of the call, or of the one in which a callback was promised; of the work, where there
    is no call. None: everybody, because none is named, or because an agent is who may be in another one."""
    if isinstance(event, OfferAccepted) or (
        isinstance(event, LegConnected | LegEnded) and event.purpose is not LegPurpose.CALLER
    ):
        return None
    of_no_call = ("origin_call_id", "work_id") if hasattr(event, "call_id") else ("origin_call_id",)
    named: str | None = next((name for field in ("call_id", *of_no_call) if (name := getattr(event, field, None))), None)
    return None if named is None else partition_of(named)


class Share(msgspec.Struct, frozen=True):
    """One partition as it stands in the table."""

    token: int = 0
    """Of its newest owner; also how often it has changed hands."""
    owner: str = ""
    """Empty: nobody, its last owner gave it back."""
    cursor: str = ""
    """Where whoever takes it over begins to read; empty: where its owner is (`Member.cursor`)."""


class Member(msgspec.Struct, frozen=True):
    """One worker as the others see it."""

    beat: int
    """Grows while it lives."""
    life: str
    """Which process it is, for those on the same machine (`server/life.py`)."""
    cursor: str
    """How far it has read: where whoever follows it begins."""


class Table(msgspec.Struct, frozen=True):
    shares: Mapping[int, Share]
    """Those that were ever taken."""
    members: Mapping[str, Member]


class Watched:
    """Which workers live, as one of them sees it, by its own steady clock: time that is kept elsewhere may jump."""

    def __init__(self, surely_over: Callable[[str], bool]) -> None:
        """`surely_over` says of a life that nobody need wait for its silence."""
        self._surely_over = surely_over
        self._silent: dict[str, tuple[Member, float]] = {}
        """For how long each has been, in seconds that this worker watched."""
        self._looked_at_s = math.inf

    def saw(self, members: Mapping[str, Member], steady_s: float) -> frozenset[str]:
        """Those that live: who beats, and who has not been watched for long enough."""
        watched_s = min(max(0.0, steady_s - self._looked_at_s), LOOKED_AWAY_S)
        self._looked_at_s = steady_s
        self._silent = {name: (member, self._silent_for_s(name, member, watched_s)) for name, member in members.items()}
        return frozenset(
            name
            for name, (member, silent_s) in self._silent.items()
            if silent_s < SILENCE_S and not self._surely_over(member.life)
        )

    def _silent_for_s(self, name: str, member: Member, watched_s: float) -> float:
        before, silent_s = self._silent.get(name, (None, 0.0))
        return silent_s + watched_s if before is not None and before.beat == member.beat else 0.0

    def saw_nothing(self) -> None:
        """The table was away, so was it perhaps for the others: watching begins anew."""
        self._silent = {}


class Moves(msgspec.Struct, frozen=True):
    """What one worker does about the table."""

    claim: frozenset[int] = frozenset()
    give_back: frozenset[int] = frozenset()


def moves(table: Table, living: Set[str], me: str) -> Moves:
    """Towards an equal number for each living worker, which includes `me`.

    What nobody living has is claimed up to the worker's own part; what is too much is given back, for the others to claim. Every
    worker decides for itself from the same table, so that two may want the same: the table gives it to one of them.
    """
    part = parts(sorted(living))[me]
    mine = sorted(partition for partition, share in table.shares.items() if share.owner == me)
    free = [p for p in range(PARTITIONS) if table.shares.get(p, Share()).owner not in living]
    missing = part - len(mine)
    if missing > 0:
        first = sorted(living).index(me) * PARTITIONS // len(living)
        order = sorted(free, key=lambda p: (p - first) % PARTITIONS)
        return Moves(claim=frozenset(order[:missing]))
    return Moves(give_back=frozenset(mine[part:]) if not free else frozenset())


def parts(workers: Sequence[str]) -> dict[str, int]:
    """How many partitions each of them should have."""
    least, over = divmod(PARTITIONS, len(workers))
    return {worker: least + (index < over) for index, worker in enumerate(workers)}


class Partitions(Protocol):
    """The table of owners. All methods raise `Unavailable`."""

    async def beat(self, me: str, member: Member, forget: Set[str] = frozenset()) -> Table:
        """Shows that this worker lives, and how far it is; `forget` are dead ones that own nothing any more."""
        ...

    async def claim(self, me: str, wanted: Mapping[int, Share], left_at: Mapping[int, str]) -> Mapping[int, Fence]:
        """Those that still stand in the table as the worker saw them, under their new tokens. Where each was left stays in the
        table until it is `settled`: the worker may die before it has read on."""
        ...

    async def settled(self, fences: Mapping[int, Fence]) -> None:
        """What had passed when they were claimed is handled: who takes them over begins where this worker is."""
        ...

    async def give_back(self, fences: Mapping[int, Fence], cursor: str) -> None:
        """From here on anybody may claim them, and reads on after `cursor`. Nothing for what was lost before."""
        ...

    async def leave(self, me: str) -> None:
        """The worker ends; it owns nothing any more."""
        ...

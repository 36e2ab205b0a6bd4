"""Which partitions of the calls this worker has, and how they change hands.

Invariant: a partition is served by a worker only between its claim in the table and its loss, and whoever takes it begins where
the one before had everything handled. What is given back is given back whole: what was in hand is finished first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Set
from typing import Protocol

import structlog

from core.leadership import Fence
from core.partitions import BEAT_EVERY_S, Member, Moves, Partitions, Share, Table, Watched, moves
from core.ports import Unavailable
from server.dispatcher import in_stream_order
from server.life import mark, surely_over

log = structlog.get_logger(__name__)


class Calls(Protocol):
    """Services that have the calls of some partitions."""

    async def take(self, partitions: frozenset[int]) -> None:
        """Takes back what is saved of them. Raises `Unavailable`."""
        ...

    async def drop(self, partitions: frozenset[int]) -> None:
        """Forgets them without ending anything."""
        ...


class Reader(Protocol):
    """What is asked of the dispatcher."""

    @property
    def cursor(self) -> str: ...

    async def take(self, partitions: Set[int], after: str) -> Awaitable[None]: ...

    async def drop(self, partitions: Set[int]) -> str: ...


class Sharing:
    """Owns the worker's fences."""

    def __init__(
        self,
        table: Partitions,
        calls: Calls,
        me: str,
        *,
        life: str | None = None,
        is_over: Callable[[str], bool] = surely_over,
        every_s: float = BEAT_EVERY_S,
    ) -> None:
        """`me` is a name that no other worker has, and no other life of this one."""
        self._table = table
        self._calls = calls
        self._me = me
        self._life = mark() if life is None else life
        self._watched = Watched(is_over)
        self._every_s = every_s
        self._fences: dict[int, Fence] = {}
        self._unsettled: Mapping[int, Fence] = {}
        """Claimed at the start: the table still says where they were left."""
        self._changing: dict[int, str] = {}
        """Partitions in mid-change, and where each is to be read on if this worker ends just now."""
        self._beats = 0
        self._seen: tuple[Table, frozenset[str]] = Table({}, {}), frozenset({me})
        self._news = asyncio.Event()
        self._settling: set[asyncio.Task[None]] = set()

    @property
    def fences(self) -> Mapping[int, Fence]:
        """Of the partitions that this worker has."""
        return self._fences

    async def begin(self, never_had: str) -> str:
        """Claims what nobody has, before anything is read. Where to begin reading for that; `never_had` for what nobody ever had.
        Empty: nothing was claimed. Raises `Unavailable`."""
        table = await self._beat("")
        living = self._living(table)
        claimed = await self._claim(table, moves(table, living, self._me).claim, living, never_had)
        self._fences |= claimed
        self._unsettled = claimed
        await self._calls.take(frozenset(claimed))
        return min([_left_at(table, p) or never_had for p in claimed], key=in_stream_order, default="")

    async def run(self, reader: Reader) -> None:
        """Until cancelled. The worker shows that it lives also while taking over takes long."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat_for_ever(reader), name="sharing-beat")
            tasks.create_task(self._share_for_ever(reader), name="sharing")

    async def _beat_for_ever(self, reader: Reader) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                table = await self._beat(self._reached(reader))
            except Unavailable as error:
                self._watched.saw_nothing()
                log.warning("the partitions cannot be looked at", error=error)
            else:
                self._seen = table, self._living(table)
                self._news.set()

    async def _share_for_ever(self, reader: Reader) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._share(*self._seen, reader)
            except Unavailable as error:
                log.warning("partitions cannot change hands now", error=error)

    async def stop(self, reader: Reader | None = None) -> None:
        """Gives everything back: nothing is read any more. Who comes next goes on after what was handled."""
        try:
            if reader is not None:
                await self._give_back_half_taken(await self._beat(self._reached(reader)))
                await self._table.give_back(self._fences, reader.cursor)
            self._fences.clear()
            await self._table.leave(self._me)
        except Unavailable as error:
            log.warning("partitions not given back", error=error)

    def _reached(self, reader: Reader) -> str:
        """Where whoever follows this worker begins."""
        return min([reader.cursor, *self._changing.values()], key=in_stream_order)

    async def _share(self, table: Table, living: frozenset[str], reader: Reader) -> None:
        if self._unsettled:
            await self._table.settled(self._unsettled)
            self._unsettled = {}
        await self._forget_lost(table, reader)
        await self._give_back_half_taken(table)
        wish = moves(table, living, self._me)
        if wish.claim:
            await self._take(table, wish, living, reader)
        if wish.give_back:
            await self._give_back(wish.give_back, reader)
        await self._forget_dead(table, living, reader)

    async def _beat(self, cursor: str, forget: Set[str] = frozenset()) -> Table:
        self._beats += 1
        return await self._table.beat(self._me, Member(self._beats, self._life, cursor), forget)

    def _living(self, table: Table) -> frozenset[str]:
        return self._watched.saw(table.members, asyncio.get_running_loop().time()) | {self._me}

    async def _claim(self, table: Table, wanted: Iterable[int], living: Set[str], never_had: str) -> dict[int, Fence]:
        seen = {p: table.shares.get(p, Share()) for p in wanted}
        left_at = {p: _left_at(table, p) or never_had for p in seen}
        claimed = dict(await self._table.claim(self._me, seen, left_at)) if seen else {}
        if claimed:
            dead = {owner for p in claimed if (owner := seen[p].owner) and owner not in living}
            log.info("partitions taken", count=len(claimed), workers=len(living), dead=len(dead))
        return claimed

    async def _take(self, table: Table, wish: Moves, living: Set[str], reader: Reader) -> None:
        claimed = await self._claim(table, wish.claim, living, self._reached(reader))
        if not claimed:
            return
        left_at: dict[str, set[int]] = {}
        for p in claimed:
            left_at.setdefault(_left_at(table, p) or reader.cursor, set()).add(p)
        for cursor, partitions in left_at.items():
            await self._read_on(cursor, {p: claimed[p] for p in partitions}, reader)

    async def _read_on(self, cursor: str, claimed: Mapping[int, Fence], reader: Reader) -> None:
        """All of it, or they go back to where they were left. Raises `Unavailable`."""
        self._fences |= claimed
        self._changing |= dict.fromkeys(claimed, cursor)
        try:
            await self._calls.take(frozenset(claimed))
            handled = await reader.take(claimed.keys(), cursor)
        except Unavailable:
            await reader.drop(claimed.keys())
            await self._calls.drop(frozenset(claimed))
            await self._table.give_back(claimed, cursor)
            self._forget(claimed)
            raise
        for p in claimed:
            del self._changing[p]
        settling = asyncio.create_task(self._settle(handled, claimed), name="sharing-settle")
        self._settling.add(settling)
        settling.add_done_callback(self._settling.discard)

    async def _settle(self, handled: Awaitable[None], claimed: Mapping[int, Fence]) -> None:
        await handled
        with contextlib.suppress(Unavailable):  # then the next owner hears a little twice
            await self._table.settled(claimed)

    async def _give_back_half_taken(self, table: Table) -> None:
        """When Redis went away: what was to be given back then, and claims that were written and not heard of."""
        for cursor in {*self._changing.values()}:
            left = {p: self._fences[p] for p, where in self._changing.items() if where == cursor and p in self._fences}
            await self._table.give_back(left, cursor)
            self._forget(left)
        mine = {p: share for p, share in table.shares.items() if share.owner == self._me and p not in self._fences}
        for p, share in mine.items():
            await self._table.give_back({p: Fence(share.token, self._me)}, share.cursor)

    async def _give_back(self, partitions: Set[int], reader: Reader) -> None:
        cursor = await reader.drop(partitions)
        self._changing |= dict.fromkeys(partitions, cursor)
        await self._calls.drop(frozenset(partitions))
        fences = {p: self._fences[p] for p in partitions if p in self._fences}
        await self._table.give_back(fences, cursor)
        self._forget(partitions)
        log.info("partitions given back", count=len(fences))

    async def _forget_lost(self, table: Table, reader: Reader) -> None:
        """Somebody who took this worker for dead has them."""
        lost = {p for p, fence in self._fences.items() if table.shares.get(p, Share()).token > fence.token}
        if lost:
            log.error("partitions lost to another worker", count=len(lost))
            self._forget(lost)
            await reader.drop(lost)
            await self._calls.drop(frozenset(lost))

    def _forget(self, partitions: Iterable[int]) -> None:
        for p in partitions:
            self._fences.pop(p, None)
            self._changing.pop(p, None)

    async def _forget_dead(self, table: Table, living: Set[str], reader: Reader) -> None:
        """Once they own nothing, nobody needs to know how far they were."""
        owners = {share.owner for share in table.shares.values()}
        dead = table.members.keys() - living - owners
        if dead:
            await self._beat(self._reached(reader), forget=dead)


def _left_at(table: Table, partition: int) -> str:
    """Up to where the last owner had handled everything; empty: there was none."""
    share = table.shares.get(partition, Share())
    member = table.members.get(share.owner)
    return share.cursor or (member.cursor if member is not None else "")

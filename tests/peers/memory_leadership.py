"""Lease and Ledger of core/leadership.py inside one process, with the promises of those in Redis."""

from __future__ import annotations

import asyncio

import msgspec

from core.leadership import Fence, Fenced, Gap, LeaseRecord, Step, Written
from core.ports import Unavailable
from tests.peers.memory_bus import MemoryBus


class MemoryLease:
    """One candidate's view of the lease; made by `MemoryLeadership.lease`."""

    def __init__(self, shared: MemoryLeadership, owner: str) -> None:
        self._shared = shared
        self._owner = owner

    @property
    def owner(self) -> str:
        return self._owner

    async def look(self) -> LeaseRecord:
        self._shared.check_here()
        return self._shared.record

    async def take(self, seen: LeaseRecord) -> Fence | None:
        self._shared.check_here()
        if self._shared.record != seen:
            return None
        self._shared.record = LeaseRecord(seen.token + 1, self._owner, 0)
        return Fence(seen.token + 1, self._owner)

    async def renew(self, fence: Fence) -> None:
        self._shared.check(fence)
        record = self._shared.record
        self._shared.record = msgspec.structs.replace(record, beat=record.beat + 1)

    async def release(self, fence: Fence) -> None:
        self._shared.check_here()
        if self._shared.stands(fence):
            self._shared.record = msgspec.structs.replace(self._shared.record, owner="")


class MemoryLeadership:
    """The shared part, and the ledger itself; `away` stands for the loss of Redis."""

    def __init__(self, bus: MemoryBus) -> None:
        self.record = LeaseRecord()
        self.written = Written()
        self.away = False
        self._bus = bus
        self._entries: list[tuple[int, bytes]] = []
        self._grown = asyncio.Event()

    def lease(self, owner: str) -> MemoryLease:
        return MemoryLease(self, owner)

    async def append(self, fence: Fence, step: Step) -> None:
        self.check(fence)
        if step.seq == self.written.seq:
            return
        if step.snapshot is not None:
            self._entries = []
            self.written = msgspec.structs.replace(self.written, snapshot=step.snapshot, snapshot_seq=step.seq)
        elif step.seq != self.written.seq + 1:
            raise Gap("entries are missing")
        self._entries.append((step.seq, step.entry))
        self.written = msgspec.structs.replace(self.written, seq=step.seq, cursor=step.cursor)
        for event in step.events:
            self._bus.add(event)
        self._grown.set()

    async def save(self, fence: Fence, seq: int, snapshot: bytes) -> None:
        self.check(fence)
        self.written = msgspec.structs.replace(self.written, seq=seq, snapshot_seq=seq, snapshot=snapshot)
        self._entries = [(number, entry) for number, entry in self._entries if number > seq]

    async def mark(self, fence: Fence, cursor: str, note: bytes) -> None:
        self.check(fence)
        self.written = msgspec.structs.replace(self.written, cursor=cursor, note=note)

    async def load(self) -> Written:
        self.check_here()
        return self.written

    async def entries(self, after: int) -> list[tuple[int, bytes]]:
        self.check_here()
        return [(number, entry) for number, entry in self._entries if number > after]

    async def follow(self, after: int) -> list[tuple[int, bytes]]:
        while not (found := await self.entries(after)):
            self._grown.clear()
            await self._grown.wait()
        return found

    def lose_newest(self, count: int) -> None:
        """A power cut took what the store had not yet written to its disk."""
        self._entries = self._entries[:-count]
        self.written = msgspec.structs.replace(self.written, seq=self.written.seq - count)

    def stands(self, fence: Fence) -> bool:
        newest = Fence(self.record.token, self.record.owner)
        if fence.token > newest.token:
            self.record = LeaseRecord(fence.token, fence.owner, 0)
            return True
        return fence == newest

    def check(self, fence: Fence) -> None:
        self.check_here()
        if not self.stands(fence):
            raise Fenced(f"term {fence.token} is over")

    def check_here(self) -> None:
        if self.away or self._bus.away:
            raise Unavailable("the store is away")

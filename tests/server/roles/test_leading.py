"""One of several processes acts; what happened while nobody did is done by whoever begins, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from core.events import AnyEvent, HistoryImported
from server.clock import SystemClock
from server.roles import leading as module
from server.roles.leading import Leading, Led, LedInBatches
from server.roles.part import Tasks
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BEAT_EVERY_S", "LOOK_EVERY_S", "MARK_EVERY_S"):
        monkeypatch.setattr(module, name, 0.01)
    monkeypatch.setattr("acd.leadership.election.SILENCE_S", 0.2)


class Kept:
    """A service: what it has done, by the time of the event."""

    wanted: frozenset[type] = frozenset({HistoryImported})

    def __init__(self) -> None:
        self.fails_at = 0.0
        self.done: list[float] = []
        self.seen: list[float] = []

    async def handle(self, event: AnyEvent) -> None:
        if event.at == self.fails_at:
            raise ValueError(event.at)
        self.done.append(event.at)

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        self.done += [event.at for event in events]

    def follow(self, event: AnyEvent) -> None:
        self.seen.append(event.at)


class House:
    """What candidates share."""

    def __init__(self) -> None:
        self.bus, self.store = MemoryBus(), MemoryStore()
        self.shared = MemoryLeadership(self.bus)
        self.letters = MemoryDeadLetters()

    def candidacy(self, name: str) -> Leading:
        return Leading("house", self.shared.lease(name), self.bus, self.store, letters=self.letters, clock=SystemClock())


class Candidate:
    """One process: reads every event of the stream, and is a candidate."""

    def __init__(self, house: House, name: str) -> None:
        self.service, self.works = Kept(), False
        self.cursor = "0"
        self.leading = Leading(
            "house", house.shared.lease(name), house.bus, house.store, letters=house.letters, clock=SystemClock()
        )
        self.led = Led(self.service, self.leading, self.service.follow)
        self._house = house

    async def reads(self) -> None:
        async for cursor, event in self._house.bus.events(self.cursor):
            await self.led.handle(event)
            self.cursor = cursor

    async def work(self) -> None:
        self.works = True
        try:
            await asyncio.Event().wait()
        finally:
            self.works = False

    def tasks(self) -> Tasks:
        return {"work": self.work()}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        self.cursor = await self._house.bus.cursor()
        leading = asyncio.create_task(self.leading.run(self.tasks, {"kept": self.service}, lambda: self.cursor))
        reading = asyncio.create_task(self.reads())
        try:
            yield leading
        finally:
            for task in (leading, reading):
                task.cancel()
            await asyncio.gather(leading, reading, return_exceptions=True)


def at(when: float) -> HistoryImported:
    return HistoryImported(at=when)


async def test_one_acts_and_the_others_stand_by() -> None:
    house = House()
    first, second = Candidate(house, "first"), Candidate(house, "second")
    async with first.running():
        await until(lambda: first.works)
        async with second.running():
            await house.bus.publish(at(1))
            await until(lambda: bool(first.service.done and second.service.seen))
            assert (first.service.done, second.service.done, second.works) == ([1], [], False)


async def test_whoever_steps_down_is_followed_at_once_and_nothing_is_done_twice_or_not_at_all() -> None:
    house = House()
    first, second = Candidate(house, "first"), Candidate(house, "second")
    async with first.running():
        await until(lambda: first.works)
        await house.bus.publish(at(1))
        await until(lambda: first.service.done == [1] and house.store.kinds["cursor"].get("house", b"") == first.cursor.encode())
    assert not first.works
    await house.bus.publish(at(2))
    async with second.running():
        await until(lambda: second.works)
        await house.bus.publish(at(3))
        await until(lambda: 3 in second.service.done)
        assert second.service.done == [2, 3]


async def test_a_leader_that_was_taken_for_dead_stops_acting() -> None:
    house = House()
    first = Candidate(house, "first")
    async with first.running():
        await until(lambda: first.works)
        other = house.shared.lease("other")
        assert await other.take(await other.look()) is not None
        await until(lambda: not first.works)
        assert not first.leading.leads
        assert not await first.leading.mine()


async def test_batches_are_for_whoever_leads_alone() -> None:
    house = House()
    service, leading = (
        Kept(),
        Leading("house", house.shared.lease("first"), house.bus, house.store, letters=house.letters, clock=SystemClock()),
    )
    led = LedInBatches(service, leading)
    await led.handle_batch([at(1)])
    leading.leads = True
    await led.handle_batch([at(2)])
    assert service.done == [2]


async def test_a_leader_that_cannot_show_that_it_lives_stops_acting() -> None:
    """It alone does not reach Redis, perhaps, and another one acts by now."""
    house = House()
    first = Candidate(house, "first")
    async with first.running():
        await until(lambda: first.works)
        house.bus.go_away()
        await until(lambda: not first.works)
        assert not first.leading.leads
        await house.bus.come_back()
        await until(lambda: first.works)


async def test_what_was_missed_and_cannot_be_handled_is_set_aside() -> None:
    house = House()
    first, second = Candidate(house, "first"), Candidate(house, "second")
    async with first.running():
        await until(lambda: first.works and bool(house.store.kinds["cursor"].get("house")))
    await house.bus.publish(at(2))
    await house.bus.publish(at(3))
    second.service.fails_at = 2.0
    async with second.running():
        await until(lambda: second.works)
        await until(lambda: second.service.done == [3])
    assert [letter.part for letter in house.letters.letters] == ["kept"]

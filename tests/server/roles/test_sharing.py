"""Several workers share the calls out: whatever comes, goes and dies, each call has one owner, who has heard everything of it."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from core.causes import EndCause
from core.events import AnyEvent, CallEnded, NodeStarted
from core.ids import CallId, NodeId
from core.partitions import ALL, PARTITIONS, partition_of
from server.clock import SystemClock
from server.dispatcher import Dispatcher
from server.roles.sharing import Sharing
from server.storage.redis_partitions import RedisPartitions
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until
from tests.server.redis_server import RedisServer

EVERY_S = 0.02
CALLS = [CallId(f"call_{number}") for number in range(40)]


class Town:
    """What outlives workers: the table, the stream, and what each call's owner has written down of it."""

    def __init__(self, table: RedisPartitions) -> None:
        self.table = table
        self.bus = MemoryBus()
        self.saved: dict[CallId, list[float]] = defaultdict(list)
        self.dead: set[str] = set()
        self.owners: dict[int, Worker] = {}
        """Who believes to have a partition, of those that live."""

    def happens(self, call_id: CallId, at: float) -> None:
        self.bus.add(CallEnded(at=at, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=0.0))


class Worker:
    """A service that writes down what it hears of its calls, and the process around it."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.name = town, name
        self.mine: set[int] = set()
        services = {"calls": self}
        self.sharing = Sharing(town.table, self, name, life=name, is_over=town.dead.__contains__, every_s=EVERY_S)
        self._store = MemoryStore()
        self.dispatcher = Dispatcher(town.bus, self._store, SystemClock(), services, MemoryDeadLetters(), partitioned={"calls"})
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        newest = await self.town.bus.cursor()
        first = await self.sharing.begin("0")
        self.dispatcher.owns(self.sharing.fences.keys())
        self._tasks = [
            asyncio.create_task(self.dispatcher.run(newest, first)),
            asyncio.create_task(self.sharing.run(self.dispatcher)),
        ]

    async def take(self, partitions: frozenset[int]) -> None:
        self.mine |= partitions
        for p in partitions:
            other = self.town.owners.get(p)
            assert other in (None, self) or other.name in self.town.dead or p not in other.mine, "two owners"
            self.town.owners[p] = self

    async def drop(self, partitions: frozenset[int]) -> None:
        self.mine -= partitions

    async def handle(self, event: AnyEvent) -> None:
        if isinstance(event, CallEnded) and self.name not in self.town.dead:
            assert partition_of(event.call_id) in self.mine, "not this worker's call"
            heard = self.town.saved[event.call_id]
            if event.at not in heard:  # everything may come twice
                heard.append(event.at)

    async def dies(self) -> None:
        """Without a word."""
        self.town.dead.add(self.name)
        await self._end()

    async def leaves(self) -> None:
        await self._end()
        self.mine.clear()
        await self.sharing.stop(self.dispatcher)
        self.town.dead.add(self.name)

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.fixture
async def town(redis_server: RedisServer, prefix: str) -> AsyncIterator[Town]:
    table = RedisPartitions(redis_server.url, prefix)
    yield Town(table)
    await table.close()


@asynccontextmanager
async def several(town: Town, count: int) -> AsyncIterator[list[Worker]]:
    workers = [Worker(town, f"worker_{number}") for number in range(count)]
    try:
        for worker in workers:
            await worker.start()
        yield workers
    finally:
        for worker in workers:
            await worker.dies()


def shares(*workers: Worker) -> list[int]:
    return [len(worker.mine) for worker in workers]


async def test_the_first_one_has_everything_at_once_and_gives_half_to_the_second(town: Town) -> None:
    async with several(town, 2) as (first, second):
        await until(lambda: shares(first, second) == [32, 32])
        assert first.mine | second.mine == ALL


async def test_whoever_leaves_leaves_everything_to_the_others(town: Town) -> None:
    async with several(town, 3) as (first, second, third):
        await until(lambda: sorted(shares(first, second, third)) == [21, 21, 22])
        await first.leaves()
        await until(lambda: shares(second, third) == [32, 32])
        assert (await town.table.look()).members.keys() == {"worker_1", "worker_2"}


async def test_what_happened_while_nobody_had_a_call_is_heard_by_who_takes_it(town: Town) -> None:
    async with several(town, 2) as (first, second):
        await until(lambda: shares(first, second) == [32, 32])
        gone = second.mine.copy()
        await second.dies()
        for call_id in CALLS:
            town.happens(call_id, 1.0)
        await until(lambda: first.mine == ALL)
        await until(lambda: set(town.saved) == set(CALLS))
        assert any(partition_of(call_id) in gone for call_id in CALLS)


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_is_missed_and_nothing_has_two_owners_whoever_comes_and_goes(town: Town, seed: int) -> None:
    chance = random.Random(seed)
    living: list[Worker] = []
    told: dict[CallId, list[float]] = defaultdict(list)
    for step in range(30):
        if len(living) < 2 or (chance.random() < 0.4 and len(living) < 5):
            living.append(Worker(town, f"worker_{step}"))
            await living[-1].start()
        elif chance.random() < 0.5:
            await living.pop(chance.randrange(len(living))).dies()
        else:
            await living.pop(chance.randrange(len(living))).leaves()
        for _ in range(chance.randrange(8)):
            call_id = chance.choice(CALLS)
            told[call_id].append(float(step * 100 + len(told[call_id])))
            town.happens(call_id, told[call_id][-1])
        town.bus.add(NodeStarted(at=float(step), node_id=NodeId("node_1"), pid=1))
        await asyncio.sleep(chance.choice((0, 0, EVERY_S, EVERY_S * 3)))
    await until(lambda: sum(shares(*living)) == PARTITIONS)
    await until(lambda: town.saved == told)
    for worker in living:
        await worker.dies()

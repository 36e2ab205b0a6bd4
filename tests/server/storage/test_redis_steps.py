"""A step is in the saved state and in the stream, or in neither; the same in memory, on which call control is tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from core.events import AnyEvent, NodeStarted
from core.ids import CallId, NodeId
from core.leadership import Fenced
from core.partitions import Share, partition_of
from core.ports import Bus, StateStore, Unavailable
from core.steps import Place, Step, Steps
from server.clock import SystemClock
from server.storage.redis_bus import RedisBus
from server.storage.redis_partitions import RedisPartitions
from server.storage.redis_state import RedisStateStore
from server.storage.redis_steps import RedisSteps
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.memory_steps import MemorySteps
from tests.peers.memory_store import MemoryStore
from tests.server.redis_server import RedisServer

CALL, OTHER, LEG = Place("call", "call_1"), Place("call", "call_2"), Place("agent_leg", "agent_1")


class Kept(NamedTuple):
    """What steps are written to, and what is found there afterwards."""

    steps: Steps
    store: StateStore
    bus: Bus

    async def found(self) -> tuple[dict[str, bytes], list[int]]:
        """The calls, and the numbers of what was told."""
        last = NodeStarted(at=0.0, node_id=NodeId("node_1"), pid=0)
        await self.bus.publish(last)
        told: list[int] = []
        async for _, event in self.bus.events("0"):
            assert isinstance(event, NodeStarted)
            if event.pid == 0:
                break
            told.append(event.pid)
        return dict(await self.store.load_all("call")), told


@pytest.fixture(params=["redis", "memory"])
async def kept(request: pytest.FixtureRequest, redis_server: RedisServer, prefix: str) -> AsyncIterator[Kept]:
    if request.param == "memory":
        bus, store = MemoryBus(), MemoryStore()
        yield Kept(MemorySteps(bus, store), store, bus)
        return
    clock, letters = SystemClock(), MemoryDeadLetters()
    redis_bus, redis_store = RedisBus(redis_server.url, clock, prefix), RedisStateStore(redis_server.url, prefix)
    steps = RedisSteps(redis_server.url, prefix, clock, letters)
    yield Kept(steps, redis_store, redis_bus)
    for opened in (steps, redis_store, redis_bus):
        await opened.close()


def told(*numbers: int) -> tuple[AnyEvent, ...]:
    return tuple(NodeStarted(at=1.0, node_id=NodeId("node_1"), pid=number) for number in numbers)


def step(token: str, *numbers: int, **values: bytes | None) -> Step:
    """Of `CALL`; `values` by the key of the call."""
    changes = {Place("call", key): value for key, value in values.items()}
    return Step(of=CALL, token=token, changes=changes, events=told(*numbers))


async def test_a_step_writes_what_is_saved_and_what_is_told(kept: Kept) -> None:
    await kept.steps.advance(step("a", 1, 2, call_1=b"one", call_2=b"two"))
    await kept.steps.advance(step("b", 3, call_1=b"one more", call_2=None))
    assert await kept.found() == ({"call_1": b"one more"}, [1, 2, 3])


async def test_values_of_several_kinds_change_at_once(kept: Kept) -> None:
    await kept.steps.advance(Step(of=CALL, token="a", changes={CALL: b"one", LEG: b"leg"}))
    assert (await kept.store.load_all("agent_leg"), await kept.found()) == ({"agent_1": b"leg"}, ({"call_1": b"one"}, []))
    await kept.steps.advance(Step(of=CALL, token="b", changes={LEG: None, CALL: None}))
    assert (await kept.store.load_all("agent_leg"), await kept.found()) == ({}, ({}, []))


async def test_a_step_that_is_tried_again_is_written_once(kept: Kept) -> None:
    await kept.steps.advance(step("a", 1, call_1=b"one"), again=True)
    await kept.steps.advance(step("a", 1, call_1=b"one"), again=True)
    await kept.steps.advance(step("b", 2, call_1=b"two"), again=True)
    assert await kept.found() == ({"call_1": b"two"}, [1, 2])


async def test_a_last_step_that_is_tried_again_is_written_once(kept: Kept) -> None:
    await kept.steps.advance(step("a", call_1=b"one"))
    await kept.steps.advance(step("b", 1, call_1=None), again=True)
    await kept.steps.advance(step("b", 1, call_1=None), again=True)
    assert await kept.found() == ({}, [1])


async def test_what_has_ended_leaves_nothing(kept: Kept, redis_server: RedisServer, prefix: str) -> None:
    await kept.steps.advance(step("a", call_1=b"one"))
    await kept.store.delete("call", "call_1")
    await kept.steps.advance(step("b", 1, call_1=b"one"), again=True)
    await kept.steps.advance(step("c", call_1=None))
    assert await kept.found() == ({}, [1])


async def test_an_event_that_nobody_could_read_keeps_no_other_back(redis_server: RedisServer, prefix: str) -> None:
    letters, clock = MemoryDeadLetters(), SystemClock()
    bus, store = RedisBus(redis_server.url, clock, prefix), RedisStateStore(redis_server.url, prefix)
    steps = RedisSteps(redis_server.url, prefix, clock, letters)
    bad = NodeStarted(at=float("nan"), node_id=NodeId("node_1"), pid=7)
    await steps.advance(Step(of=CALL, token="a", changes={CALL: b"one"}, events=(*told(1), bad, *told(2))))
    assert await Kept(steps, store, bus).found() == ({"call_1": b"one"}, [1, 2])
    assert letters.kinds == ["NodeStarted"]
    for opened in (steps, store, bus):
        await opened.close()


async def test_without_redis_a_step_is_refused_and_written_when_it_is_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    clock = SystemClock()
    steps, store = RedisSteps(server.url, "pb:", clock, MemoryDeadLetters()), RedisStateStore(server.url)
    bus = RedisBus(server.url, clock)
    await steps.advance(step("a", 1, call_1=b"one"))
    server.stop()
    with pytest.raises(Unavailable):
        await steps.advance(step("b", 2, call_1=b"two"))
    server.start()
    await steps.advance(step("b", 2, call_1=b"two"), again=True)
    await steps.advance(step("b", 2, call_1=b"two"), again=True)
    assert await Kept(steps, store, bus).found() == ({"call_1": b"two"}, [1, 2])
    for opened in (steps, store, bus):
        await opened.close()
    server.stop()


async def test_a_step_whose_answer_was_lost_is_written_once(redis_server: RedisServer, prefix: str) -> None:
    """Redis stood still while it was asked: whoever asked has gone, and the step is done all the same."""
    clock = SystemClock()
    steps, store = RedisSteps(redis_server.url, prefix, clock, MemoryDeadLetters()), RedisStateStore(redis_server.url, prefix)
    bus = RedisBus(redis_server.url, clock, prefix)
    await steps.advance(step("a", call_1=b"one"))
    for token, number, value in (("b", 1, b"two"), ("c", 2, None)):
        asking = asyncio.create_task(steps.advance(step(token, number, call_1=value)))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await steps.advance(step(token, number, call_1=value), again=True)
    assert await Kept(steps, store, bus).found() == ({}, [1, 2])
    for opened in (steps, store, bus):
        await opened.close()


async def test_who_has_a_call_no_longer_writes_nothing_of_it(redis_server: RedisServer, prefix: str) -> None:
    """Also not a step that was being written when the partition went; one that had been written before stays so."""
    clock, call_id = SystemClock(), CallId("call_1")
    steps, store = RedisSteps(redis_server.url, prefix, clock, MemoryDeadLetters()), RedisStateStore(redis_server.url, prefix)
    bus, table = RedisBus(redis_server.url, clock, prefix), RedisPartitions(redis_server.url, prefix)
    part = partition_of(call_id)
    mine = (await table.claim("ann", {part: Share()}, {}))[part]
    await steps.advance(step("a", 1, call_1=b"one")._replace(call_id=call_id), mine)
    others = (await table.claim("ben", {part: Share(mine.token, "ann")}, {}))[part]
    await steps.advance(step("a", 1, call_1=b"one")._replace(call_id=call_id), mine, again=True)
    for again in (False, True):
        with pytest.raises(Fenced):
            await steps.advance(step("b", 2, call_1=b"two")._replace(call_id=call_id), mine, again=again)
    await steps.advance(step("c", 3, call_1=b"three")._replace(call_id=call_id), others)
    assert await Kept(steps, store, bus).found() == ({"call_1": b"three"}, [1, 3])
    for opened in (steps, store, bus, table):
        await opened.close()

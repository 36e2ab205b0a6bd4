"""Who watches the fleet: tells that somebody is lost, and lets nobody wait for the lost."""

from __future__ import annotations

import asyncio

import pytest

from core.commands import Answer, AnyCommand, ListLegs
from core.events import AsrWorkerHeartbeat, AsrWorkerLost, NodeHeartbeat, NodeLost
from core.ids import NodeId, WorkerId
from core.ports import came_too_late, ok
from server.digits import Digits
from server.fleet import LOST_AFTER_S, Fleet
from server.fleet_watch import FleetWatch
from tests.peers.digits import OPENER
from tests.peers.memory_bus import MemoryBus

NODE, WORKER = NodeId("node_1"), WorkerId("asr_1")
FOR_EVER_S = 3600.0


class StillClock:
    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at


class Watched:
    def __init__(self) -> None:
        self.bus, self.clock = MemoryBus(), StillClock()
        self.watch = FleetWatch(Fleet(), self.bus, self.bus, self.clock, Digits(OPENER))

    async def is_given_up(self, addressee: str) -> bool:
        """Whether it is refused at once; a silent one would keep us waiting."""
        asking = asyncio.create_task(self.bus.send(addressee, ListLegs(), timeout_s=FOR_EVER_S))
        await asyncio.wait([asking], timeout=0.05)
        asking.cancel()
        return asking.done() and not asking.cancelled() and came_too_late(asking.result())


@pytest.fixture
async def watched() -> Watched:
    return Watched()


async def test_who_is_lost_is_asked_nothing_until_it_is_heard_of_again(watched: Watched) -> None:
    beat = NodeHeartbeat(at=2.0, node_id=NODE, legs=0, max_legs=10, loop_lag_ms=1)
    spoken = AsrWorkerHeartbeat(at=2.0, worker_id=WORKER, model="en", streams=0, load=0.0)
    for lost, heard, addressee in (
        (NodeLost(at=2000.0, node_id=NODE, reason="killed by SIGKILL"), beat, f"node:{NODE}"),
        (AsrWorkerLost(at=1.0, worker_id=WORKER), spoken, f"asr:{WORKER}"),
    ):
        await watched.watch.handle(lost)
        assert await watched.is_given_up(addressee)
        await watched.watch.handle(heard)
        assert not await watched.is_given_up(addressee)


async def test_a_node_and_a_recognizer_that_died_with_the_process_before_are_lost(watched: Watched) -> None:
    """Calls and their texts are taken back; nobody else could tell that there is nothing left of them."""
    watched.watch.expect({NODE}, {WORKER})
    running = asyncio.create_task(watched.watch.run(lambda: True))
    await asyncio.sleep(0)
    watched.clock.at += LOST_AFTER_S + 0.1
    await watched.bus.wait_for(NodeLost, node_id=NODE)
    await watched.bus.wait_for(AsrWorkerLost, worker_id=WORKER)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_whoever_is_heard_of_in_time_is_not_lost(watched: Watched) -> None:
    watched.watch.expect({NODE}, {WORKER})
    running = asyncio.create_task(watched.watch.run(lambda: True))
    await asyncio.sleep(0)
    watched.clock.at += LOST_AFTER_S + 0.1
    now, other = watched.clock.at, WorkerId("asr_other")
    await watched.watch.handle(NodeHeartbeat(at=now, node_id=NODE, legs=0, max_legs=10, loop_lag_ms=1))
    await watched.watch.handle(AsrWorkerHeartbeat(at=now, worker_id=WORKER, model="en", streams=0, load=0.0))
    watched.watch.expect((), {other})
    await watched.bus.wait_for(AsrWorkerLost, worker_id=other)
    assert watched.bus.of_type(NodeLost) == []
    assert [event.worker_id for event in watched.bus.of_type(AsrWorkerLost)] == [other]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_loss_of_before_this_process_is_believed_only_of_who_does_not_answer(watched: Watched) -> None:
    """Failed before: what a restart reads once more gave up a node that was started anew under its name long ago."""

    async def lives(_: AnyCommand) -> Answer:
        return ok()

    serving = asyncio.create_task(watched.bus.serve(f"node:{NODE}", lives))
    of_before = NodeLost(at=1.0, node_id=NODE, reason="killed by SIGKILL")
    await watched.watch.handle(of_before)
    assert (await watched.bus.send(f"node:{NODE}", ListLegs(), timeout_s=FOR_EVER_S)).ok
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await watched.watch.handle(of_before)
    assert await watched.is_given_up(f"node:{NODE}")

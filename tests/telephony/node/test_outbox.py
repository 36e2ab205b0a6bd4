"""Events keep their order through an absence of the bus; what is stale is dropped, what matters is kept up to a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.events import AnyEvent, LegImpaired, NodeHeartbeat, NodeStarted
from core.ids import LegId, NodeId
from telephony.node.outbox import Outbox
from tests.peers.memory_bus import MemoryBus
from tests.peers.waiting import until


def fact(n: int) -> AnyEvent:
    return LegImpaired(at=n, leg_id=LegId("leg"), impaired=True)


def heartbeat(n: int) -> AnyEvent:
    return NodeHeartbeat(at=n, node_id=NodeId("node"), legs=0, max_legs=1, loop_lag_ms=0)


class Desk:
    """A running outbox with a bus, and what it said about the bus."""

    def __init__(self, kept_events: int = 5) -> None:
        self.bus = MemoryBus()
        self.said: list[bool] = []
        self.outbox = Outbox(self.bus, self._away, kept_events)

    async def _away(self, away: bool) -> None:
        self.said.append(away)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    found = Desk()
    running = asyncio.create_task(found.outbox.run())
    yield found
    running.cancel()
    await asyncio.wait([running])


async def test_events_leave_in_order(desk: Desk) -> None:
    for n in range(5):
        desk.outbox.put(fact(n))
    await desk.outbox.flushed()

    assert [event.at for event in desk.bus.published] == [0, 1, 2, 3, 4]
    assert desk.said == []


async def test_facts_wait_for_the_bus_and_heartbeats_do_not(desk: Desk) -> None:
    desk.bus.go_away()
    desk.outbox.put(fact(1))
    desk.outbox.put(heartbeat(2))
    await until(lambda: desk.said == [True])
    desk.outbox.put(heartbeat(3))
    desk.outbox.put(fact(4))
    await desk.bus.come_back()
    await desk.outbox.flushed()

    assert [event.at for event in desk.bus.published] == [1, 4]
    assert desk.said == [True, False]
    assert desk.outbox.dropped == 2


async def test_the_oldest_is_dropped_when_too_many_wait(desk: Desk) -> None:
    desk.bus.go_away()
    desk.outbox.put(fact(0))
    await until(lambda: desk.said == [True])
    for n in range(1, 8):
        desk.outbox.put(fact(n))
    await desk.bus.come_back()
    await desk.outbox.flushed()

    assert [event.at for event in desk.bus.published] == [3, 4, 5, 6, 7]
    assert desk.outbox.dropped == 3


async def test_the_first_event_of_all_waits_as_well(desk: Desk) -> None:
    desk.bus.go_away()
    desk.outbox.put(NodeStarted(at=0, node_id=NodeId("node"), pid=1))
    await until(lambda: desk.said == [True])
    await desk.bus.come_back()
    await desk.outbox.flushed()

    assert isinstance(desk.bus.published[0], NodeStarted)

"""Which nodes are to be drained is told to all that are meant, and known after any start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.commands import Answer, AnyCommand, DrainNode
from core.events import NodeHeartbeat
from core.ids import NodeId
from core.ports import Unavailable, ok
from server.nodes import KIND, Drains, Silent, drain_when_known, named, node_states
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore

NODE = NodeId("node_new")


class Node:
    def __init__(self) -> None:
        self.asked: list[AnyCommand] = []

    async def handle(self, command: AnyCommand) -> Answer:
        self.asked.append(command)
        return ok()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def node(bus: MemoryBus) -> AsyncIterator[Node]:
    node = Node()
    serving = asyncio.create_task(bus.serve(f"node:{NODE}", node.handle))
    yield node
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_dead_node_of_the_same_name_keeps_the_living_one_from_nothing(bus: MemoryBus, node: Node) -> None:
    beats = [
        NodeHeartbeat(at=1, node_id=NodeId(each), legs=0, max_legs=10, loop_lag_ms=1, name="a") for each in ("node_dead", NODE)
    ]
    bus.give_up("node:node_dead")
    with pytest.raises(Silent):
        await Drains(bus, MemoryStore()).set(named(node_states(beats, ()), "a"), draining=True)
    assert node.asked == [DrainNode()]


class AwayAtFirst:
    """A store that comes back, and has one node that is to be drained."""

    def __init__(self, drained: str) -> None:
        self._drained = drained
        self._tries = 0

    async def load(self, kind: str, key: str) -> bytes | None:
        self._tries += 1
        if self._tries < 3:
            raise Unavailable("away")
        return b"1" if (kind, key) == (KIND, self._drained) else None


@pytest.mark.parametrize(("drained", "asked"), [("a", [DrainNode()]), ("b", [])])
async def test_a_node_that_started_without_redis_is_drained_when_redis_is_back(
    bus: MemoryBus, node: Node, drained: str, asked: list[AnyCommand]
) -> None:
    await drain_when_known(AwayAtFirst(drained), "a", bus, NODE)
    assert node.asked == asked

"""The media nodes as people know them: what they carry, and which are to be emptied.

Invariant: what somebody asks for is kept by the node's name before anybody reads that it is so, and a node reads it when it
starts: one that ends while it is being drained takes nothing new when it is back. The node itself says how far it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Literal, Protocol

import structlog

from core.commands import DrainNode
from core.events import NodeHeartbeat
from core.ids import NodeId
from core.model import NodeState, Value
from core.ports import Bus, StateStore
from core.retrying import until_available

log = structlog.get_logger(__name__)

KIND = "drained_node"
WITHIN_S = 3.0
State = Literal["up", "draining", "drained", "stopped"]


class Loads(Protocol):
    """What is asked of the store."""

    async def load(self, kind: str, key: str) -> bytes | None: ...


class NodeStatus(Value, frozen=True, kw_only=True):
    node_id: NodeId | None
    """None: it does not run."""
    name: str
    region: str
    state: State
    """`stopped`: it is drained and does not run; when it is started again, it takes nothing new."""
    legs: int
    in_calls: int
    """Of its legs, those in calls: what is waited for while it is drained."""
    max_legs: int
    loop_lag_ms: float


class Silent(Exception):
    """The node does not answer; the message is its addressee's or the bus's."""


def node_states(beats: Iterable[NodeHeartbeat], drained: Iterable[str]) -> list[NodeStatus]:
    """All that run, and those that were drained and stopped, by name."""
    running = [_running(beat) for beat in beats]
    names = {node.name for node in running}
    all_nodes = [*running, *(_stopped(name) for name in drained if name not in names)]
    return sorted(all_nodes, key=lambda node: (node.name, node.node_id or ""))


def named(nodes: Sequence[NodeStatus], given: str) -> list[NodeStatus]:
    """Whom somebody means by an id, or by a name, which several may have."""
    return [node for node in nodes if given in (node.node_id, node.name)]


class Drains:
    """Which nodes are to be drained, and how they are told."""

    def __init__(self, bus: Bus, store: StateStore) -> None:
        self._bus = bus
        self._store = store

    async def names(self) -> frozenset[str]:
        """Of those that are to take nothing new. Raises `Unavailable`."""
        return frozenset(await self._store.load_all(KIND))

    async def set(self, nodes: Iterable[NodeStatus], draining: bool) -> None:
        """Raises `Unavailable`, or `Silent` when one that runs does not answer: it reads at its next start what it is to do. All
        are told before: under one name a dead node may be known beside the one that took its place.
        """
        silent: list[str] = []
        for node in nodes:
            if draining:
                await self._store.save(KIND, node.name, b"1")
            else:
                await self._store.delete(KIND, node.name)
            if node.node_id is None:
                continue
            answer = await self._bus.send(f"node:{node.node_id}", DrainNode(draining=draining), timeout_s=WITHIN_S)
            if not answer.ok:
                silent.append(answer.reason)
        if silent:
            raise Silent("; ".join(silent))


async def starts_draining(store: Loads, name: str) -> bool:
    """Whether a node of this name is to take nothing new. Raises `Unavailable`."""
    return await store.load(KIND, name) is not None


async def drain_when_known(store: Loads, name: str, bus: Bus, node_id: NodeId) -> None:
    """For a node that started while Redis was away: until that is back no call is answered, and then this is asked at once."""
    if await until_available(partial(starts_draining, store, name), "draining", log, asyncio.sleep):
        await until_available(partial(bus.send, f"node:{node_id}", DrainNode()), "draining", log, asyncio.sleep)


def _running(beat: NodeHeartbeat) -> NodeStatus:
    states: dict[NodeState, State] = {NodeState.UP: "up", NodeState.DRAINING: "draining", NodeState.DRAINED: "drained"}
    return NodeStatus(
        node_id=beat.node_id,
        name=beat.name or beat.node_id,
        region=beat.region,
        state=states[beat.state],
        legs=beat.legs,
        in_calls=beat.in_calls,
        max_legs=beat.max_legs,
        loop_lag_ms=beat.loop_lag_ms,
    )


def _stopped(name: str) -> NodeStatus:
    return NodeStatus(node_id=None, name=name, region="", state="stopped", legs=0, in_calls=0, max_legs=0, loop_lag_ms=0.0)

"""The media nodes as people know them: what they carry, and which are to be emptied.

Invariant: what somebody wishes is kept by the node's name before anybody reads that it is so, and a node reads it when it starts:
one that ends while it is being drained takes nothing new when it is back. The node itself says how far it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from core.commands import DrainNode
from core.events import NodeHeartbeat
from core.ids import NodeId
from core.model import NodeState, Value
from core.ports import Bus, StateStore

KIND = "drained_node"
WITHIN_S = 3.0
State = Literal["up", "draining", "drained", "stopped"]


class Waits(Protocol):
    """What is asked of the state of Redis."""

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
    """The wishes, and how nodes are told."""

    def __init__(self, bus: Bus, store: StateStore) -> None:
        self._bus = bus
        self._store = store

    async def wished(self) -> frozenset[str]:
        """Names of those that are to take nothing new. Raises `Unavailable`."""
        return frozenset(await self._store.load_all(KIND))

    async def set(self, node: NodeStatus, draining: bool) -> None:
        """Raises `Unavailable`, or `Silent` when the node runs and does not answer: then the wish stands for its next start."""
        if draining:
            await self._store.save(KIND, node.name, b"1")
        else:
            await self._store.delete(KIND, node.name)
        if node.node_id is None:
            return
        answer = await self._bus.send(f"node:{node.node_id}", DrainNode(draining=draining), timeout_s=WITHIN_S)
        if not answer.ok:
            raise Silent(answer.reason)


async def starts_draining(store: Waits, name: str) -> bool:
    """Whether a node of this name is to take nothing new. Raises `Unavailable`."""
    return await store.load(KIND, name) is not None


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

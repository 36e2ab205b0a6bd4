"""Which media nodes and recognizers there are, what they carry, and who gets the next leg or stream. Pure.

Invariant: built from heartbeats and leg events alone; a node or worker not heard of for `LOST_AFTER_S` is silent, by the clock of
whoever listens: those of two machines are never compared. Legs of a node that died are forgotten with it. After a restart legs
are learned again from `ListLegs` (see `asr/placement.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from core.events import AnyEvent, AsrWorkerHeartbeat, LegConnected, LegEnded, LegOffered, NodeHeartbeat, NodeLost
from core.ids import LegId, NodeId, WorkerId
from core.model import NodeState

LOST_AFTER_S = 3.0
FRESH_S = 1.8
"""A heartbeat comes every second; whoever missed one may be dying, and gets nothing new if others are there."""
FULL = "no_new"
LOAD_STEPS = 10
"""Loads within the same tenth of a node's legs count as equal."""


def node_for_leg(
    beats: Iterable[NodeHeartbeat],
    fresh: Container[NodeId],
    *,
    region: str = "",
    near: NodeId | None = None,
    avoid: NodeId | None = None,
) -> NodeId | None:
    """Who gets a new leg: of the browser's region first, then the least loaded, and of those `near`, the node that a running call
    of the leg's owner came to, so that no way between nodes is needed. `avoid`, which the browser does not hear, comes last.

    None when all are full, draining or gone. Who is not `fresh` has missed a heartbeat, and gets it when nobody else is there.
    """
    able = [beat for beat in beats if beat.state is NodeState.UP and beat.legs < beat.max_legs]
    well = [beat for beat in able if beat.node_id in fresh] or able

    def rank(beat: NodeHeartbeat) -> tuple[bool, bool, int, bool, float, NodeId]:
        elsewhere, load = bool(region) and beat.region != region, beat.legs * LOAD_STEPS // beat.max_legs
        return beat.node_id == avoid, elsewhere, load, beat.node_id != near, beat.legs / beat.max_legs, beat.node_id

    return min(well, key=rank).node_id if well else None


class Fleet:
    """The latest picture. `handle` each event, ask who is silent now and then."""

    def __init__(self) -> None:
        self.nodes: dict[NodeId, NodeHeartbeat] = {}
        self.workers: dict[WorkerId, AsrWorkerHeartbeat] = {}
        self._legs: dict[LegId, NodeId] = {}
        self._heard_at: dict[NodeId | WorkerId, float] = {}

    def handle(self, event: AnyEvent, heard_at: float) -> None:
        """`heard_at`: by the clock that `now` is of later."""
        if isinstance(event, NodeHeartbeat):
            self.nodes[event.node_id] = event
            self._heard_at[event.node_id] = heard_at
        elif isinstance(event, AsrWorkerHeartbeat):
            self.workers[event.worker_id] = event
            self._heard_at[event.worker_id] = heard_at
        elif isinstance(event, LegOffered | LegConnected):
            self._legs[event.leg_id] = event.node_id
        elif isinstance(event, LegEnded):
            self._legs.pop(event.leg_id, None)
        elif isinstance(event, NodeLost):
            self.forget(event.node_id)

    def node_of(self, leg_id: LegId) -> NodeId | None:
        return self._legs.get(leg_id)

    def key_of(self, node_id: NodeId) -> bytes:
        beat = self.nodes.get(node_id)
        return beat.public_key if beat is not None else b""

    def learn(self, leg_id: LegId, node_id: NodeId) -> None:
        self._legs[leg_id] = node_id

    def silent_nodes(self, now: float) -> list[NodeId]:
        """Nodes not heard of for too long. Whether they are lost is for the watcher to find out: Redis may be what was silent."""
        return [node_id for node_id in self.nodes if now - self._heard_at[node_id] > LOST_AFTER_S]

    def lost_workers(self, now: float) -> list[WorkerId]:
        silent = [worker_id for worker_id in self.workers if now - self._heard_at[worker_id] > LOST_AFTER_S]
        for worker_id in silent:
            del self.workers[worker_id], self._heard_at[worker_id]
        return silent

    def node_for_new_leg(
        self, now: float, *, region: str = "", near: NodeId | None = None, avoid: NodeId | None = None
    ) -> NodeId | None:
        """See `node_for_leg`."""
        fresh = {node_id for node_id in self.nodes if now - self._heard_at[node_id] < FRESH_S}
        return node_for_leg(self.nodes.values(), fresh, region=region, near=near, avoid=avoid)

    def workers_for(self, language: str) -> list[WorkerId]:
        """Those that could take a stream, the least loaded first; the language's own models before others."""
        wanted = language.split("-", maxsplit=1)[0]
        able = [beat for beat in self.workers.values() if beat.model is not None and beat.shedding != FULL]
        return [
            beat.worker_id
            for beat in sorted(able, key=lambda beat: (wanted not in (beat.model or "").split(", "), beat.load, beat.streams))
        ]

    def forget(self, node_id: NodeId) -> None:
        self.nodes.pop(node_id, None)
        self._heard_at.pop(node_id, None)
        self._legs = {leg_id: node for leg_id, node in self._legs.items() if node != node_id}

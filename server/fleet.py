"""Which media nodes and recognizers there are, what they carry, and who gets the next leg or stream. Pure.

Invariant: built from heartbeats and leg events alone; a node or worker not heard of for `LOST_AFTER_S` is silent. Legs of a
node that died are forgotten with it. After a restart legs are learned again from `ListLegs` (see `asr/placement.py`).
"""

from __future__ import annotations

from core.events import AnyEvent, AsrWorkerHeartbeat, LegConnected, LegEnded, LegOffered, NodeHeartbeat, NodeLost
from core.ids import LegId, NodeId, WorkerId

LOST_AFTER_S = 3.0
FRESH_S = 1.8
"""A heartbeat comes every second; whoever missed one may be dying, and gets nothing new if others are there."""
FULL = "no_new"


class Fleet:
    """The latest picture. `handle` each event, ask who is silent now and then."""

    def __init__(self) -> None:
        self.nodes: dict[NodeId, NodeHeartbeat] = {}
        self.workers: dict[WorkerId, AsrWorkerHeartbeat] = {}
        self._legs: dict[LegId, NodeId] = {}

    def handle(self, event: AnyEvent) -> None:
        if isinstance(event, NodeHeartbeat):
            self.nodes[event.node_id] = event
        elif isinstance(event, AsrWorkerHeartbeat):
            self.workers[event.worker_id] = event
        elif isinstance(event, LegOffered | LegConnected):
            self._legs[event.leg_id] = event.node_id
        elif isinstance(event, LegEnded):
            self._legs.pop(event.leg_id, None)
        elif isinstance(event, NodeLost):
            self.forget(event.node_id)

    def node_of(self, leg_id: LegId) -> NodeId | None:
        return self._legs.get(leg_id)

    def learn(self, leg_id: LegId, node_id: NodeId) -> None:
        self._legs[leg_id] = node_id

    def silent_nodes(self, now: float) -> list[NodeId]:
        """Nodes not heard of for too long. Whether they are lost is for the watcher to find out: Redis may be what was silent."""
        return [node_id for node_id, beat in self.nodes.items() if now - beat.at > LOST_AFTER_S]

    def lost_workers(self, now: float) -> list[WorkerId]:
        silent = [worker_id for worker_id, beat in self.workers.items() if now - beat.at > LOST_AFTER_S]
        for worker_id in silent:
            del self.workers[worker_id]
        return silent

    def node_for_new_leg(self, now: float) -> NodeId | None:
        """The one with the most room among those heard of just now; None when all are full or gone."""
        able = [beat for beat in self.nodes.values() if beat.legs < beat.max_legs]
        fresh = [beat for beat in able if now - beat.at < FRESH_S] or able
        return max(fresh, key=lambda beat: beat.max_legs - beat.legs).node_id if fresh else None

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
        self._legs = {leg_id: node for leg_id, node in self._legs.items() if node != node_id}

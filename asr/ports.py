"""What placing streams needs to know of nodes and recognizers; who owns that knowledge is somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from core.events import AsrWorkerHeartbeat
from core.ids import LegId, NodeId, WorkerId


class Fleet(Protocol):
    """The latest picture of what runs, from heartbeats."""

    @property
    def nodes(self) -> Iterable[NodeId]:
        """Media nodes that are there."""
        ...

    @property
    def workers(self) -> Mapping[WorkerId, AsrWorkerHeartbeat]:
        """Recognizers that are there, with their newest heartbeat."""
        ...

    def workers_for(self, language: str) -> list[WorkerId]:
        """Recognizers that could take a stream, the best first."""
        ...

    def node_of(self, leg_id: LegId) -> NodeId | None:
        """The node that has the leg, as far as it is known."""
        ...

    def key_of(self, node_id: NodeId) -> bytes:
        """The public key of this node's taps; empty when it is not known."""
        ...

    def learn(self, leg_id: LegId, node_id: NodeId) -> None:
        """A node was found to have the leg."""
        ...

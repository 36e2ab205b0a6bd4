"""What the IVR needs from the outside beyond `core/ports.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.ids import FlowId
from ivr.flow import Flow


class FlowSource(Protocol):
    """Published flows, by id and version."""

    async def get(self, flow_id: FlowId, version: int | None = None) -> Flow | None:
        """The published version, or the one asked for (a call keeps the version it began with). Raises `Unavailable`."""
        ...

    async def published(self) -> Sequence[FlowId]:
        """Ids of all flows that callers can reach. Raises `Unavailable`."""
        ...

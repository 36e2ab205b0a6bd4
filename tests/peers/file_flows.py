"""Flows from files, where the server has those of its database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.ids import FlowId
from ivr.flow import Flow
from ivr.load import load_flow_file


class FileFlows:
    """A `FlowSource` over files read once; every flow has version 0."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises `FlowRefused` for the first file that is not right."""
        flows = [load_flow_file(path) for path in paths]
        self._flows = {FlowId(flow.flow): flow for flow in flows}

    async def get(self, flow_id: FlowId, version: int | None = None) -> Flow | None:
        return self._flows.get(flow_id)

    async def published(self) -> Sequence[FlowId]:
        return tuple(self._flows)

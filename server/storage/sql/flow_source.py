"""Published flows for the IVR: the `FlowSource` port over `flows.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import select

from core.ids import FlowId
from ivr.flow import Flow
from ivr.load import load_flow
from ivr.problems import FlowRefused
from server.storage.sql.database import Database
from server.storage.sql.schema import FlowRow, FlowVersionRow

log = structlog.get_logger(__name__)

_MOST_PARSED = 64


class SqlFlowSource:
    """Parses each version once: a version never changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._parsed: dict[tuple[FlowId, int], Flow] = {}

    async def get(self, flow_id: FlowId, version: int | None = None) -> Flow | None:
        """None for a flow that is not there, not published, or (logged) no longer right by today's rules."""
        wanted = await self._published_version(flow_id) if version is None else version
        if wanted is None:
            return None
        known = self._parsed.get((flow_id, wanted))
        return known if known is not None else await self._parse(flow_id, wanted)

    async def published(self) -> Sequence[FlowId]:
        query = select(FlowRow.flow_id).where(FlowRow.published_version.is_not(None)).order_by(FlowRow.flow_id)
        found = await self._database.read(lambda connection: connection.scalars(query).all())
        return tuple(FlowId(flow_id) for flow_id in found)

    async def _published_version(self, flow_id: FlowId) -> int | None:
        query = select(FlowRow.published_version).where(FlowRow.flow_id == flow_id)
        return await self._database.read(lambda connection: connection.scalar(query))

    async def _parse(self, flow_id: FlowId, version: int) -> Flow | None:
        query = select(FlowVersionRow.text).where(FlowVersionRow.flow_id == flow_id, FlowVersionRow.version == version)
        text: str | None = await self._database.read(lambda connection: connection.scalar(query))
        if text is None:
            return None
        try:
            # A long flow takes tens of milliseconds, which would be heard elsewhere.
            flow = await asyncio.to_thread(load_flow, text, f"{flow_id} version {version}", version)
        except FlowRefused:
            log.exception("flow.refused", flow_id=flow_id, version=version)
            return None
        while len(self._parsed) >= _MOST_PARSED:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[(flow_id, version)] = flow
        return flow

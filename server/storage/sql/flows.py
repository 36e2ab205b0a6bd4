"""Flows with their versions: drafts are added, one version is published, none is ever changed."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from core.ids import FlowId
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import FlowRow, FlowVersionRow
from server.storage.sql.statements import insert_new


class FlowVersion(Value, frozen=True, kw_only=True):
    """One saved text of a flow."""

    flow_id: FlowId
    version: int
    text: str
    author: str
    saved_at: float


class NoSuchVersion(Exception):
    """A flow or a version of it that does not exist."""


class SqlFlows:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, flow_id: FlowId) -> str | None:
        """The published text; None when there is none."""
        query = (
            select(FlowVersionRow.text)
            .join(FlowRow, FlowRow.flow_id == FlowVersionRow.flow_id)
            .where(FlowRow.flow_id == flow_id, FlowVersionRow.version == FlowRow.published_version)
        )
        return await self._database.read(lambda connection: connection.scalar(query))

    async def newest(self, flow_id: FlowId) -> FlowVersion | None:
        query = (
            select(*FlowVersionRow.__table__.c)
            .where(FlowVersionRow.flow_id == flow_id)
            .order_by(FlowVersionRow.version.desc())
            .limit(1)
        )
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            return None
        return FlowVersion(flow_id=flow_id, version=row.version, text=row.text, author=row.author, saved_at=row.saved_at)

    async def save(self, flow_id: FlowId, name: str, text: str, author: str, now: float) -> int:
        """Adds the next version as a draft and returns its number."""

        def work(connection: Connection) -> int:
            insert_new(connection, FlowRow, [{"flow_id": flow_id, "name": name, "published_version": None}])
            last = connection.scalar(select(func.max(FlowVersionRow.version)).where(FlowVersionRow.flow_id == flow_id))
            version = (last or 0) + 1
            row = {"flow_id": flow_id, "version": version, "text": text, "author": author, "saved_at": now}
            insert_new(connection, FlowVersionRow, [row])
            return version

        return await self._database.write(work)

    async def publish(self, flow_id: FlowId, version: int) -> None:
        """Calls that begin from now on run this version; an older one rolls back. Raises `NoSuchVersion`."""
        wanted = select(FlowVersionRow.version).where(FlowVersionRow.flow_id == flow_id, FlowVersionRow.version == version)

        def work(connection: Connection) -> None:
            if connection.scalar(wanted) is None:
                raise NoSuchVersion(f"flow {flow_id} has no version {version}")
            connection.execute(update(FlowRow).where(FlowRow.flow_id == flow_id).values(published_version=version))

        await self._database.write(work)

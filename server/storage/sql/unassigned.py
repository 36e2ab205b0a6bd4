"""Callers who were refused because nothing answers the number they called.

Invariant: at most `kept` rows, none older than `days`: they are telephone numbers of people, and a stranger could dial for ever.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select

from core.events import CallUnassigned
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import UnassignedCallRow
from server.storage.sql.statements import insert_new

_ROW = UnassignedCallRow.__table__.c
_DAY_S = 86_400.0


class UnassignedCall(Value, frozen=True, kw_only=True):
    at: float
    called: str
    trunk: str
    caller: str


class SqlUnassignedCalls:
    def __init__(self, database: Database, *, days: float, kept: int) -> None:
        self._database = database
        self._days = days
        self._kept = kept

    async def add(self, event: CallUnassigned) -> None:
        """Harmless when repeated. Raises `Unavailable`."""
        row = {"call_id": event.call_id, "at": event.at, "called": event.called, "trunk": event.trunk, "caller": event.caller}

        def work(connection: Connection) -> None:
            insert_new(connection, UnassignedCallRow, [row])
            connection.execute(delete(UnassignedCallRow).where(_ROW.at < event.at - self._days * _DAY_S))
            count = connection.scalar(select(func.count()).select_from(UnassignedCallRow)) or 0
            if count > self._kept:
                oldest = select(_ROW.call_id).order_by(_ROW.at, _ROW.call_id).limit(count - self._kept)
                connection.execute(delete(UnassignedCallRow).where(_ROW.call_id.in_(oldest)))

        await self._database.write(work)

    async def since(self, at: float) -> tuple[UnassignedCall, ...]:
        """Newest first."""
        query = select(_ROW.at, _ROW.called, _ROW.trunk, _ROW.caller).where(_ROW.at >= at)
        query = query.order_by(_ROW.at.desc(), _ROW.call_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(UnassignedCall(at=row.at, called=row.called, trunk=row.trunk, caller=row.caller) for row in rows)

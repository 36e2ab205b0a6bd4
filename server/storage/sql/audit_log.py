"""Who saw, heard or changed what. Entries are only ever added."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, select

from core.ids import UserId, new_id
from core.model import Value
from server.storage.sql.audit_names import SqlAuditNames
from server.storage.sql.database import Database
from server.storage.sql.schema import AuditRow
from server.storage.sql.statements import insert_new, one_at_a_time


class AuditEntry(Value, frozen=True, kw_only=True):
    at: float
    user_id: UserId | None
    """None: the system itself."""
    action: str
    subject: str
    details: dict[str, Any]
    source: str = ""
    """From where: the address of who asked."""
    result: Literal["done", "refused"] = "done"


class WrittenEntry(Value, frozen=True, kw_only=True):
    """An entry with its place in the log."""

    audit_id: str
    entry: AuditEntry


class AuditFilter(Value, frozen=True, kw_only=True):
    """Which entries; what is not said is not asked."""

    who: UserId | Literal["system"] | None = None
    actions: frozenset[str] = frozenset()
    about: str = ""
    """Id of what it was done to."""
    since: float | None = None
    until: float | None = None
    """Exclusive."""
    result: Literal["done", "refused"] | None = None


EVERYTHING = AuditFilter()
_ROW = AuditRow.__table__.c


class SqlAuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.names = SqlAuditNames(database)

    async def record(self, entry: AuditEntry) -> None:
        row = _row(entry)
        await self._database.write(lambda connection: insert_new(connection, AuditRow, [row]))

    async def record_once(self, entry: AuditEntry, within_s: float) -> bool:
        """Unless the same person has done the same to the same, from there and with this result, in the last `within_s`: what a
        player fetches in many pieces, several at once, is one hearing. Says whether it was written.
        """
        row = _row(entry)
        same = (AuditRow.user_id, AuditRow.action, AuditRow.subject, AuditRow.source, AuditRow.result)
        values = (entry.user_id, entry.action, entry.subject, entry.source, entry.result)
        known = exists().where(
            AuditRow.at > entry.at - within_s, *(column == value for column, value in zip(same, values, strict=True))
        )

        def work(connection: Connection) -> bool:
            one_at_a_time(connection, f"audit_log {entry.user_id} {entry.subject}")
            if connection.scalar(select(known)):
                return False
            insert_new(connection, AuditRow, [row])
            return True

        return await self._database.write(work)

    async def latest(self, limit: int) -> tuple[AuditEntry, ...]:
        return tuple(written.entry for written in await self.page(limit))

    async def page(
        self, limit: int, wanted: AuditFilter = EVERYTHING, before: tuple[float, str] | None = None
    ) -> tuple[WrittenEntry, ...]:
        """Newest first, below `before`: time and id of the last one seen."""
        query = select(*_ROW).where(*_conditions(wanted)).order_by(_ROW.at.desc(), _ROW.audit_id.desc()).limit(limit)
        if before is not None:
            at, audit_id = before
            query = query.where((_ROW.at < at) | ((_ROW.at == at) & (_ROW.audit_id < audit_id)))
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(WrittenEntry(audit_id=row.audit_id, entry=_entry(row)) for row in found)


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.who is not None:
        yield _ROW.user_id.is_(None) if wanted.who == "system" else _ROW.user_id == wanted.who
    if wanted.actions:
        yield _ROW.action.in_(sorted(wanted.actions))
    if wanted.about:
        yield _ROW.subject == wanted.about
    if wanted.since is not None:
        yield _ROW.at >= wanted.since
    if wanted.until is not None:
        yield _ROW.at < wanted.until
    if wanted.result is not None:
        yield _ROW.result == wanted.result


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        at=row.at,
        user_id=None if row.user_id is None else UserId(row.user_id),
        action=row.action,
        subject=row.subject,
        details=row.details,
        source=row.source,
        result=row.result,
    )


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {"audit_id": new_id("audit"), **msgspec.structs.asdict(entry)}

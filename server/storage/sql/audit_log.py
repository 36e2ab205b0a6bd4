"""Who saw, heard or changed what. Entries are only ever added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.ids import UserId, new_id
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import AuditRow
from server.storage.sql.statements import insert_new


class AuditEntry(Value, frozen=True, kw_only=True):
    at: float
    user_id: UserId | None
    """None: the system itself."""
    action: str
    subject: str
    details: dict[str, Any]


class SqlAuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry) -> None:
        row = {
            "audit_id": new_id("audit"),
            "at": entry.at,
            "user_id": entry.user_id,
            "action": entry.action,
            "subject": entry.subject,
            "details": entry.details,
        }
        await self._database.write(lambda connection: insert_new(connection, AuditRow, [row]))

    async def latest(self, limit: int) -> tuple[AuditEntry, ...]:
        query = select(*AuditRow.__table__.c).order_by(AuditRow.at.desc(), AuditRow.audit_id.desc()).limit(limit)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(
            AuditEntry(
                at=row.at,
                user_id=None if row.user_id is None else UserId(row.user_id),
                action=row.action,
                subject=row.subject,
                details=row.details,
            )
            for row in found
        )

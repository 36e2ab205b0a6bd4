"""What a request leaves in the audit log. Every entry of the API is made here, so that each says from where and with what result.

The address stands whole in the column `source`, and nowhere else: whoever looks for a thief needs it, strangers' failed sign-ins
included. What people typed is no business of this log, but for what they search: who tries number after number stands here.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from core.ids import UserId
from server.api.access import services
from server.api.services import Services
from server.storage.sql.audit_log import AuditEntry


class Trail:
    """Of one request."""

    def __init__(self, deps: Services, connection: HTTPConnection) -> None:
        self.deps = deps
        self._source = connection.client.host if connection.client else ""

    async def note(
        self,
        user_id: UserId | None,
        action: str,
        subject: str = "",
        *,
        within_s: float = 0.0,
        refused: bool = False,
        **details: Any,
    ) -> None:
        """Written before it returns; with `within_s` unless the same was written so lately. Raises `Unavailable`."""
        entry = AuditEntry(
            at=self.deps.clock.now(),
            user_id=user_id,
            action=action,
            subject=subject,
            details=details,
            source=self._source,
            result="refused" if refused else "done",
        )
        if within_s:
            await self.deps.audit.record_once(entry, within_s)
        else:
            await self.deps.audit.record(entry)


def _trail(connection: HTTPConnection) -> Trail:
    return Trail(services(connection), connection)


WritesDown = Annotated[Trail, Depends(_trail)]

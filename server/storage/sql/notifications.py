"""Who is told of what needs attention: where and with which secret is sealed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from core.attention import Severity
from core.outgoing import OutgoingKind
from server.attention.notifications import Subscription
from server.outbox.service import Endpoint
from server.outbox.vault import Sealed, Vault
from server.storage.sql.database import Database
from server.storage.sql.schema import NotificationRow
from server.storage.sql.statements import insert_new, one_at_a_time

MOST = 100
_ROW = NotificationRow.__table__.c


class Where(msgspec.Struct, frozen=True):
    """What is sealed."""

    url: str = ""
    secret: str = ""
    address: str = ""


Made = Callable[[Subscription, Where], tuple[Subscription, Where]]


class TooMany(Exception):
    """No more can be set up."""


class NotificationChanged(Exception):
    """Somebody else has changed it meanwhile. `current` is how it stands now."""

    def __init__(self, current: Subscription) -> None:
        self.current = current
        super().__init__(f"the notification is at version {current.version} by now")


class SqlNotifications:
    """All methods raise `Unavailable`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def all(self) -> list[tuple[Subscription, Where]]:
        return await self._database.read(self._all)

    async def get(self, notification_id: str) -> tuple[Subscription, Where] | None:
        return next((each for each in await self.all() if each[0].notification_id == notification_id), None)

    async def add(self, subscription: Subscription, where: Where, now: float, by: str) -> None:
        """Raises `TooMany`."""
        row = {**self._row(subscription, where), "created_at": now, "created_by": by or None}

        def work(connection: Connection) -> None:
            one_at_a_time(connection, NotificationRow.__tablename__)
            if (connection.scalar(select(func.count()).select_from(NotificationRow)) or 0) >= MOST:
                raise TooMany
            insert_new(connection, NotificationRow, [row])

        await self._database.write(work)

    async def change(self, notification_id: str, made: Made, expected: int | None = None) -> tuple[Subscription, Where] | None:
        """What `made` makes of it as it stands at this moment, in its place; None: it is not there. `expected`: the version that
        was seen. Raises `NotificationChanged`, and what `made` raises.
        """
        here = _ROW.notification_id == notification_id

        def work(connection: Connection) -> tuple[Subscription, Where] | None:
            one_at_a_time(connection, NotificationRow.__tablename__)
            row = connection.execute(select(*_ROW).where(here)).one_or_none()
            if row is None:
                return None
            old = self._read(row)
            if expected is not None and expected != row.version:
                raise NotificationChanged(old[0])
            subscription, where = made(*old)
            subscription = msgspec.structs.replace(subscription, version=row.version + 1)
            connection.execute(update(NotificationRow).where(here).values(self._row(subscription, where)))
            return subscription, where

        return await self._database.write(work)

    async def remove(self, notification_id: str) -> None:
        gone = delete(NotificationRow).where(_ROW.notification_id == notification_id)
        await self._database.write(lambda connection: connection.execute(gone))

    async def endpoint(self, target: str) -> Endpoint | None:
        """Implements `server.outbox.service.Endpoints`."""
        found = await self.get(target)
        return Endpoint(found[1].url, found[1].secret) if found is not None and found[0].active else None

    def subscriptions(self, connection: Connection) -> list[Subscription]:
        """Within somebody's transaction."""
        return [subscription for subscription, _ in self._all(connection)]

    def _all(self, connection: Connection) -> list[tuple[Subscription, Where]]:
        rows = connection.execute(select(*_ROW).order_by(_ROW.created_at, _ROW.notification_id)).all()
        return [self._read(row) for row in rows]

    def _read(self, row: Any) -> tuple[Subscription, Where]:
        """One whose key is lost is there, and is told nothing."""
        try:
            where, active = msgspec.json.decode(self._vault.open(row.sealed, row.notification_id), type=Where), row.active
        except Sealed:
            where, active = Where(), False
        subscription = Subscription(
            notification_id=row.notification_id,
            name=row.name,
            kind=OutgoingKind(row.kind),
            severities=tuple(map(Severity, row.severities)),
            queues=tuple(row.queues),
            cleared=row.cleared,
            language="zh" if row.language == "zh" else "en",
            active=active,
            address=where.address,
            version=row.version,
        )
        return subscription, where

    def _row(self, subscription: Subscription, where: Where) -> dict[str, Any]:
        return {
            "notification_id": subscription.notification_id,
            "name": subscription.name,
            "kind": str(subscription.kind),
            "sealed": self._vault.seal(msgspec.json.encode(where).decode(), subscription.notification_id),
            "severities": [str(severity) for severity in subscription.severities],
            "queues": list(subscription.queues),
            "cleared": subscription.cleared,
            "language": subscription.language,
            "active": subscription.active,
            "version": subscription.version,
        }

"""A service of the dispatcher: keeps what the ACD's events say of work, offers and agents, many in one transaction.

At least once: the dispatcher hands in again what was not written. While the database is away its mailbox waits, and no other.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.events import AnyEvent
from core.ports import Clock
from server.storage.sql.acd_records import KEPT, SqlAcdRecords

FORGET_EVERY_S = 3600.0
DAY_S = 86_400.0


class AcdRecords:
    """Owns the retention; the rows are the store's."""

    def __init__(self, store: SqlAcdRecords, clock: Clock, *, keep_days: float) -> None:
        self._store = store
        self._clock = clock
        self._keep_s = keep_days * DAY_S
        self._forget_at = 0.0

    @property
    def wanted(self) -> frozenset[type]:
        return KEPT

    async def handle(self, event: AnyEvent) -> None:
        await self.handle_batch((event,))

    async def handle_batch(self, events: Sequence[AnyEvent]) -> None:
        """Raises `Unavailable`; nothing of the batch is written then."""
        await self._store.write(events)
        now = self._clock.now()
        if now >= self._forget_at:
            await self._store.forget(now - self._keep_s)
            self._forget_at = now + FORGET_EVERY_S

"""Entries of «Needs attention»: what stands, what was cleared, and one writer at a time.

Invariant: only the leader that took over last writes. Its term is kept beside the entries and compared in the same transaction,
so that one that was overtaken while it waited for the database changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, or_, select

from core.attention import Action, Entry, Next, Severity, Subject, rank
from core.leadership import Fence, Fenced
from customers.timeline import Cursor
from server.attention.board import Change
from server.storage.sql.database import Database
from server.storage.sql.schema import AttentionRow, SettingRow
from server.storage.sql.statements import one_at_a_time, upsert

TERM = "attention_term"
"""Key of the setting that holds the newest leader's term."""
MOST_CLEARED = 500
_ROW = AttentionRow.__table__.c

Tell = Callable[[Connection, Sequence[Change]], None]
"""Keeps what goes out because of these changes, in the same transaction."""


class SqlAttention:
    def __init__(self, database: Database, tell: Tell | None = None) -> None:
        self._database = database
        self._tell = tell

    async def standing(self) -> tuple[Entry, ...]:
        """Raises `Unavailable`."""
        query = select(*_ROW).where(_ROW.cleared_at.is_(None)).order_by(_ROW.raised_at, _ROW.entry_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(map(_entry, rows))

    async def cleared(self, after: float, before: Cursor | None = None, limit: int = MOST_CLEARED) -> tuple[Entry, ...]:
        """Cleared after one moment (and behind a place in the list), the newest first. Raises `Unavailable`."""
        query = select(*_ROW).where(_ROW.cleared_at > after)
        if before is not None:  # many end in one moment, at one look
            at, entry_id = before
            query = query.where(or_(_ROW.cleared_at < at, and_(_ROW.cleared_at == at, _ROW.entry_id < entry_id)))
        ordered = query.order_by(_ROW.cleared_at.desc(), _ROW.entry_id.desc()).limit(limit)
        rows = await self._database.read(lambda connection: connection.execute(ordered).all())
        return tuple(map(_entry, rows))

    async def begin(self, fence: Fence) -> tuple[Entry, ...]:
        """A new leader takes over what stands; whoever wrote before writes no more. Raises `Unavailable`."""

        def work(connection: Connection) -> tuple[Entry, ...]:
            _take(connection, fence)
            rows = connection.execute(select(*_ROW).where(_ROW.cleared_at.is_(None))).all()
            return tuple(map(_entry, rows))

        return await self._database.write(work)

    async def write(self, fence: Fence, changes: Sequence[Change]) -> None:
        """All or nothing. Raises `Fenced` and `Unavailable`."""

        def work(connection: Connection) -> None:
            _leads(connection, fence)
            for change in changes:
                _write(connection, change.entry)
            if self._tell is not None:
                self._tell(connection, changes)

        await self._database.write(work)

    async def forget(self, before: float) -> None:
        """Entries that were cleared so long ago. Raises `Unavailable`."""
        old = delete(AttentionRow).where(_ROW.cleared_at < before)
        await self._database.write(lambda connection: connection.execute(old))


def _take(connection: Connection, fence: Fence) -> None:
    """From now on only this term writes. The number alone does not say who is newest: a Redis that was lost begins again at 1."""
    one_at_a_time(connection, TERM)
    upsert(connection, SettingRow, {"key": TERM, "value": [fence.token, fence.owner]})


def _leads(connection: Connection, fence: Fence) -> None:
    one_at_a_time(connection, TERM)
    if connection.scalar(select(SettingRow.value).where(SettingRow.key == TERM)) != [fence.token, fence.owner]:
        raise Fenced


def _write(connection: Connection, entry: Entry) -> None:
    worst = connection.scalar(select(_ROW.worst).where(_ROW.entry_id == entry.entry_id))
    known = Severity(worst) if worst is not None else None
    row: dict[str, Any] = {
        "entry_id": entry.entry_id,
        "code": entry.code,
        "subject_kind": entry.subject.kind,
        "subject_id": entry.subject.id,
        "severity": str(entry.severity),
        "worst": str(entry.severity if known is None or rank(known) < rank(entry.severity) else known),
        "since": entry.since,
        "raised_at": entry.raised_at,
        "cleared_at": entry.cleared_at,
        "figures": dict(entry.figures),
        "next": msgspec.to_builtins(entry.next),
        "action": msgspec.to_builtins(entry.action),
    }
    upsert(connection, AttentionRow, row)


def _entry(row: Any) -> Entry:
    return Entry(
        entry_id=row.entry_id,
        code=row.code,
        subject=Subject(kind=row.subject_kind, id=row.subject_id),
        severity=Severity(row.severity if row.cleared_at is None else row.worst),
        since=row.since,
        raised_at=row.raised_at,
        figures=row.figures,
        next=msgspec.convert(row.next, Next),
        action=msgspec.convert(row.action, Action),
        cleared_at=row.cleared_at,
    )

"""One hearing is one entry, however many pieces of it are fetched at once."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from core.ids import UserId
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.database import Database
from server.storage.sql.statements import insert_new


def heard(call: str, at: float = 1000.0) -> AuditEntry:
    return AuditEntry(at=at, user_id=UserId("user_mei"), action="hear_recording", subject=call, details={}, source="192.0.2.1")


async def test_pieces_that_are_asked_for_at_once_are_one_hearing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each looks before the first has written: on PostgreSQL that gave an entry each."""

    def late(*given: Any) -> int:
        time.sleep(0.05)
        return insert_new(*given)

    monkeypatch.setattr("server.storage.sql.audit_log.insert_new", late)
    log = SqlAuditLog(database)
    written = await asyncio.gather(*(log.record_once(heard(f"call_{call}"), 600.0) for call in (1, 2, 1, 2, 1, 2)))
    assert sum(written) == 2
    assert sorted(entry.subject for entry in await log.latest(10)) == ["call_1", "call_2"]


async def test_a_hearing_that_is_long_over_is_another_one(database: Database) -> None:
    log, times = SqlAuditLog(database), itertools.count(1000, 400)
    written = [await log.record_once(heard("call_1", at=float(next(times))), 600.0) for _ in range(4)]
    assert written == [True, False, True, False]

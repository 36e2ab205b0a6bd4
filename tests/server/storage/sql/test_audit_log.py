"""One hearing is one entry, however many pieces of it are fetched at once."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import Any

import pytest

from core.ids import UserId
from server.storage.sql.audit_log import AuditEntry, AuditFilter, SqlAuditLog
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


async def told(log: SqlAuditLog, wanted: AuditFilter) -> list[float]:
    return [written.entry.at for written in await log.page(50, wanted)]


async def test_entries_are_found_by_who_what_about_what_when_and_how_it_ended(database: Database) -> None:
    log = SqlAuditLog(database)
    mei = UserId("user_mei")
    entries = [
        heard("call_1", at=10.0),
        heard("call_2", at=20.0),
        AuditEntry(at=30.0, user_id=UserId("user_sam"), action="change_settings", subject="call_1", details={}),
        AuditEntry(at=40.0, user_id=None, action="disable_user", subject="user_mei", details={}),
        AuditEntry(at=50.0, user_id=mei, action="read_call", subject="call_9", details={}, result="refused"),
    ]
    for entry in entries:
        await log.record(entry)
    assert await told(log, AuditFilter()) == [50.0, 40.0, 30.0, 20.0, 10.0]
    assert await told(log, AuditFilter(who=mei)) == [50.0, 20.0, 10.0]
    assert await told(log, AuditFilter(who="system")) == [40.0]
    assert await told(log, AuditFilter(actions=frozenset({"hear_recording", "disable_user"}))) == [40.0, 20.0, 10.0]
    assert await told(log, AuditFilter(about="call_1")) == [30.0, 10.0]
    assert await told(log, AuditFilter(since=20.0, until=40.0)) == [30.0, 20.0]
    assert await told(log, AuditFilter(result="refused")) == [50.0]
    assert await told(log, AuditFilter(who=mei, about="call_1", until=10.0)) == []


async def test_pages_meet_without_a_gap_also_where_times_are_equal(database: Database) -> None:
    log = SqlAuditLog(database)
    for number in range(7):
        await log.record(heard(f"call_{number}", at=float(number // 3)))
    seen: list[str] = []
    before = None
    while page := await log.page(2, before=before):
        seen += [written.entry.subject for written in page]
        before = (page[-1].entry.at, page[-1].audit_id)
    assert sorted(seen) == [f"call_{number}" for number in range(7)]
    assert [int(subject[-1]) // 3 for subject in seen] == [2, 1, 1, 1, 0, 0, 0]

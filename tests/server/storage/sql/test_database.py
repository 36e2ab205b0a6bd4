from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from core.ports import Unavailable
from server.storage.sql.database import Database, driver_url, sqlite_url
from server.storage.sql.settings import SqlSettings
from tests.peers.ports import free_port
from tests.peers.waiting import until
from tests.server.storage.sql.postgres import Cluster


async def test_a_unit_of_work_that_fails_leaves_nothing_behind(database: Database) -> None:
    def half_done(connection: Connection) -> None:
        connection.execute(text("INSERT INTO settings (key, value) VALUES ('x', '1')"))
        raise LookupError("changed my mind")

    with pytest.raises(LookupError):
        await database.write(half_done)
    assert await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM settings"))) == 0


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    settings = SqlSettings(database)
    await asyncio.gather(*(settings.put(f"key{number}", number) for number in range(60)))
    assert [await settings.get(f"key{number}") for number in (0, 30, 59)] == [0, 30, 59]


async def test_a_reader_sees_one_moment_while_others_write(database: Database) -> None:
    settings = SqlSettings(database)
    await settings.put("a", 1)
    first_read, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[object, object]:
        query = text("SELECT CAST(value AS TEXT) FROM settings WHERE key = 'a'")
        before = connection.scalar(query)
        first_read.set()
        if connection.dialect.name == "sqlite":
            assert written.wait(10)
        return before, connection.scalar(query)

    reading = asyncio.create_task(database.read(twice))
    await until(first_read.is_set)
    await settings.put("a", 2)
    written.set()
    before, after = await reading
    assert before == after


async def test_a_slow_query_never_stops_the_event_loop(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "patchbay.db"))
    release = threading.Event()

    def slow(connection: Connection) -> int:
        assert release.wait(10)
        return int(connection.scalar(text("SELECT 1")) or 0)

    working = asyncio.create_task(database.read(slow))
    turns = 0
    async with asyncio.timeout(5):
        while turns < 100:
            await asyncio.sleep(0)
            turns += 1
    assert not working.done()
    release.set()
    assert await working == 1
    await database.close()


async def test_another_process_that_writes_is_waited_for(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "patchbay.db"))
    await database.write(lambda connection: connection.execute(text("CREATE TABLE t (x INTEGER)")))
    other = sqlite3.connect(tmp_path / "patchbay.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(database.write(lambda connection: connection.execute(text("INSERT INTO t VALUES (1)"))))
    await asyncio.wait([writing], timeout=0.1)
    assert not writing.done()
    other.execute("COMMIT")
    other.close()
    await asyncio.wait_for(writing, 10)
    await database.close()


async def test_a_server_that_is_not_there_is_unavailable_and_said_without_secrets() -> None:
    database = Database(f"postgresql://patchbay:geheim@127.0.0.1:{free_port()}/none")
    with pytest.raises(Unavailable, match="the database is away") as caught:
        await SqlSettings(database).get("x")
    assert "geheim" not in str(caught.value)
    await database.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "patchbay.db").write_bytes(b"this is a letter to my aunt, not a database" * 100)
    database = Database(sqlite_url(tmp_path / "patchbay.db"))
    with pytest.raises(Unavailable):
        await SqlSettings(database).get("x")
    await database.close()


async def test_an_error_never_tells_what_was_to_be_stored(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "patchbay.db"))
    with pytest.raises(Unavailable) as caught:
        await SqlSettings(database).put("secret-number", "+442079460180")
    assert "+442079460180" not in repr(caught.value) + repr(caught.value.__cause__)
    await database.close()


@pytest.fixture
def server_url(cluster: Cluster | None) -> str:
    if cluster is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    return cluster.emptied_database()


def fails_with(code: str) -> Callable[[Connection], object]:
    said = f"DO $$ BEGIN RAISE EXCEPTION 'nothing to tell' USING ERRCODE = '{code}'; END $$"
    return lambda connection: connection.execute(text(said))


SERVERS = (
    "08006",
    "25006",
    "28P01",
    "3D000",
    "40001",
    "40P01",
    "42501",
    "53100",
    "53300",
    "55P03",
    "57P01",
    "57P03",
    "58030",
    "XX001",
)
"""Lost, read-only, another password, no database, deadlocks, no right, full, too many, locked, stopping, starting, a disk."""


async def test_what_the_server_is_to_blame_for_is_waited_out(server_url: str) -> None:
    """Failed before: what was to be written while it was full or read-only was set aside as if it were wrong itself."""
    database = Database(server_url)
    for code in SERVERS:
        with pytest.raises(Unavailable, match=code):
            await database.write(fails_with(code))
    for code in ("22003", "23505", "0A000"):
        with pytest.raises(DBAPIError):
            await database.write(fails_with(code))
    await database.close()


async def test_a_server_that_became_read_only_is_away_for_who_writes(server_url: str) -> None:
    database = Database(server_url)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE t (x INTEGER)")))

    def writes_on_a_stand_by(connection: Connection) -> None:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("INSERT INTO t VALUES (1)"))

    with pytest.raises(Unavailable, match="read-only"):
        await database.write(writes_on_a_stand_by)
    assert await database.read(lambda connection: connection.scalar(text("SELECT count(*) FROM t"))) == 0
    await database.close()


async def test_a_server_that_says_nothing_any_more_has_lost_the_work(server_url: str) -> None:
    """Failed before: whoever asked it waited for ever, and so did who stopped."""
    database = Database(server_url, within_s=0.3)
    assert await database.read(lambda connection: connection.scalar(text("SELECT 1"))) == 1
    for asked in (database.read, database.write):
        with pytest.raises(Unavailable):
            await asyncio.wait_for(asked(lambda connection: connection.execute(text("SELECT pg_sleep(600)"))), 10)
    assert await database.read(lambda connection: connection.scalar(text("SELECT 2"))) == 2
    await asyncio.wait_for(database.close(), 10)


def test_databases_nobody_can_use_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="mysql is no database"):
        driver_url("mysql://localhost/x")

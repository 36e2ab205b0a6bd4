"""Opens the database and runs units of work on it.

A unit of work is an ordinary function on a connection: one transaction, run as a whole. On SQLite it runs in a thread, so it
never blocks the event loop, and it costs one change of thread instead of several for each statement (measured for a row by
key: 0.035 ms of CPU; 0.30 ms over aiosqlite). On PostgreSQL it runs over asyncpg.

SQLite has one writer at a time: here that is one thread, so that writers queue instead of retrying. Every write begins as BEGIN
IMMEDIATE, because a read that later wants to write would fail with SQLITE_BUSY whatever the timeout
(https://sqlite.org/isolation.html); other processes (an import) are waited for up to `_BUSY_TIMEOUT_MS`. WAL with
synchronous=NORMAL keeps readers and the writer apart and never corrupts; a power cut may lose the last moments, which the event
stream hands in again.

Invariant: what the server is to blame for (it stops, starts, is full, has become read-only, lets nobody in, says nothing any
more) is `Unavailable` and waited out; only what the work itself is to blame for is an error of the work.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.counting import TooMuchToCount
from core.faults import told
from core.ports import Unavailable
from customers.search import SearchTooSlow

T = TypeVar("T")
Work = Callable[[Connection], T]

_BUSY_TIMEOUT_MS = 5000
_TIMEOUT_S = 5.0
"""For a connection, from the pool or from the server."""
WITHIN_S = 30.0
"""One unit of work on a server; what takes longer has lost it."""
_CLOSED_WITHIN_S = 2.0
_READERS = 3
_APART = ("search", "count")
"""Kinds of work that may be long, each on readers of its own."""
_CONNECTIONS = _READERS + 1 + len(_APART)
"""Of SQLite: one for each thread."""
_APART_AT_ONCE = 2
"""Of each kind; on SQLite one."""
_ASK_EVERY = 5000
"""Steps of SQLite's machine: some tenths of a millisecond."""
_QUERY_CANCELED = "57014"
"""PostgreSQL documentation, appendix A."""
_SERVERS_FAULT = {
    "08": "the connection was lost",
    "25006": "it is read-only",
    "25P03": "it ended a connection that was idle",
    "25P04": "it ended what took too long",
    "28": "it does not let us in",
    "3D": "it has no such database",
    "40001": "another one wrote the same",
    "40P01": "another one wrote the same",
    "42501": "we have no right there",
    "53100": "its disk is full",
    "53300": "it has too many connections",
    "53": "it has no means left",
    "55P03": "another one holds what was asked for",
    "57P": "it stops, or starts",
    "58": "its own machine fails it",
    "XX001": "its files are damaged",
    "XX002": "its files are damaged",
}
"""By the beginning of its code (same place), the first that fits: what is no fault of the work. Read-only is one
that became a stand-by.
"""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
_WRITE = "patchbay_write"


def driver_url(url: str) -> URL:
    """``sqlite:///…`` and ``postgresql://…`` as people write them, with the driver that is used here."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    drivers = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+asyncpg"}
    if backend not in drivers:
        raise ValueError(f"{backend} is no database that Patchbay knows: use sqlite:/// or postgresql://")
    return parsed.set(drivername=drivers[backend])


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


class Database:
    """Owns the engine, its connections and its threads. Close it when done."""

    def __init__(self, url: str, within_s: float | None = WITHIN_S) -> None:
        """`within_s`: for one unit of work on PostgreSQL; None: however long it takes. A file answers by itself."""
        parsed = driver_url(url)
        self._runner: _Runner = _Sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _Postgresql(parsed, within_s)

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on one snapshot. Raises `Unavailable`."""
        with _translated():
            return await self._runner.read(work)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in one transaction: committed at its end, rolled back by its exception. Raises `Unavailable`."""
        with _translated():
            return await self._runner.write(work)

    async def search(self, work: Work[T], timeout_s: float) -> T:
        """Runs `work` on readers that nothing else waits for. Raises `SearchTooSlow`, and `Unavailable`."""
        with _translated(), _too_slow(SearchTooSlow):
            return await self._runner.apart("search", work, timeout_s)

    async def count(self, work: Work[T], timeout_s: float) -> T:
        """Runs long `work` on readers that nothing else waits for, nor searches. Raises `TooMuchToCount`, and `Unavailable`."""
        with _translated(), _too_slow(TooMuchToCount):
            return await self._runner.apart("count", work, timeout_s)

    async def close(self) -> None:
        await self._runner.close()


class _Runner(Protocol):
    async def read(self, work: Work[T]) -> T: ...
    async def apart(self, what: str, work: Work[T], timeout_s: float) -> T: ...
    async def write(self, work: Work[T]) -> T: ...
    async def close(self) -> None: ...


class _Sqlite:
    """One writing thread, a few reading ones, one that searches, and one that counts."""

    def __init__(self, url: URL) -> None:
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=_TIMEOUT_S, hide_parameters=True)
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="sqlite-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._apart = {what: ThreadPoolExecutor(1, thread_name_prefix=f"sqlite-{what}") for what in _APART}

    async def read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, work, False)

    async def write(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._run, work, True)

    async def apart(self, what: str, work: Work[T], timeout_s: float) -> T:
        until = time.monotonic() + timeout_s
        return await asyncio.get_running_loop().run_in_executor(self._apart[what], self._run_until, work, until)

    def _run_until(self, work: Work[T], until: float) -> T:
        """The wait for the thread counts, too. SQLite asks now and then whether to go on (sqlite3_progress_handler)."""
        if time.monotonic() >= until:
            raise _OutOfTime
        with self._engine.connect().execution_options(**{_WRITE: False}) as connection, connection.begin():
            file = connection.connection.driver_connection
            assert isinstance(file, sqlite3.Connection)
            file.set_progress_handler(lambda: time.monotonic() >= until, _ASK_EVERY)
            try:
                return work(connection)
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                    raise _OutOfTime from error
                raise
            finally:
                file.set_progress_handler(None, 0)

    def _run(self, work: Work[T], writing: bool) -> T:
        with self._engine.connect().execution_options(**{_WRITE: writing}) as connection, connection.begin():
            return work(connection)

    async def close(self) -> None:
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._writer.shutdown)
        for executor in self._apart.values():
            await asyncio.to_thread(executor.shutdown)
        self._engine.dispose()


class _Postgresql:
    def __init__(self, url: URL, within_s: float | None) -> None:
        self._within_s = within_s
        self._apart = {what: asyncio.Semaphore(_APART_AT_ONCE) for what in _APART}
        self._engine = create_async_engine(
            url,
            pool_size=10,
            max_overflow=10,
            pool_timeout=_TIMEOUT_S,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"timeout": _TIMEOUT_S},
        )

    async def read(self, work: Work[T]) -> T:
        async with asyncio.timeout(self._within_s), self._engine.connect() as connection:
            snapshot = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            return await snapshot.run_sync(work)

    async def write(self, work: Work[T]) -> T:
        async with asyncio.timeout(self._within_s), self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def apart(self, what: str, work: Work[T], timeout_s: float) -> T:
        """A few at a time, each ended by the server when its time is over."""
        until = time.monotonic() + timeout_s
        try:
            async with asyncio.timeout(timeout_s), self._apart[what], self._engine.connect() as connection:
                snapshot = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                left_ms = max(int((until - time.monotonic()) * 1000), 1)
                await snapshot.exec_driver_sql(f"SET LOCAL statement_timeout = {left_ms}")
                return await snapshot.run_sync(work)
        except TimeoutError as error:
            raise _OutOfTime from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == _QUERY_CANCELED:
                raise _OutOfTime from error
            raise

    async def close(self) -> None:
        """A server that says nothing any more is not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSED_WITHIN_S):
                await self._engine.dispose()


def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: it would begin them as readers.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITE) else "BEGIN")


class _OutOfTime(Exception):
    """Ended by its time limit."""


@contextmanager
def _too_slow(told_as: type[Exception]) -> Iterator[None]:
    try:
        yield
    except _OutOfTime as error:
        raise told_as from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise Unavailable(f"the database is away: {_reason(error)}") from error
    except DBAPIError as error:
        # Exactly `DatabaseError` is what SQLite calls a damaged or foreign file.
        if error.connection_invalidated or type(error) is DatabaseError or _servers_fault(error.orig):
            raise Unavailable(f"the database is away: {_reason(error)}") from error
        raise


def _servers_fault(error: BaseException | None) -> str:
    """In words; empty: none of the server's."""
    code = getattr(error, "sqlstate", None) or ""
    return next((words for beginning, words in _SERVERS_FAULT.items() if code.startswith(beginning)), "")


def _reason(error: BaseException) -> str:
    """Without the statement, its values and the driver's sentences: they may be personal data, and messages reach logs."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    if words := _servers_fault(cause):
        return f"{words} ({code})"
    return f"{type(cause).__name__}: {code}" if code else told(cause)

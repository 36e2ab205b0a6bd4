"""Opens the database and gives out short transactions.

SQLite runs on aiosqlite's own threads, never on the event loop. It has one writer at a time: inside the process writers queue on
a lock instead of retrying, and every write begins as BEGIN IMMEDIATE, because a read that later wants to write would fail with
SQLITE_BUSY whatever the timeout (https://sqlite.org/isolation.html). Other processes (an import) are waited for up to
`_BUSY_TIMEOUT_MS`. WAL with synchronous=NORMAL keeps readers and the writer apart and never corrupts; a power cut may lose the
last moments, which the event stream hands in again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from core.ports import Unavailable

_BUSY_TIMEOUT_MS = 5000
_POOL_TIMEOUT_S = 5.0
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)
_WRITE = "patchbay_write"


def async_url(url: str) -> URL:
    """``sqlite:///…`` and ``postgresql://…`` as people write them, with the driver that is used here."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
    if backend not in drivers:
        raise ValueError(f"{backend} is no database that Patchbay knows: use sqlite:/// or postgresql://")
    return parsed.set(drivername=drivers[backend])


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


class Database:
    """Owns the engine and its connections. Close it when done."""

    def __init__(self, url: str) -> None:
        parsed = async_url(url)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        self._writer: asyncio.Lock | None = asyncio.Lock() if self._is_sqlite else None
        self._engine = _sqlite_engine(parsed) if self._is_sqlite else _postgresql_engine(parsed)

    @property
    def engine(self) -> AsyncEngine:
        return self._engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot. Raises `Unavailable`."""
        async with _translated(), self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by an exception. Raises `Unavailable`."""
        async with self._writer or nullcontext(), _translated(), self._engine.connect() as connection:
            writing = await connection.execution_options(**{_WRITE: True})
            async with writing.begin():
                yield writing

    async def close(self) -> None:
        await self._engine.dispose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError, OSError) as error:
        raise Unavailable(f"the database is away: {_reason(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable(f"the database is away: {_reason(error)}") from error
        raise


def _reason(error: BaseException) -> str:
    """Without the statement and its values: they may be personal data, and messages reach logs."""
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}" if isinstance(error, OSError | OperationalError) else type(cause).__name__


def _postgresql_engine(url: URL) -> AsyncEngine:
    return create_async_engine(
        url, pool_size=10, max_overflow=10, pool_timeout=_POOL_TIMEOUT_S, pool_pre_ping=True, hide_parameters=True,
        connect_args={"timeout": _POOL_TIMEOUT_S},
    )  # fmt: skip


def _sqlite_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=4, max_overflow=0, pool_timeout=_POOL_TIMEOUT_S, hide_parameters=True)

    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself: it would begin them as readers.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    def begin(connection: Connection) -> None:
        options: dict[str, Any] = dict(connection.get_execution_options())
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITE) else "BEGIN")

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", begin)
    return engine

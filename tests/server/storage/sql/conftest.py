"""Every test of this folder runs on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.storage.sql.database import Database, sqlite_url
from tests.peers.current_database import new_sqlite
from tests.server.storage.sql.postgres import Cluster, temporary_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | None]:
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Cluster | None:
    """None: SQLite, which has none."""
    if request.param == "sqlite":
        return None
    cluster: Cluster | None = request.getfixturevalue("cluster")
    if cluster is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    return cluster


@pytest.fixture
def empty_url(server: Cluster | None, tmp_path: Path) -> str:
    """Of a database that nothing has been done to."""
    return sqlite_url(tmp_path / "empty" / "patchbay.db") if server is None else server.emptied_database()


@pytest.fixture
def current_url(server: Cluster | None, tmp_path: Path) -> str:
    """Of a database as a new installation has it."""
    return new_sqlite(tmp_path / "data") if server is None else server.current_database()


@pytest.fixture
async def database(current_url: str) -> AsyncIterator[Database]:
    database = Database(current_url)
    yield database
    await database.close()

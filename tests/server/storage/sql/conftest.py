"""Every test of this folder runs on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from server.storage.sql.database import Database, sqlite_url
from server.storage.sql.migrate import upgrade
from tests.server.storage.sql.postgres import Cluster, temporary_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | None]:
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that nothing has been done to."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "data" / "patchbay.db")
    cluster: Cluster | None = request.getfixturevalue("cluster")
    if cluster is None:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    return cluster.emptied_database()


@pytest.fixture
async def database(empty_url: str) -> AsyncIterator[Database]:
    await upgrade(empty_url)
    database = Database(empty_url)
    yield database
    await database.close()

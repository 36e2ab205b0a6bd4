"""Every test of this folder runs on each release's picture, on SQLite and, where it is installed, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.releases.upgraded import HERE, Picture, Upgraded
from tests.server.storage.sql.postgres import Cluster, temporary_cluster

RELEASES = sorted(path.parent.name for path in HERE.glob("*/expected.json"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The queues' saved state, and so what is wrong with it, is the same beside both databases: beside the second one it is only
    lost, the rest comes in `make test-long`.
    """
    for item in items:
        given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if given.get("installation") == "postgresql" and given.get("damage", "lost") != "lost":
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster | None]:
    with temporary_cluster() as cluster:
        yield cluster


@pytest.fixture(params=RELEASES)
def picture(request: pytest.FixtureRequest) -> Picture:
    return Picture(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
async def installation(request: pytest.FixtureRequest, picture: Picture, tmp_path: Path) -> AsyncIterator[Upgraded]:
    """With its Redis running, and no control server yet."""
    cluster: Cluster | None = None
    if request.param == "postgresql":
        cluster = request.getfixturevalue("cluster")
        if cluster is None:
            pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    upgraded = Upgraded(picture, tmp_path, cluster)
    async with upgraded.redis():
        yield upgraded

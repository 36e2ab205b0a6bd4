"""Databases as a new installation has them: the migrations make the first one of a test run, every other one is its copy.

Running every migration takes longer than most tests that need a database. That a copy is what the migrations make, and that they
make it of every older one, is seen in `tests/server/storage/sql/test_migrations.py` and `tests/releases`.
"""

from __future__ import annotations

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from server.storage.sql.database import sqlite_url
from server.storage.sql.migrate import upgrade


def new_sqlite(folder: Path) -> str:
    """The URL of ``patchbay.db`` in this folder. One that is there already stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "patchbay.db"
    if not file.exists():
        file.write_bytes(_first())
    return sqlite_url(file)


def bring_up_to_date(url: str) -> None:
    """By the migrations. May be called from a running event loop, which waits."""
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, upgrade(url)).result()


@cache
def _first() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "patchbay.db"
        bring_up_to_date(sqlite_url(file))
        return file.read_bytes()

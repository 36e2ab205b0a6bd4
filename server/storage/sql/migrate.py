"""Brings a database up to date, at every start; forward only. A current one costs two queries, and Alembic is not even loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from server.storage.sql.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x70626D69
"""Whose turn it is."""
_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(url: str) -> None:
    """Raises `Unavailable` when the database cannot be reached."""
    database = Database(url, within_s=None)
    try:
        await database.write(_upgrade)
    finally:
        await database.close()


def newest() -> str:
    """The revision that a current database has: the name of the last migration, without its number."""
    last = max(file.stem for file in (_MIGRATIONS / "versions").glob("s*.py"))
    return last.split("_", 1)[1]


def config_for(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415  most starts find a current database

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if _is_current(connection):
        return
    if connection.dialect.name == "postgresql":  # several processes may start at once; SQLite has one writer anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if _is_current(connection):
            return
    from alembic import command  # noqa: PLC0415  as above

    command.upgrade(config_for(connection), "head")


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return list(connection.scalars(text("SELECT version_num FROM alembic_version"))) == [newest()]

"""Brings a database up to date. Runs at every start; forward only; a current database costs one query."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from server.storage.sql.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade(url: str) -> None:
    """Raises `Unavailable` when the database cannot be reached."""
    database = Database(url, within_s=None)
    try:
        await database.write(_upgrade)
    finally:
        await database.close()


def config_for(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    command.upgrade(config_for(connection), "head")

"""Commands of the search."""

from __future__ import annotations

import asyncio

import typer

from core.ports import Unavailable
from server.cli.common import ConfigFile, configuration, console, fail
from server.config import Config
from server.search_index import SearchIndex
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade

app = typer.Typer(no_args_is_help=True, help="The search index.")


@app.callback()
def _commands() -> None:
    """Commands stand below this one, however few."""


@app.command()
def rebuild(config_file: ConfigFile = None) -> None:
    """Rebuild the index from what is stored. Calls go on; until it is done, older things may not be found."""
    try:
        asyncio.run(_rebuild(configuration(config_file)))
    except Unavailable as error:
        fail(str(error))
    console.print("The search's index is complete.")


async def _rebuild(config: Config) -> None:
    await upgrade(config.database_url)
    database = Database(config.database_url)
    try:
        await SearchIndex(database).rebuild()
    finally:
        await database.close()

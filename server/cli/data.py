"""Commands that write into the business database."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.ports import Unavailable
from customers.importing import ImportReport, import_lines
from server.cli.common import ConfigFile, configuration, console, errors, fail
from server.clock import SystemClock
from server.config import Config
from server.demo.seed import demo_sign_ins, seed_demo
from server.storage.sql.archive import SqlArchive
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade

MOST_ERRORS_SHOWN = 20
T = TypeVar("T")


def import_history(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines; docs/import.md")],
    config_file: ConfigFile = None,
) -> None:
    """Import customers, chats, tickets and other history. Repeating an import changes nothing twice."""
    report = _run(_import(configuration(config_file), file))
    _show(report)
    if report.failed:
        raise typer.Exit(1)


def demo(config_file: ConfigFile = None) -> None:
    """Write the demo company into the database, if it is not there."""
    report = _run(_demo(configuration(config_file)))
    if report is None:
        console.print("The demo company is there already.")
    else:
        _show(report)
    people = Table("user", "password", "role", "name")
    for person in demo_sign_ins():
        people.add_row(person.username, person.password, person.role, person.name)
    console.print(people)


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except (Unavailable, OSError) as error:
        fail(str(error))


def _show(report: ImportReport) -> None:
    table = Table("what", "new", "renewed", title=f"{report.lines} lines")
    for what in sorted(report.new.keys() | report.renewed.keys()):
        table.add_row(what, str(report.new.get(what, 0)), str(report.renewed.get(what, 0)))
    console.print(table)
    for error in report.errors[:MOST_ERRORS_SHOWN]:
        errors.print(f"line {error.line}: {error.reason}", markup=False, style="red")
    if report.failed > MOST_ERRORS_SHOWN:
        errors.print(f"… and {report.failed - MOST_ERRORS_SHOWN} more lines that were left out", style="red")


async def _import(config: Config, file: Path) -> ImportReport:
    await upgrade(config.database_url)
    database = Database(config.database_url)
    zone, region = ZoneInfo(config.general.time_zone), config.general.country
    try:
        return await import_lines(file, SqlArchive(database), now=SystemClock().now(), zone=zone, region=region)
    finally:
        await database.close()


async def _demo(config: Config) -> ImportReport | None:
    await upgrade(config.database_url)
    database = Database(config.database_url)
    zone, region = ZoneInfo(config.general.time_zone), config.general.country
    try:
        return await seed_demo(database, now=SystemClock().now(), zone=zone, region=region)
    finally:
        await database.close()

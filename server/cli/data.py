"""Commands that write into the business database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.progress import Progress
from rich.table import Table

from core.ports import Unavailable
from core.text_files import NotText
from customers.importing import SOURCE_NAME, ImportReport, OnProblem, OnProgress, ignore, import_lines
from server.cli.common import ConfigFile, configuration, console, errors, fail
from server.clock import SystemClock
from server.config import Config
from server.storage.sql.archive import SqlArchive
from server.storage.sql.database import Database
from server.storage.sql.migrate import upgrade

MOST_PROBLEMS_SHOWN = 20
T = TypeVar("T")


Namespace = Annotated[
    str, typer.Option("--source", metavar="NAME", help="The system it comes from: ids of two systems never collide.")
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", dir_okay=False, help="Write every problem there, one JSON object per line.")
]
Encoding = Annotated[str, typer.Option(help="Of the file, as cp1252; UTF-8 and UTF-16 are recognised.")]
AtOnce = Annotated[bool, typer.Option("--at-once", help="One transaction: all or nothing, fewest writes. No server may run.")]


def import_history(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines; docs/import.md")],
    config_file: ConfigFile = None,
    *,
    source: Namespace = "",
    report_file: ReportFile = None,
    encoding: Encoding = "",
    at_once: AtOnce = False,
) -> None:
    """Import customers, chats, tickets and other history. Importing the same again changes nothing."""
    if source and not SOURCE_NAME.fullmatch(source):
        fail("A source is named by up to 40 letters, digits, - and _.")
    with _problems_to(report_file) as on_problem, _progress(file) as on_progress:
        how = How(namespace=source, encoding=encoding, at_once=at_once, on_problem=on_problem, on_progress=on_progress)
        report = run(_import(configuration(config_file), file, how))
    show_report(report, report_file)
    if report.failed:
        raise typer.Exit(1)


class How(NamedTuple):
    """How a file is imported, and who is told."""

    namespace: str
    encoding: str
    at_once: bool
    on_problem: OnProblem
    on_progress: OnProgress


@contextmanager
def _problems_to(report_file: Path | None) -> Iterator[OnProblem]:
    """Readable by nobody else: reasons name what stands in the lines."""
    if report_file is None:
        yield ignore
        return
    try:
        descriptor = os.open(report_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        fail(f"{report_file}: {error.strerror}")
    os.fchmod(descriptor, 0o600)  # of a file that was there, too
    with open(descriptor, "wb") as out:
        yield lambda problem: ignore(out.write(msgspec.json.encode(problem) + b"\n"))


@contextmanager
def _progress(file: Path) -> Iterator[OnProgress]:
    """A bar on a terminal; nothing in a log."""
    bar = Progress(console=errors, transient=True, disable=not errors.is_terminal)
    with bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        yield lambda read: bar.update(task, completed=read)


def run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except (Unavailable, OSError, NotText) as error:
        fail(str(error))


def show_report(report: ImportReport, report_file: Path | None = None) -> None:
    table = Table("what", "new", "renewed", title=f"{report.lines} lines")
    for what in sorted(report.new.keys() | report.renewed.keys()):
        table.add_row(what, str(report.new.get(what, 0)), str(report.renewed.get(what, 0)))
    console.print(table)
    for problem in report.problems[:MOST_PROBLEMS_SHOWN]:
        style = "red" if problem.severity == "left_out" else "yellow"
        errors.print(f"line {problem.line}: {problem.reason}", style=style, highlight=False)
    if report.failed or report.warned:
        where = f"all reasons are in {report_file}" if report_file else "--report FILE writes all reasons"
        errors.print(f"{report.failed} lines left out, {report.warned} taken in part; {where}", highlight=False)


async def _import(config: Config, file: Path, how: How) -> ImportReport:
    await upgrade(config.database_url)
    database = Database(config.database_url)
    zone, region = ZoneInfo(config.general.time_zone), config.general.country
    try:
        archive = SqlArchive(database)
        return await import_lines(file, archive, now=SystemClock().now(), zone=zone, region=region, **how._asdict())
    finally:
        await database.close()

"""Commands on the configuration document: skills, opening hours, queues, agents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.ports import Unavailable
from core.problems import Complaint, TextRefused
from core.text_files import NotText, text_of
from core.yaml_source import Source
from server.business.changes import diff
from server.business.checks.flows import Needed, removal_complaints
from server.business.document import Document
from server.business.needs import FlowNeeds
from server.business.reading import load
from server.business.service import Configuration, FlowsNeedIt
from server.business.writing import to_yaml
from server.cli.business import user_name
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, errors, fail, show
from server.clock import clock_of
from server.config import Config
from server.storage.redis_bus import RedisBus
from server.storage.sql.configuration import EMPTY, Author, SqlConfiguration, Version, VersionConflict
from server.storage.sql.database import Database
from server.storage.sql.flows import SqlFlows
from server.storage.sql.migrate import upgrade

app = typer.Typer(help="Export, import and compare skills, opening hours, queues and agents.", no_args_is_help=True)
T = TypeVar("T")


@app.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output by default.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="An older version; the one in force by default.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Write the configuration as YAML."""
    text = to_yaml(_run(_load_version(configuration(config_file), version)).document)
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    errors.print(f"{file}: written")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A configuration in YAML; docs/configuration.md")],
    comment: Annotated[str, typer.Option(help="Why: the history shows it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check it and show what would change; save nothing.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Check a configuration and put it in force, also while Patchbay runs. Mistakes: «file:line: sentence», exit status 2."""
    document = _read(file)
    _run(_import(configuration(config_file), document, file, comment, dry_run))


@app.command("versions")
def versions(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20, config_file: ConfigFile = None
) -> None:
    """List who changed what, and when."""
    config = configuration(config_file)
    table = Table("version", "when", "who", "comment")
    zone = ZoneInfo(config.general.time_zone)

    async def listed() -> None:
        async with _open(config) as (store, _):
            for info in await store.versions(limit):
                when = f"{datetime.fromtimestamp(info.at, zone):%Y-%m-%d %H:%M}"
                table.add_row(str(info.version), when, info.author.name, info.comment)

    _run(listed())
    show(table)


@app.command("diff")
def compare(
    before: Annotated[int, typer.Argument(min=0, help="0: nothing at all.")],
    after: Annotated[int | None, typer.Argument(min=1, help="The version in force by default.")] = None,
    config_file: ConfigFile = None,
) -> None:
    """Print what differs between two versions."""
    config = configuration(config_file)
    old = EMPTY if before == 0 else _run(_load_version(config, before))
    new = _run(_load_version(config, after))
    typer.echo(diff(old.document, new.document, (f"version {old.version}", f"version {new.version}")))


def _read(file: Path) -> Document:
    try:
        return load(text_of(file.read_bytes()), str(file))
    except TextRefused as refused:
        for problem in refused.problems:
            errors.print(f"{problem.file}:{problem.line}: {problem.sentence}", soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from None
    except OSError as error:
        fail(f"{file}: {error.strerror}", BAD_INPUT)
    except NotText as error:
        fail(f"{file}: {error}", BAD_INPUT)


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except Unavailable as error:
        fail(str(error))
    except FlowsNeedIt as error:  # a flow was published in this very moment
        fail(str(error), BAD_INPUT)
    except VersionConflict as conflict:
        fail(f"Nothing was saved: {conflict}. Export it, bring both changes together, and import again.")


@asynccontextmanager
async def _open(config: Config) -> AsyncIterator[tuple[SqlConfiguration, Database]]:
    await upgrade(config.database_url)
    database = Database(config.database_url)
    try:
        yield SqlConfiguration(database), database
    finally:
        await database.close()


async def _load_version(config: Config, version: int | None) -> Version:
    async with _open(config) as (store, _):
        found = await (store.current() if version is None else store.version(version))
    if found is None:
        fail(f"there is no version {version}")
    return found


async def _import(config: Config, document: Document, file: Path, comment: str, dry_run: bool) -> None:
    async with _open(config) as (store, database):
        before = await store.current()
        difference = diff(before.document, document, (f"version {before.version}", str(file)))
        if not difference:
            console.print(f"{file}: nothing differs from version {before.version}")
            return
        console.print(difference, soft_wrap=True)
        needs = FlowNeeds(SqlFlows(database))
        _refuse_removals(file, removal_complaints(before.document, document, (await needs.now()).needed))
        if dry_run:
            console.print(f"{file}: no mistake found; nothing was saved")
            return
        clock = clock_of(config.data_dir)
        bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix)
        try:
            rules = Configuration(store, bus, clock, needs)
            author = Author(name=f"{user_name()} (command line)")
            saved = await rules.save(document, author, comment, expected=before.version)
            pending = await rules.put_in_force()
        finally:
            await bus.close()
        state = f"it will be in force when Patchbay runs again ({pending})" if pending else "in force"
        console.print(f"saved as version {saved.version}; {state}", soft_wrap=True)


def _refuse_removals(file: Path, removed: Iterable[tuple[Complaint, Needed]]) -> None:
    """Ends the command when published flows use what the document takes away."""
    complaints = [complaint for complaint, _ in removed]
    if not complaints:
        return
    source = Source(text_of(file.read_bytes()), str(file))
    for complaint in complaints:
        place = source.place(complaint.where, key=True)
        errors.print(f"{file}:{place.line}: {complaint.sentence}", soft_wrap=True)
    raise typer.Exit(BAD_INPUT)

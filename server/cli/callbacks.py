"""Commands on callbacks that are owed: list them, withdraw one, give one another time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.commands import AnyCommand, RescheduleCallback, WithdrawWork
from core.ids import WorkId
from core.ports import Unavailable
from customers.callbacks import work_of
from server.cli.common import BAD_INPUT, ConfigFile, configuration, console, fail, known_id, show
from server.cli.planning import moment
from server.clock import clock_of
from server.config import Config
from server.promises import Owed
from server.storage.redis_bus import RedisBus
from server.storage.sql.callback_book import SqlCallbackBook
from server.storage.sql.database import Database

app = typer.Typer(help="Promised callbacks: list, withdraw, move to another time.", no_args_is_help=True)
BY = "command line"
T = TypeVar("T")
Call = Annotated[str, typer.Argument(help="Id of the call in which it was promised, or of its work; with or without prefix.")]


@app.command("list")
def listed(config_file: ConfigFile = None) -> None:
    """List the promised callbacks, the earliest first. Numbers are not shown."""
    config = configuration(config_file)
    table = Table("call", "work", "queue", "due", "promised by")
    zone = ZoneInfo(config.general.time_zone)
    for owed in _run(_owed(config)):
        due = f"{datetime.fromtimestamp(owed.due_at, zone):%Y-%m-%d %H:%M}"
        table.add_row(owed.call_id, _work(owed), owed.queue_id, due, owed.agent_id or "the queue")
    show(table)


@app.command("withdraw")
def withdraw(call: Call, reason: Annotated[str, typer.Option(help="Why.")] = "withdrawn", config_file: ConfigFile = None) -> None:
    """Withdraw a callback: nobody calls back."""
    config = configuration(config_file)
    _run(_tell(config, WithdrawWork(work_id=_named(config, call), reason=reason, by=BY)))
    console.print("withdrawn")


@app.command("move")
def move(
    call: Call, to: Annotated[str, typer.Option("--to", help="2026-12-01T09:30, local time.")], config_file: ConfigFile = None
) -> None:
    """Move a callback to another time; if the queue is closed then, to its next opening."""
    config = configuration(config_file)
    at = moment("to", to, ZoneInfo(config.general.time_zone))
    _run(_tell(config, RescheduleCallback(work_id=_named(config, call), not_before=at, by=BY)))
    console.print("moved")


def _work(owed: Owed) -> WorkId:
    """Under which the ACD has it: an agent's promise is work of its own, a waiting caller's is the work that waited."""
    return work_of(owed.call_id) if owed.agent_id is not None or owed.work_id is None else owed.work_id


def works_of(owed: Sequence[Owed]) -> dict[str, WorkId]:
    """By the id of the call and by that of the work."""
    works = [(each.call_id, _work(each)) for each in owed]
    return {str(call_id): work for call_id, work in works} | {str(work): work for _, work in works}


def _named(config: Config, given: str) -> WorkId:
    works = works_of(_run(_owed(config)))
    found = known_id(given, works, "call_") or known_id(given, works, "work_")
    if found is None:
        fail(f"No callback is owed to “{given}”; `patchbay callbacks list` shows them.", BAD_INPUT)
    return works[found]


async def _owed(config: Config) -> Sequence[Owed]:
    database = Database(config.database_url)
    try:
        return await SqlCallbackBook(database, config.general.country).owed(0.0)
    finally:
        await database.close()


async def _tell(config: Config, command: AnyCommand) -> None:
    bus = RedisBus(config.redis_url, clock_of(config.data_dir), config.storage.redis_prefix)
    try:
        answer = await bus.send("acd", command)
    finally:
        await bus.close()
    if not answer.ok:
        fail(answer.reason)


def _run(work: Coroutine[None, None, T]) -> T:
    try:
        return asyncio.run(work)
    except Unavailable as error:
        fail(str(error))

"""`patchbay replay`: recorded events through changed rules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from acd.leadership.journal import Entry
from acd.leadership.recorder import Beginning, RecordedInputs
from acd.model.refusals import Refused
from acd.simulation.ledger import Figures
from acd.simulation.recorded import Reader, Recording
from acd.simulation.replay import TAIL_S, Comparison
from acd.simulation.replay import replay as run_again
from core.ports import Unavailable
from server.cli.common import ConfigFile, configuration, console, fail, show
from server.cli.planning import moment, percent, print_json, refuse, seconds
from server.config import Config

COMPARED = {
    "service_level": "service level",
    "mean_wait_s": "mean wait",
    "wait_p90_s": "9 of 10 wait less",
    "abandonment": "abandonment",
    "occupancy": "occupancy",
}

From = Annotated[str, typer.Option("--from", help="2026-11-20 or 2026-11-20T09:30, local time.")]
To = Annotated[str, typer.Option("--to", help="End of the time replayed, not included.")]
Rules = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="YAML as of `patchbay config export`; without: the rules of that time."),
]


class Stretch(NamedTuple):
    """What is read from the history."""

    beginning: Beginning
    entries: list[Entry]


def replay(  # noqa: PLR0917  each is an option of the command
    begin: From,
    end: To,
    rules: Rules = None,
    patient: Annotated[bool, typer.Option(help="Those served would have waited for ever, not as long as others did.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="For what the record cannot know; the same seed gives the same figures.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Run recorded events through changed rules and show the difference; docs/planning.md."""
    config = configuration(config_file)
    zone = ZoneInfo(config.general.time_zone)
    first, last = moment("from", begin, zone), moment("to", end, zone)
    if last <= first:
        refuse("--to must be later than --from.")
    new = None
    if rules is not None:
        from server.cli.rules import rules_of  # noqa: PLC0415  the schema takes its time

        new = rules_of(rules)
    recording = _recording(config, first, last, zone)
    try:
        compared = run_again(recording, new, zone, patient=patient, seed=seed)
    except Refused as refused:
        refuse(f"The ACD refuses these rules: {refused.reason}")
    if as_json:
        print_json(_report(recording, compared, zone))
    else:
        _show(recording, compared, zone)


def _recording(config: Config, begin: float, end: float, zone: tzinfo) -> Recording:
    from server.storage.sql.acd_inputs import SqlAcdInputs  # noqa: PLC0415  `--help` needs no database
    from server.storage.sql.database import Database  # noqa: PLC0415

    async def read() -> Stretch | None:
        database = Database(config.database_url)
        try:
            return await stretch(SqlAcdInputs(database), begin, end)
        finally:
            await database.close()

    try:
        found = asyncio.run(read())
    except (Unavailable, OSError) as error:
        fail(str(error))
    if found is None or found.beginning.at >= end:
        fail("Nothing is recorded of that time.")
    try:
        return Reader(found.beginning.engine, found.beginning.at, begin, end, zone).read(found.entries)
    except msgspec.DecodeError as error:
        fail(f"What is recorded was written by another version and cannot be read: {error}")


async def stretch(inputs: RecordedInputs, begin: float, end: float) -> Stretch | None:
    """The history from the last place before `begin` from which a replay may start; None: there is none."""
    beginning = await inputs.beginning(begin)
    if beginning is None:
        return None
    entries: list[Entry] = []
    try:
        async for entry in inputs.entries(beginning, end + TAIL_S):
            entries.append(entry)  # noqa: PERF401  keeps what came before a gap
    except Unavailable:
        if not entries or entries[-1].at < end:  # a gap after the interval only hides how its last work went on
            raise
    return Stretch(beginning, entries)


def _report(recording: Recording, compared: Comparison, zone: tzinfo) -> dict[str, Any]:
    queues = [
        {"queue_id": queue_id, "name": compared.names.get(queue_id, queue_id)}
        | _pair(compared.recorded.get(queue_id), compared.replayed.get(queue_id))
        for queue_id in _queues(compared)
    ]
    return {
        "from": _local(recording.begin, zone),
        "to": _local(recording.end, zone),
        "queues": queues,
        "total": _pair(compared.recorded_total, compared.replayed_total),
        "open_when_the_record_ends": compared.still_open,
        "recorded_inputs_that_no_longer_fit": compared.left_out,
        "inputs_that_did_not_fit_the_new_rules": dict(compared.refusals),
    }


def _pair(before: Figures | None, after: Figures | None) -> dict[str, Any]:
    old, new = (msgspec.to_builtins(each) if each is not None else None for each in (before, after))
    difference = {name: _difference(before, after, name) for name in COMPARED}
    return {"recorded": old, "replayed": new, "difference": difference}


def _difference(before: Figures | None, after: Figures | None, name: str) -> float | None:
    old = None if before is None else getattr(before, name)
    new = None if after is None else getattr(after, name)
    return None if old is None or new is None else new - old


def _queues(compared: Comparison) -> list[Any]:
    return sorted(dict.fromkeys([*compared.recorded, *compared.replayed]), key=lambda queue_id: compared.names.get(queue_id, ""))


def _show(recording: Recording, compared: Comparison, zone: tzinfo) -> None:
    title = f"{_local(recording.begin, zone)} to {_local(recording.end, zone)}, recorded → replayed"
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column("queue")
    table.add_column("work", justify="right")
    for words in COMPARED.values():
        table.add_column(words, justify="right")
    for queue_id in _queues(compared):
        name = compared.names.get(queue_id, queue_id)
        _add(table, name, compared.recorded.get(queue_id), compared.replayed.get(queue_id))
    table.add_section()
    _add(table, "all", compared.recorded_total, compared.replayed_total)
    show(table)
    if compared.still_open:
        console.print(
            f"{compared.still_open} pieces of work were not over when the record ends; they are in neither.", style="dim"
        )
    if compared.left_out:
        console.print(f"{compared.left_out} recorded inputs do not fit this version's engine and were left out.", style="yellow")
    if compared.refusals:
        counts = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in sorted(compared.refusals.items()))
        console.print(f"Recorded inputs that did not fit what became of things under the new rules: {counts}.", style="dim")


def _add(table: Table, name: str, before: Figures | None, after: Figures | None) -> None:
    work_items = [0 if each is None else each.arrived for each in (before, after)]
    table.add_row(
        name,
        str(work_items[0]) if work_items[0] == work_items[1] else f"{work_items[0]} → {work_items[1]}",
        *(_change(before, after, figure) for figure in COMPARED),
    )


BETTER: Mapping[str, float] = {"service_level": 1.0, "mean_wait_s": -1.0, "wait_p90_s": -1.0, "abandonment": -1.0}


def _change(before: Figures | None, after: Figures | None, figure: str) -> Text:
    shown = seconds if figure.endswith("_s") else percent
    old, new = (None if each is None else getattr(each, figure) for each in (before, after))
    text = f"{shown(old)} → {shown(new)}"
    if shown(old) == shown(new):
        return Text(shown(old))
    gain = BETTER.get(figure, 0.0) * (_difference(before, after, figure) or 0.0)
    return Text(text, style="green" if gain > 0.0 else "red" if gain < 0.0 else "")


def _local(at: float, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")

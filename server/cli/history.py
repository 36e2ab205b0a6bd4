"""`patchbay staff --from … --to …`: agents for each half-hour of the week, from own history."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from rich.table import Table

from acd.simulation.forecast import Expected, Forecast, HalfHour, forecast
from acd.simulation.staffing import Staffing, Target, agents_needed
from core.ids import QueueId
from core.model import WorkRecord
from core.ports import Unavailable
from server.cli.common import console, fail, show
from server.cli.planning import moment, percent, print_json, refuse
from server.config import Config

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HALF_HOUR_S = 1800.0


class HistoryGiven(NamedTuple):
    """What the command was told."""

    begin: str
    end: str
    queue: str | None
    usual_handle_s: float
    patience_s: float | None
    target: Target
    shrinkage: float


def staff_from_history(given: HistoryGiven, config: Config, *, as_json: bool) -> None:
    zone = ZoneInfo(config.general.time_zone)
    begin, end = moment("from", given.begin, zone), moment("to", given.end, zone)
    if end <= begin:
        refuse("--to must be later than --from.")
    records = asyncio.run(_records(config, begin, end, given.queue))
    found = forecast(records, begin, end, zone, given.usual_handle_s)
    if not found.rows:
        fail("No calls are recorded of that time.")
    staffed = [(row, _staffing(row, given)) for row in found.rows]
    if as_json:
        print_json(_report(given, found, staffed))
    else:
        _show(given, found, staffed)


async def _records(config: Config, begin: float, end: float, queue: str | None) -> list[WorkRecord]:
    from server.storage.sql.acd_records import SqlAcdRecords  # noqa: PLC0415  given numbers need no database
    from server.storage.sql.database import Database  # noqa: PLC0415

    database = Database(config.database_url)
    try:
        return await SqlAcdRecords(database).work_items(begin, end, _ids(queue))
    except (Unavailable, OSError) as error:
        fail(str(error))
    finally:
        await database.close()


def _ids(queue: str | None) -> list[QueueId]:
    """Both ways to write it: the history has only one of them."""
    short = None if queue is None else queue.removeprefix("queue_")
    return [] if short is None else [QueueId(short), QueueId(f"queue_{short}")]


def _staffing(row: Expected, given: HistoryGiven) -> Staffing:
    return agents_needed(row.calls / HALF_HOUR_S, row.handle_s, given.patience_s, given.target, given.shrinkage)


def _report(given: HistoryGiven, found: Forecast, staffed: list[tuple[Expected, Staffing]]) -> dict[str, Any]:
    return {
        "agents": _peak(staffed),
        "model": "Erlang C" if given.patience_s is None else "Erlang A",
        "patience_s": given.patience_s,
        "patience_s_in_history": found.patience_s,
        "calls_in_history": found.calls,
        "service_level_target": {"share": given.target.share, "within_s": given.target.within_s},
        "occupancy_max": given.target.occupancy_max,
        "shrinkage": given.shrinkage,
        "half_hours": [
            {
                "queue_id": row.queue_id,
                "day": DAYS[row.half_hour.weekday],
                "time": row.half_hour.time,
                "weeks": row.weeks,
                "calls": row.calls,
                "handle_s": row.handle_s,
                "agents": staffing.agents,
                "rostered": staffing.rostered,
                "service_level": staffing.theory.service_level,
                "occupancy": staffing.theory.occupancy,
            }
            for row, staffing in staffed
        ],
    }


def _peak(staffed: list[tuple[Expected, Staffing]]) -> int:
    """Most agents needed at once, each queue with its own."""
    at_once: defaultdict[HalfHour, int] = defaultdict(int)
    for row, staffing in staffed:
        at_once[row.half_hour] += staffing.agents
    return max(at_once.values())


def _show(given: HistoryGiven, found: Forecast, staffed: list[tuple[Expected, Staffing]]) -> None:
    target = given.target
    model = "Erlang C" if given.patience_s is None else f"Erlang A, patience {given.patience_s:g} s"
    table = Table(title=f"{target.share:.0%} within {target.within_s:g} s ({model})", title_justify="left", header_style="bold")
    for column in ("queue", "day", "time"):
        table.add_column(column)
    for column in ("weeks", "calls", "handle time", "agents", "on the roster", "service level", "occupancy"):
        table.add_column(column, justify="right")
    for row, staffing in staffed:
        table.add_row(
            row.queue_id,
            DAYS[row.half_hour.weekday],
            row.half_hour.time,
            str(row.weeks),
            f"{row.calls:.1f}",
            f"{row.handle_s:.0f} s",
            str(staffing.agents),
            str(staffing.rostered),
            percent(staffing.theory.service_level),
            percent(staffing.theory.occupancy),
        )
    show(table)
    text = f"{found.calls:,} calls in the history; at most {_peak(staffed)} agents serve at once, each queue with its own."
    if found.patience_s is not None:
        text += f" Customers were patient for {found.patience_s:.0f} s on average (--patience {found.patience_s:.0f})."
    console.print(text)

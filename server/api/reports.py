"""Reports on queues and agents by interval: each by itself, and all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from acd.numbers.reports import AgentInterval, Interval, QueueInterval, agent_rows, queue_rows
from core.ids import AgentId, QueueId
from core.model import Value, WorkRecord
from server.api.access import Deps, SeesReports
from server.api.answers import answer, answers
from server.api.csv_files import to_csv
from server.api.errors import ApiError
from server.api.reading import Reader, sight
from server.api.report_times import Asked, between, local, zone_of
from server.api.services import Services
from server.schemas import Me
from server.sight import Sight

router = APIRouter(tags=["reports"])

MOST_ROWS = 10_000
MOST_LINES = 50_000
"""Of a file."""


class AskedOfQueues(Asked):
    queue_id: list[str] = Field([], max_length=500, description="None: every queue")


class AskedOfAgents(Asked):
    agent_id: list[str] = Field([], max_length=500, description="None: every agent")


class QueueReport(Value, frozen=True, kw_only=True):
    """Whole intervals around the times asked for."""

    start: float
    end: float
    interval: Interval
    time_zone: str
    names: dict[str, str]
    """Of the queues in it, and of those that there are."""
    rows: tuple[QueueInterval, ...]
    """By queue, then by time."""
    totals: tuple[QueueInterval, ...]
    """Each queue from `start` to `end`."""
    intervals: tuple[QueueInterval, ...]
    """All of them together, by time."""
    total: QueueInterval
    """All of them from `start` to `end`."""


class AgentReport(Value, frozen=True, kw_only=True):
    """Whole intervals around the times asked for."""

    start: float
    end: float
    interval: Interval
    time_zone: str
    names: dict[str, str]
    """Of the agents in it, and of those that there are."""
    rows: tuple[AgentInterval, ...]
    totals: tuple[AgentInterval, ...]
    intervals: tuple[AgentInterval, ...]
    """All of them together, by time."""
    total: AgentInterval


@router.get("/reports/queues", responses=answers(QueueReport, 429))
async def queues(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfQueues, Query()]) -> Response:
    """Service level, speed of answer, handle time, abandonment, occupancy and the estimates' calibration of each queue."""
    times = between(deps, asked)
    await _note(deps, request, me, "queues", asked)
    wanted = [QueueId(name) for name in asked.queue_id]
    seen = sight(deps, me)
    records = await records_between(deps, times, seen, wanted)
    changes = await deps.records.state_changes(times[0], times[-1])
    known = {queue.queue_id for queue in deps.acd.queues() if seen.covers(queue.queue_id)} | {each.queue_id for each in records}
    shown = [queue_id for queue_id in wanted or sorted(known) if seen.covers(queue_id)]
    _limit(asked, len(shown), times)
    names, now = (await deps.records.names()).queues, deps.clock.now()

    def report() -> Response:
        whole = (times[0], times[-1])
        rows = queue_rows(records, changes, times, shown, now) if asked.each else []
        if asked.form == "csv":
            begun = [row for row in rows if row.start <= now]
            return _file("queues", begun, QueueInterval, [names.get(row.queue_id, "") for row in begun], zone_of(deps))
        return answer(
            QueueReport(
                **_head(deps, times, asked.interval, {name: names.get(name, name) for name in known}),
                rows=tuple(rows),
                totals=tuple(queue_rows(records, changes, whole, shown, now)),
                intervals=tuple(queue_rows(records, changes, times, shown, now, together=True)),
                total=queue_rows(records, changes, whole, shown or [QueueId("")], now, together=True)[0],
            )
        )

    return await deps.apart.run(report)  # counting months must not hold up calls, or who signs in


@router.get("/reports/agents", responses=answers(AgentReport, 429))
async def agents(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfAgents, Query()]) -> Response:
    """Work handled, and time available, ringing, in conversation, in wrap-up and away (by reason), and each agent's adherence."""
    times = between(deps, asked)
    await _note(deps, request, me, "agents", asked)
    wanted = [AgentId(name) for name in asked.agent_id]
    seen = sight(deps, me)
    records = await records_between(deps, times, seen)
    changes = await deps.records.state_changes(times[0], times[-1])
    everybody = {agent.agent_id for agent in deps.acd.agents()} | set(changes)
    known = {agent_id for agent_id in everybody if seen.covers_agent(agent_id)}
    shown = [agent_id for agent_id in wanted or sorted(known) if seen.covers_agent(agent_id)]
    _limit(asked, len(shown), times)
    names, now, zone = (await deps.records.names()).agents, deps.clock.now(), zone_of(deps)
    planned = (await deps.configuration.store.current()).document.agents
    shifts = {AgentId(agent_id): rules.shifts for agent_id, rules in planned.items()}

    def report() -> Response:
        count = partial(agent_rows, records, changes, now=now, shifts=shifts, zone=zone)
        whole = (times[0], times[-1])
        rows = count(times, shown) if asked.each else []
        if asked.form == "csv":
            begun = [row for row in rows if row.start <= now]
            return _file("agents", begun, AgentInterval, [names.get(row.agent_id, "") for row in begun], zone)
        return answer(
            AgentReport(
                **_head(deps, times, asked.interval, {name: names.get(name, name) for name in known}),
                rows=tuple(rows),
                totals=tuple(count(whole, shown)),
                intervals=tuple(count(times, shown, together=True)),
                total=count(whole, shown or [AgentId("")], together=True)[0],
            )
        )

    return await deps.apart.run(report)


def _head(deps: Services, times: Sequence[float], interval: Interval, names: dict[str, str]) -> dict[str, Any]:
    zone = deps.config.general.time_zone
    return {"start": times[0], "end": times[-1], "interval": interval, "time_zone": zone, "names": names}


async def _note(deps: Services, request: Request, me: Me, report: str, asked: Asked) -> None:
    """What leaves as a file is written down; what is looked at holds no customer."""
    if asked.form == "csv":
        reader = await Reader.of(deps, request, me)
        await reader.note("export_report", report, start=asked.start, end=asked.end)


def _limit(asked: Asked, names: int, times: Sequence[float]) -> None:
    rows = (names if asked.each else 1) * (len(times) - 1)
    most = MOST_LINES if asked.form == "csv" else MOST_ROWS
    if rows > most:
        sentence = f"This report would have {rows} rows, at most {most} are given: ask for less time or longer intervals."
        raise ApiError(422, "too_many_rows", sentence)


async def records_between(
    deps: Services, times: Sequence[float], seen: Sight, queue_ids: Sequence[QueueId] = ()
) -> list[WorkRecord]:
    """Of the queues that are seen: what is over from the database, what is not from the ACD; what ends meanwhile counts once."""
    going_on = {(record.work_id, record.stay): record for record in deps.acd.open_records()}
    over = await deps.records.work_items(times[0], times[-1], queue_ids)
    all_of_them = going_on | {(record.work_id, record.stay): record for record in over}
    return [record for record in all_of_them.values() if seen.covers(record.queue_id)]


def _file(name: str, rows: Sequence[Value], kind: type[Value], names: Sequence[str], zone: ZoneInfo) -> Response:
    """Columns are named as in JSON; behind them what people read: the name, and the interval's local time.

    `rows`: those that have begun. A table program would count what lies ahead as hours without a call.
    """
    columns = (*kind.__struct_fields__, "name", "local_start", "local_end")
    lines = (
        (*msgspec.structs.astuple(row), name, local(row.start, zone), local(row.end, zone))  # type: ignore[attr-defined]
        for row, name in zip(rows, names, strict=True)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(to_csv(columns, lines), headers=headers, media_type="text/csv")

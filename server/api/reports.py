"""Reports on queues and agents by interval, and why each piece of work was offered to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from acd.numbers.reports import AgentInterval, Interval, QueueInterval, agent_rows, edges, queue_rows
from core.ids import AgentId, CallId, QueueId, WorkId
from core.model import Value, WorkRecord
from server.api.access import Deps, SeesReports, SignedIn
from server.api.answers import answer, answer_to, answers
from server.api.bodies import Body
from server.api.csv_files import to_csv
from server.api.errors import ApiError, not_found
from server.api.reading import Reader
from server.api.services import Services
from server.rights import AgentThing, Person, Rights, Verb, may
from server.schemas import Me
from server.storage.sql.acd_records import OfferRecord

router = APIRouter(tags=["reports"])

MOST_ROWS = 10_000
LONGEST_S = 100 * 86_400.0
LATEST = 4_102_444_800.0
"""The year 2100: later times are mistakes."""


class Asked(Body):
    """What a report is asked for, in the query."""

    start: float = Field(ge=0, le=LATEST, allow_inf_nan=False, description="Seconds since the epoch")
    end: float = Field(ge=0, le=LATEST, allow_inf_nan=False)
    interval: Interval = Field(Interval.HALF_HOUR, description="Length of a row")
    form: Literal["json", "csv"] = Field("json", alias="format", description="CSV has one line for each of `rows`")


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
    rows: tuple[QueueInterval, ...]
    """By queue, then by time."""
    totals: tuple[QueueInterval, ...]
    """Each queue from `start` to `end`."""


class AgentReport(Value, frozen=True, kw_only=True):
    """Whole intervals around the times asked for."""

    start: float
    end: float
    interval: Interval
    time_zone: str
    rows: tuple[AgentInterval, ...]
    totals: tuple[AgentInterval, ...]


class Decisions(Value, frozen=True, kw_only=True):
    """Every offer, in order, with the reason it was made for and what became of it."""

    items: tuple[OfferRecord, ...]


@router.get("/reports/queues", responses=answers(QueueReport))
async def queues(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfQueues, Query()]) -> Response:
    """Service level, speed of answer, handle time, abandonment, occupancy and the estimates' calibration of each queue."""
    between = _between(deps, asked)
    await _note(deps, request, me, "queues", asked)
    wanted = [QueueId(name) for name in asked.queue_id]
    records = await _records(deps, between, wanted)
    changes = await deps.records.state_changes(between[0], between[-1])
    shown = wanted or sorted({queue.queue_id for queue in deps.acd.queues()} | {record.queue_id for record in records})
    _limit(len(shown), between)
    now = deps.clock.now()

    def report() -> Response:
        rows = queue_rows(records, changes, between, shown, now)
        if asked.form == "csv":
            return _file("queues", rows, QueueInterval)
        totals = queue_rows(records, changes, (between[0], between[-1]), shown, now)
        return answer(QueueReport(**_head(deps, between, asked.interval), rows=tuple(rows), totals=tuple(totals)))

    return await asyncio.to_thread(report)  # counting months must not hold up calls


@router.get("/reports/agents", responses=answers(AgentReport))
async def agents(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfAgents, Query()]) -> Response:
    """Work handled, and time free, ringing, in conversation, in wrap-up and away (by reason), and adherence of each agent."""
    between = _between(deps, asked)
    await _note(deps, request, me, "agents", asked)
    wanted = [AgentId(name) for name in asked.agent_id]
    records = await _records(deps, between)
    changes = await deps.records.state_changes(between[0], between[-1])
    shown = wanted or sorted({agent.agent_id for agent in deps.acd.agents()} | set(changes))
    _limit(len(shown), between)
    now, zone = deps.clock.now(), ZoneInfo(deps.config.general.time_zone)
    planned = (await deps.configuration.store.current()).document.agents
    shifts = {AgentId(agent_id): rules.shifts for agent_id, rules in planned.items()}

    def report() -> Response:
        rows = agent_rows(records, changes, between, shown, now, shifts=shifts, zone=zone)
        if asked.form == "csv":
            return _file("agents", rows, AgentInterval)
        totals = agent_rows(records, changes, (between[0], between[-1]), shown, now, shifts=shifts, zone=zone)
        return answer(AgentReport(**_head(deps, between, asked.interval), rows=tuple(rows), totals=tuple(totals)))

    return await asyncio.to_thread(report)


def _head(deps: Services, between: Sequence[float], interval: Interval) -> dict[str, Any]:
    zone = deps.config.general.time_zone
    return {"start": between[0], "end": between[-1], "interval": interval, "time_zone": zone}


@router.get("/work/{work_id}/decisions", responses=answers(Decisions, 404))
async def decisions_of_work(work_id: str, me: SignedIn, deps: Deps) -> Response:
    """Supervisors see every offer; an agent those to the agent."""
    return _decisions(me, await deps.records.offers_of_work(WorkId(work_id)))


@router.get("/calls/{call_id}/decisions", responses=answers(Decisions, 404))
async def decisions_of_call(call_id: str, me: SignedIn, deps: Deps) -> Response:
    """Of all work of the call, also of a callback that was promised in it."""
    return _decisions(me, await deps.records.offers_of_call(CallId(call_id)))


def _decisions(me: Me, offers: Sequence[OfferRecord]) -> Response:
    who = Person(rights=Rights(permissions=frozenset(me.permissions)), agent_id=me.agent_id)
    seen = [offer for offer in offers if may(who, Verb.READ, AgentThing(agent_id=offer.agent_id))]
    if not seen:
        raise not_found("offer")
    return answer_to(me, Decisions(items=tuple(seen)))


async def _note(deps: Services, request: Request, me: Me, report: str, asked: Asked) -> None:
    """What leaves as a file is written down; what is looked at holds no customer."""
    if asked.form == "csv":
        reader = await Reader.of(deps, request, me)
        await reader.note("export_report", report, start=asked.start, end=asked.end)


def _between(deps: Services, asked: Asked) -> list[float]:
    """Raises a 422 in words for times that make no report."""
    start, end = asked.start, asked.end
    if end <= start:
        raise ApiError(422, "invalid", "The report's end must be after its start.")
    if start > deps.clock.now():
        raise ApiError(422, "invalid", "The report's start lies in the future.")
    if end - start > LONGEST_S:
        raise ApiError(422, "invalid", f"One report covers at most {LONGEST_S / 86_400:.0f} days.")
    return edges(start, end, asked.interval, ZoneInfo(deps.config.general.time_zone))


def _limit(names: int, between: Sequence[float]) -> None:
    rows = names * (len(between) - 1)
    if rows > MOST_ROWS:
        sentence = f"This report would have {rows} rows, at most {MOST_ROWS} are given: ask for less time or longer intervals."
        raise ApiError(422, "too_many_rows", sentence)


async def _records(deps: Services, between: Sequence[float], queue_ids: Sequence[QueueId] = ()) -> list[WorkRecord]:
    """What is over from the database, and what is not from the ACD; what ends meanwhile counts once."""
    going_on = {(record.work_id, record.stay): record for record in deps.acd.open_records()}
    over = await deps.records.work_items(between[0], between[-1], queue_ids)
    return list((going_on | {(record.work_id, record.stay): record for record in over}).values())


def _file(name: str, rows: Sequence[Value], kind: type[Value]) -> Response:
    """Column names as in JSON."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(to_csv(kind.__struct_fields__, map(msgspec.structs.astuple, rows)), headers=headers, media_type="text/csv")

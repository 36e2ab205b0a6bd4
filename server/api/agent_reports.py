"""The report on agents by interval: each by itself, and all of them together."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from acd.numbers.report_rows import AgentInterval
from acd.numbers.reports import NO_PLANS, Plans, agent_rows
from core.counting import Scope
from core.ids import AgentId
from core.model import Shift
from server.api.access import Deps, SeesReports
from server.api.answers import answer, answers
from server.api.reading import sight
from server.api.report_counts import Counts, File, ReportHead, check_rows, counted, file_of, head, in_time, note, tables
from server.api.report_times import Asked, Span, spans, zone_of
from server.api.services import Services

router = APIRouter(tags=["reports"])
Shifts = dict[AgentId, tuple[Shift, ...]]


class AskedOfAgents(Asked):
    agent_id: list[str] = Field([], max_length=500, description="None: every agent")


class AgentReport(ReportHead, frozen=True, kw_only=True):
    """Agents."""

    rows: tuple[AgentInterval, ...]
    """By agent, then by time."""
    totals: tuple[AgentInterval, ...]
    intervals: tuple[AgentInterval, ...]
    """All of them together, by time."""
    total: AgentInterval
    earlier_totals: tuple[AgentInterval, ...]
    earlier_intervals: tuple[AgentInterval, ...]
    """As many as `intervals`, in the same order."""
    earlier_total: AgentInterval | None


@router.get("/reports/agents", responses=answers(AgentReport, 429))
async def agents(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfAgents, Query()]) -> Response:
    """Work handled, and time available, ringing, in conversation, in wrap-up and away (by reason), and each agent's adherence."""
    span, other = spans(deps, asked)
    check_rows(asked, 1, span)
    await note(deps, request, me, "agents", asked)
    seen = sight(deps, me)
    now = await counted(deps, span, Scope(queues=seen.queues))
    then = None if other is None else await counted(deps, other, Scope(queues=seen.queues))
    everybody = {agent.agent_id for agent in deps.acd.agents()} | now.times.agents
    known = sorted(agent_id for agent_id in everybody if seen.covers_agent(agent_id))
    wanted = [AgentId(name) for name in dict.fromkeys(asked.agent_id)]
    shown = [agent_id for agent_id in wanted or known if seen.covers_agent(agent_id)]
    check_rows(asked, len(shown), span)
    names = (await deps.records.names()).agents
    planned = (await deps.configuration.store.current()).document.agents
    shifts = {agent_id: planned[agent_id].shifts for agent_id in shown if agent_id in planned and planned[agent_id].shifts}
    plans = await _plans(deps, span, shifts)
    plans_then = await _plans(deps, other, shifts)
    clock = deps.clock.now()

    def rows(counts: Counts, *, together: bool = False, whole: bool = False) -> list[AgentInterval]:
        agent_ids = shown or ([AgentId("")] if together and whole else [])
        of_time = plans if counts is now else plans_then
        return agent_rows(counts.cells, counts.times, counts.span.between, agent_ids, of_time, together=together, whole=whole)

    def report() -> Response:
        each = tuple(rows(now)) if asked.each else ()
        if asked.form == "csv":
            return file_of(File("agents", "agent_id", names), each, clock, zone_of(deps))
        told: dict[str, str] = {name: names.get(name, name) for name in known}
        return answer(AgentReport(**head(deps, asked, span, other), names=told, rows=each, **tables(rows, now, then)))

    return await deps.apart.run(report)


async def _plans(deps: Services, span: Span | None, shifts: Shifts) -> Plans:
    """By the shifts that hold today."""
    if span is None:
        return NO_PLANS
    start, end = span.between[0], min(span.between[-1], span.until)
    served = await in_time(deps.counting.served(start, end, sorted(shifts)))
    return Plans(shifts, served, span.between, span.until, zone_of(deps))

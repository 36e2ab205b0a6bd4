"""Reports on what customers met, by interval: for each queue, skill or channel by itself, and for all of them together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from acd.numbers.report_rows import ChannelInterval, QueueInterval, SkillInterval
from acd.numbers.reports import BY_CHANNEL, BY_QUEUE, BY_SKILL, Grouping, service_rows
from acd.rules.skills import label
from core.counting import Scope
from core.ids import QueueId, SkillId
from core.model import Channel, Value
from server.api.access import Deps, SeesReports
from server.api.answers import answer, answers
from server.api.reading import sight
from server.api.report_counts import Counts, File, ReportHead, check_rows, counted, file_of, head, note, seen_queues, tables
from server.api.report_times import Asked, spans, zone_of
from server.api.services import Services
from server.schemas import Me
from server.sight import Sight

router = APIRouter(tags=["reports"])


class AskedOfQueues(Asked):
    queue_id: list[str] = Field([], max_length=500, description="None: every queue")


class AskedOfSkills(AskedOfQueues):
    skill: list[str] = Field([], max_length=500, description="None: every skill; `(none)`: work that asked for no skill")


class AskedOfChannels(AskedOfQueues):
    channel: list[Channel] = Field([], max_length=len(Channel), description="None: every channel")


class QueueReport(ReportHead, frozen=True, kw_only=True):
    """Queues. What moved from one to another was offered in both."""

    rows: tuple[QueueInterval, ...]
    """By queue, then by time."""
    totals: tuple[QueueInterval, ...]
    """Each queue from `start` to `end`."""
    intervals: tuple[QueueInterval, ...]
    """All of them together, by time."""
    total: QueueInterval
    """All of them from `start` to `end`."""
    earlier_totals: tuple[QueueInterval, ...]
    earlier_intervals: tuple[QueueInterval, ...]
    """As many as `intervals`, in the same order."""
    earlier_total: QueueInterval | None


class SkillReport(ReportHead, frozen=True, kw_only=True):
    """Skills that work asked for when it came to its queue; it counts in each of them, and once in what is told together."""

    rows: tuple[SkillInterval, ...]
    totals: tuple[SkillInterval, ...]
    intervals: tuple[SkillInterval, ...]
    total: SkillInterval
    earlier_totals: tuple[SkillInterval, ...]
    earlier_intervals: tuple[SkillInterval, ...]
    earlier_total: SkillInterval | None


class ChannelReport(ReportHead, frozen=True, kw_only=True):
    """Channels."""

    rows: tuple[ChannelInterval, ...]
    totals: tuple[ChannelInterval, ...]
    intervals: tuple[ChannelInterval, ...]
    total: ChannelInterval
    earlier_totals: tuple[ChannelInterval, ...]
    earlier_intervals: tuple[ChannelInterval, ...]
    earlier_total: ChannelInterval | None


class Kind(NamedTuple):
    """One of the three reports."""

    name: str
    by: Grouping
    report: Callable[..., Value]
    names: Callable[[Services, Sight, list[str]], Awaitable[dict[str, str]]]
    """Of those that there are, as far as they are seen, and of those that were counted."""


class Asker(NamedTuple):
    """Who asks."""

    deps: Services
    request: Request
    me: Me


@router.get("/reports/queues", responses=answers(QueueReport, 429))
async def queues(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfQueues, Query()]) -> Response:
    """Service level, speed of answer, handle time, abandonment, occupancy and the estimates' calibration of each queue."""
    return await _report(Asker(deps, request, me), QUEUES, asked, asked.queue_id)


@router.get("/reports/skills", responses=answers(SkillReport, 429))
async def skills(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfSkills, Query()]) -> Response:
    """The same of each skill that work asked for."""
    return await _report(Asker(deps, request, me), SKILLS, asked, asked.skill)


@router.get("/reports/channels", responses=answers(ChannelReport, 429))
async def channels(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedOfChannels, Query()]) -> Response:
    """The same of each channel."""
    return await _report(Asker(deps, request, me), CHANNELS, asked, [str(channel) for channel in asked.channel])


async def _report(asker: Asker, kind: Kind, asked: AskedOfQueues, wanted: list[str]) -> Response:
    deps, request, me = asker
    span, other = spans(deps, asked)
    check_rows(asked, 1, span)
    await note(deps, request, me, kind.name, asked)
    seen = sight(deps, me)
    scope = Scope(queues=seen_queues(seen, asked.queue_id))
    now = await counted(deps, span, scope)
    then = None if other is None else await counted(deps, other, scope)
    names = await kind.names(deps, seen, [*_keys(kind, now), *_keys(kind, then)])
    # What is asked for and not seen is in no report, and is not told from what there is not.
    shown = [name for name in dict.fromkeys(wanted or sorted(names)) if kind is not QUEUES or seen.covers(QueueId(name))]
    check_rows(asked, len(shown), span)
    clock = deps.clock.now()

    def rows(counts: Counts, *, together: bool = False, whole: bool = False) -> list[Any]:
        keys = shown or ([""] if together and whole else [])
        between = counts.span.between
        return service_rows(kind.by, counts.cells, counts.times, between, keys, together=together, whole=whole)

    def report() -> Response:
        each = tuple(rows(now)) if asked.each else ()
        if asked.form == "csv":
            return file_of(File(kind.name, kind.by.field, names), each, clock, zone_of(deps))
        return answer(kind.report(**head(deps, asked, span, other), names=names, rows=each, **tables(rows, now, then)))

    return await deps.apart.run(report)  # rows of months must not hold up calls, or who signs in


def _keys(kind: Kind, counts: Counts | None) -> list[str]:
    return [] if counts is None else sorted({key for cell in counts.cells for key in kind.by.keys(cell)})


async def _queues(deps: Services, seen: Sight, counted: list[str]) -> dict[str, str]:
    stored = (await deps.records.names()).queues
    there = {queue.queue_id: queue.name for queue in deps.acd.queues() if seen.covers(queue.queue_id)}
    return {name: stored.get(name, there.get(QueueId(name), name)) for name in [*there, *counted]}


async def _skills(deps: Services, seen: Sight, counted: list[str]) -> dict[str, str]:
    """Those that queues in sight ask for."""
    document = deps.configuration.document
    asked_for = [rules.requirements for name, rules in document.queues.items() if seen.covers(QueueId(name))]
    there = sorted({*counted, *(skill for requirements in asked_for for skill in requirements)})
    return {skill: document.skills.get(skill) or label(SkillId(skill)) for skill in there}


async def _channels(_deps: Services, _seen: Sight, _counted: list[str]) -> dict[str, str]:
    return {str(channel): str(channel) for channel in Channel}


QUEUES = Kind("queues", BY_QUEUE, QueueReport, _queues)
SKILLS = Kind("skills", BY_SKILL, SkillReport, _skills)
CHANNELS = Kind("channels", BY_CHANNEL, ChannelReport, _channels)

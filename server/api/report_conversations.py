"""The conversations behind a number of a report: as many as it says, each as far as the person may read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from acd.numbers.behind import Behind, Counted
from acd.numbers.tally import handle_times
from core.causes import WorkEnd
from core.counting import Scope
from core.ids import AgentId, CallId, CustomerId, InteractionId, QueueId, WorkId
from core.model import Channel, Value
from customers.model import Call
from customers.records import shown_caller
from server.api.access import Deps, SeesReports
from server.api.answers import answer_to, answers
from server.api.bodies import Body
from server.api.errors import ApiError
from server.api.reading import ONE_READING_S, Reader, call_things, sight
from server.api.report_counts import csv_response, in_time, seen_queues
from server.api.report_times import Moment, check_length, local, zone_of
from server.api.services import Services
from server.masking import masked
from server.rights import Permission, Verb, may
from server.sight import Sight

router = APIRouter(tags=["reports"])

MOST = 1_000


class AskedBehind(Body):
    start: Moment = Field(description="Seconds since the epoch, as the report says them")
    end: Moment
    counted: list[Counted] = Field(min_length=1, max_length=len(Counted), description="Which numbers of the report")
    queue_id: list[str] = Field([], max_length=500, description="None: every queue")
    agent_id: list[str] = Field([], max_length=500, description="None: whoever")
    skill: list[str] = Field([], max_length=500, description="None: every skill; `(none)`: work that asked for no skill")
    channel: list[Channel] = Field([], max_length=len(Channel), description="None: every channel")
    limit: int = Field(200, ge=1, le=MOST)
    form: Literal["json", "csv"] = Field("json", alias="format")


class CountedConversation(Value, frozen=True, kw_only=True):
    """One stay of a conversation in a queue."""

    work_id: WorkId
    stay: int
    at: float
    """When it counted: arrived, was answered or was over."""
    channel: Channel
    queue_id: QueueId
    queue: str
    agent_id: AgentId | None
    agent: str
    waited_s: float
    expected_p50_s: float | None
    """What was estimated at arrival."""
    expected_p90_s: float | None
    talked_s: float | None
    handled_s: float | None
    cause: WorkEnd | None
    """Null: it is not over."""
    call_id: CallId | None
    """Null with everything below: it was no call, or is not for this person to read."""
    interaction_id: InteractionId | None
    customer_id: CustomerId | None
    customer: str
    caller: str
    readable: bool
    """False: it belongs to other people's work."""


class CountedConversations(Value, frozen=True, kw_only=True):
    items: tuple[CountedConversation, ...]
    """In the order in which they counted."""
    count: int
    """All of them; `items` has the first `limit`."""


@router.get("/reports/conversations", responses=answers(CountedConversations))
async def conversations(me: SeesReports, request: Request, deps: Deps, asked: Annotated[AskedBehind, Query()]) -> Response:
    """Each number of a report has as many; what the person may not read has its times and no more."""
    if asked.end <= asked.start:
        raise ApiError(422, "invalid", "The end must be after the start.")
    check_length(deps, asked.start, asked.end - 2 * 86_400)  # whole intervals may reach further than what was asked for
    reader = await Reader.of(deps, request, me)
    found, count = await in_time(
        deps.counted_work.behind(asked.counted, asked.start, asked.end, _scope(sight(deps, me), asked), asked.limit)
    )
    items = await _shown(deps, reader, found)
    if asked.form == "csv":
        await reader.note(
            "export_report", "conversations", start=asked.start, end=asked.end, counted=[str(each) for each in asked.counted]
        )
        shown = items if me.may(Permission.WHOLE_NUMBERS) else masked(items)
        return _file(deps, shown)
    await reader.note("list_calls", within_s=ONE_READING_S)
    return answer_to(me, CountedConversations(items=tuple(items), count=count))


def _scope(seen: Sight, asked: AskedBehind) -> Scope:
    """As the report was asked for; of whoever sees certain queues only, these."""
    return Scope(
        queues=seen_queues(seen, asked.queue_id),
        channels=frozenset(asked.channel) or None,
        skills=frozenset(asked.skill) or None,
        agents=frozenset(map(AgentId, asked.agent_id)) or None,
    )


async def _shown(deps: Services, reader: Reader, found: Sequence[Behind]) -> list[CountedConversation]:
    records = [each.record for each in found]
    call_ids = [record.call_id for record in records if record.call_id is not None]
    calls = await deps.calls_table.of_work(call_ids, [record.work_id for record in records])
    things = await call_things(deps, reader.who, [call for call, _ in calls])
    known: dict[str, tuple[Call, str, bool]] = {}
    for (call, name), thing in zip(calls, things, strict=True):
        seen = (call, name, may(reader.who, Verb.READ, thing))
        known |= {call.call_id: seen} if call.work_id is None else {call.work_id: seen, call.call_id: seen}
    names = await deps.records.names()
    return [
        _conversation(each, known.get(each.record.call_id or "") or known.get(each.record.work_id), names.queues, names.agents)
        for each in found
    ]


def _conversation(
    each: Behind, known: tuple[Call, str, bool] | None, queues: dict[str, str], agents: dict[str, str]
) -> CountedConversation:
    record = each.record
    call, name, readable = (None, "", True) if known is None else known
    seen = call if readable else None
    handled_s, talked_s = handle_times(record) if record.answered_at is not None and record.ended_at is not None else (None, None)
    return CountedConversation(
        work_id=record.work_id,
        stay=record.stay,
        at=each.at,
        channel=record.channel,
        queue_id=record.queue_id,
        queue=queues.get(record.queue_id, record.queue_id),
        agent_id=record.agent_id,
        agent="" if record.agent_id is None else agents.get(record.agent_id, record.agent_id),
        waited_s=record.waited_s,
        expected_p50_s=record.expected_p50_s,
        expected_p90_s=record.expected_p90_s,
        talked_s=talked_s,
        handled_s=handled_s,
        cause=record.cause,
        call_id=None if seen is None else seen.call_id,
        interaction_id=None if seen is None else seen.interaction_id,
        customer_id=None if seen is None else seen.customer_id,
        customer="" if seen is None else name,
        caller="" if seen is None else shown_caller(seen),
        readable=readable,
    )


def _file(deps: Services, items: Sequence[CountedConversation]) -> Response:
    """First what people read, ids last."""
    zone = zone_of(deps)
    columns = ("local_time", *_READ, *_IDS)
    lines = [(local(item.at, zone), *(getattr(item, name) for name in (*_READ, *_IDS))) for item in items]
    return csv_response("conversations", columns, lines)


_IDS = ("at", "work_id", "stay", "queue_id", "agent_id", "call_id", "interaction_id", "customer_id")
_READ = tuple(name for name in CountedConversation.__struct_fields__ if name not in _IDS)

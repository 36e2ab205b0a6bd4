"""Engagements in SQL: moments are kept as a set, and what follows from them is written beside it, in one transaction.

The tables are written here only, and by the import of history that knows no moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, select

from core.ids import AgentId, CallId, QueueId, WorkId
from core.parties import Role
from customers.engagements import Engagement, EngagementEnd, EngagementStart, holders, in_order, last_word
from customers.model import Call
from customers.moments import AnyMoment, engagements, told_by
from server.storage.sql.schema import AgentRow, CallRow, EngagementRow, MomentsRow, QueueRow
from server.storage.sql.statements import parts, upsert, upsert_all

AnyRow = Row[Any]
_PREFIX = "engagement_"
BESIDE = tuple(EngagementRow.__table__.c[name].label(_PREFIX + name) for name in Engagement.__struct_fields__)
"""Columns of an engagement in rows of its call."""
_TOLD = (
    select(CallRow.interaction_id, CallRow.started_at, MomentsRow.moments, *BESIDE)
    .outerjoin(MomentsRow, MomentsRow.interaction_id == CallRow.interaction_id)
    .outerjoin(EngagementRow, EngagementRow.call_id == CallRow.call_id)
    .where(CallRow.call_id == bindparam("call_id"))
)


def hear(connection: Connection, call_id: CallId, moments: Sequence[AnyMoment]) -> dict[str, Any]:
    """Keeps what is told of who is in a call. Returns the columns of the call itself that follow: the last agent, the last words.

    Nothing for a call that is not known.
    """
    found = connection.execute(_TOLD, {"call_id": call_id}).all()
    if not found:
        return {}
    row, stored = found[0], list(beside(found))
    known = told_by(stored) if row.moments is None else msgspec.convert(row.moments, tuple[AnyMoment, ...])
    told = {*known, *moments}
    if row.moments is None or len(told) > len(known):
        kept = msgspec.to_builtins(sorted(told, key=lambda moment: moment.at))
        keys = {"interaction_id": row.interaction_id, "call_id": call_id}
        upsert(connection, MomentsRow, {**keys, "moments": kept})
        whole = _Names(connection, stored).on(engagements(told))
        _forget(connection, row.interaction_id, {_key(each) for each in stored} - {_key(each) for each in whole})
        keys["opened_at"] = row.started_at
        upsert_all(connection, EngagementRow, [engagement_row(each) | keys for each in whole if each not in stored])
        stored = list(whole)
    return _of_the_call(stored)


def _of_the_call(all_of_it: Sequence[Engagement]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for last in holders(all_of_it)[-1:]:
        changes |= {"agent_id": last.agent_id, "agent_name": last.agent_name or None}
    said = last_word(all_of_it)
    return changes if said is None else changes | {"disposition": said.disposition, "summary": said.summary}


def _key(each: Engagement) -> tuple[str, str, int]:
    return each.work_id or "", each.agent_id or "", each.stay


def _forget(connection: Connection, interaction_id: str, keys: set[tuple[str, str, int]]) -> None:
    """What was taken to be until more was told."""
    table = EngagementRow.__table__.c
    for work_id, agent_id, stay in keys:
        own = (table.interaction_id == interaction_id, table.work_id == work_id, table.agent_id == agent_id, table.stay == stay)
        connection.execute(delete(EngagementRow).where(*own))


class _Names:
    """Of agents and queues, as they are named when they are first heard of."""

    def __init__(self, connection: Connection, stored: Sequence[Engagement]) -> None:
        self._connection = connection
        self._agents = {each.agent_id: each.agent_name for each in stored if each.agent_name}
        self._agents |= {each.asked_by: each.asked_by_name for each in stored if each.asked_by_name}
        self._queues: dict[QueueId | None, str | None] = {each.queue_id: each.queue_name for each in stored if each.queue_name}

    def on(self, all_of_it: Iterable[Engagement]) -> tuple[Engagement, ...]:
        return tuple(
            msgspec.structs.replace(
                each,
                agent_name=self._agent(each.agent_id),
                asked_by_name=self._agent(each.asked_by),
                queue_name=self._queue(each.queue_id),
            )
            for each in all_of_it
        )

    def _agent(self, agent_id: AgentId | None) -> str:
        if agent_id is not None and agent_id not in self._agents:
            found = self._connection.scalar(_AGENT, {"agent_id": agent_id})
            self._agents[agent_id] = found or ""
        return self._agents.get(agent_id, "")

    def _queue(self, queue_id: QueueId | None) -> str | None:
        if queue_id is not None and queue_id not in self._queues:
            self._queues[queue_id] = self._connection.scalar(_QUEUE, {"queue_id": queue_id})
        return self._queues.get(queue_id)


_AGENT = select(AgentRow.name).where(AgentRow.agent_id == bindparam("agent_id"))
_QUEUE = select(QueueRow.name).where(QueueRow.queue_id == bindparam("queue_id"))


def of_calls(connection: Connection, call_ids: Sequence[str]) -> dict[str, tuple[Engagement, ...]]:
    found: dict[str, list[Engagement]] = {}
    for some in parts(list(call_ids)):
        query = select(*EngagementRow.__table__.c).where(EngagementRow.call_id.in_(some))
        for row in connection.execute(query):
            found.setdefault(row.call_id, []).append(engagement(row))
    return {call_id: in_order(had) for call_id, had in found.items()}


def replace_imported(connection: Connection, calls: Sequence[Call]) -> None:
    """Those of calls that another system told of, whole."""
    for some in parts([call.call_id for call in calls]):
        connection.execute(delete(EngagementRow).where(EngagementRow.call_id.in_(some)))
    written = [
        engagement_row(each) | {"interaction_id": call.interaction_id, "call_id": call.call_id, "opened_at": call.started_at}
        for call in calls
        for each in call.engagements
    ]
    upsert_all(connection, EngagementRow, written)


def engagement(row: AnyRow, prefix: str = "") -> Engagement:
    values = {name: getattr(row, prefix + name) for name in Engagement.__struct_fields__}
    return Engagement(
        **values
        | {
            "work_id": WorkId(values["work_id"]) if values["work_id"] else None,
            "agent_id": AgentId(values["agent_id"]) if values["agent_id"] else None,
            "role": Role(values["role"]),
            "began": EngagementStart(values["began"]),
            "ended": None if values["ended"] is None else EngagementEnd(values["ended"]),
        }
    )


def engagement_row(value: Engagement) -> dict[str, Any]:
    row = msgspec.structs.asdict(value)
    return row | {
        "work_id": value.work_id or "",
        "agent_id": value.agent_id or "",
        "role": str(value.role),
        "began": str(value.began),
        "ended": None if value.ended is None else str(value.ended),
    }


def beside(joined: Iterable[Any]) -> tuple[Engagement, ...]:
    """Those in rows of a call, which are joined with them."""
    return in_order(engagement(row, _PREFIX) for row in joined if row.engagement_stay is not None)

"""Calls, their path and their words in SQL: the `Calls` port."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Exists, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core.ids import CallId
from customers.model import Call, CallChanges, Interaction, Status, Step, StoredSegment
from customers.screen_pop import PopFacts
from customers.timeline import PAGE_LIMIT, Cursor
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.history import newest_first
from server.storage.sql.people import load_profiles
from server.storage.sql.schema import (
    AgentRow,
    CallRow,
    CallStepRow,
    CustomerRow,
    FactRow,
    IdentifierRow,
    InteractionRow,
    QueueRow,
    SegmentRow,
)
from server.storage.sql.statements import insert_new

_WAITING = (str(Status.OPEN), str(Status.UNANSWERED), str(Status.MISSED))
_MOST_WAITING = 10
_MOST_FACTS = 4


class SqlCalls:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, call: Call) -> None:
        async with self._database.write() as connection:
            await insert_new(connection, CallRow, [rows.call_row(call)])

    async def change(self, call_id: CallId, changes: CallChanges) -> Call | None:
        new: dict[str, Any] = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not None}
        if "queue_id" in new:
            new["queue_name"] = select(QueueRow.name).where(QueueRow.queue_id == new["queue_id"]).scalar_subquery()
        if "agent_id" in new:
            new["agent_name"] = select(AgentRow.name).where(AgentRow.agent_id == new["agent_id"]).scalar_subquery()
        async with self._database.write() as connection:
            if new:
                await connection.execute(update(CallRow).where(CallRow.call_id == call_id).values(new))
            return await _load(connection, call_id)

    async def get(self, call_id: CallId) -> Call | None:
        async with self._database.read() as connection:
            return await _load(connection, call_id)

    async def add_step(self, call_id: CallId, step: Step) -> bool:
        async with self._database.write() as connection:
            if not await _known(connection, call_id):
                return False
            await insert_new(connection, CallStepRow, [{"call_id": call_id, **msgspec.structs.asdict(step)}])
        return True

    async def path(self, call_id: CallId) -> tuple[Step, ...]:
        async with self._database.read() as connection:
            return await _path(connection, call_id)

    async def add_segment(self, stored: StoredSegment) -> bool:
        call_id = stored.segment.call_id
        async with self._database.write() as connection:
            if not await _known(connection, call_id):
                return False
            had_words = await connection.scalar(select(_has_words(call_id)))
            await insert_new(connection, SegmentRow, [rows.segment_row(stored)])
        return not had_words

    async def segments(self, call_id: CallId) -> tuple[StoredSegment, ...]:
        query = select(*SegmentRow.__table__.c).where(SegmentRow.call_id == call_id)
        async with self._database.read() as connection:
            return tuple(rows.segment(row) for row in (await connection.execute(query)).all())

    async def latest(self, before: Cursor | None, limit: int) -> tuple[tuple[Call, str, tuple[Step, ...]], ...]:
        query = (
            select(*CallRow.__table__.c, CustomerRow.name.label("customer_name"))
            .join(CustomerRow, CustomerRow.customer_id == CallRow.customer_id)
            .order_by(CallRow.started_at.desc(), CallRow.call_id.desc())
            .limit(limit + 1)
        )
        if before is not None:
            at, row_id = before
            query = query.where(
                and_(CallRow.started_at <= at, or_(CallRow.started_at < at, CallRow.call_id < row_id)),
            )
        async with self._database.read() as connection:
            found = (await connection.execute(query)).all()
            paths = await _paths(connection, [row.call_id for row in found])
        return tuple((rows.call(row, False), row.customer_name, paths.get(row.call_id, ())) for row in found)

    async def pop_facts(self, call_id: CallId) -> PopFacts | None:
        async with self._database.read() as connection:
            call = await _load(connection, call_id)
            if call is None:
                return None
            timeline = (await connection.execute(_history_without(call))).all()
            waiting = (await connection.execute(_waiting(call))).all()
            facts = await connection.execute(
                select(*FactRow.__table__.c)
                .where(FactRow.customer_id == call.customer_id)
                .order_by(FactRow.at.desc())
                .limit(_MOST_FACTS)
            )
            profiles = await load_profiles(connection, [call.customer_id])
            return PopFacts(
                call=call,
                path=await _path(connection, call_id),
                profile=profiles[0],
                sharing=await _sharing(connection, call),
                timeline=_values(timeline),
                waiting=_values(waiting),
                facts=tuple(rows.fact(row) for row in facts),
            )


async def _load(connection: AsyncConnection, call_id: CallId) -> Call | None:
    query = select(*CallRow.__table__.c, _has_words(call_id).label("has_words")).where(CallRow.call_id == call_id)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else rows.call(row, bool(row.has_words))


def _has_words(call_id: CallId) -> Exists:
    return exists().where(SegmentRow.call_id == call_id)


async def _known(connection: AsyncConnection, call_id: CallId) -> bool:
    return bool(await connection.scalar(select(exists().where(CallRow.call_id == call_id))))


async def _path(connection: AsyncConnection, call_id: CallId) -> tuple[Step, ...]:
    return (await _paths(connection, [call_id])).get(call_id, ())


async def _paths(connection: AsyncConnection, call_ids: list[str]) -> dict[str, tuple[Step, ...]]:
    query = select(*CallStepRow.__table__.c).where(CallStepRow.call_id.in_(call_ids)).order_by(CallStepRow.at)
    paths: dict[str, tuple[Step, ...]] = {}
    for row in await connection.execute(query):
        paths[row.call_id] = (*paths.get(row.call_id, ()), rows.step(row))
    return paths


async def _sharing(connection: AsyncConnection, call: Call) -> int:
    if call.identifier is None:
        return 1
    query = select(func.count()).where(
        IdentifierRow.kind == str(call.identifier.kind), IdentifierRow.value == call.identifier.value
    )
    return max(await connection.scalar(query) or 0, 1)


def _history_without(call: Call) -> Select[Any]:
    return newest_first(call.customer_id, PAGE_LIMIT + 1).where(InteractionRow.interaction_id != call.interaction_id)


def _waiting(call: Call) -> Select[Any]:
    return newest_first(call.customer_id, _MOST_WAITING).where(
        InteractionRow.interaction_id != call.interaction_id, InteractionRow.status.in_(_WAITING)
    )


def _values(found: Any) -> tuple[Interaction, ...]:
    return tuple(rows.interaction(row) for row in found)

"""Calls, their path and their words in SQL: the `Calls` port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, exists, false, func, or_, select, update

from core.ids import AgentId, CallId, CustomerId, WorkId
from customers.model import Call, CallChanges, Step, StoredSegment, Whose
from customers.moments import AnyMoment
from customers.screen_pop import PopFacts
from customers.timeline import Cursor
from server.storage.sql import engagements, rows
from server.storage.sql.database import Database
from server.storage.sql.pop_facts import read_pop_facts
from server.storage.sql.schema import (
    AgentRow,
    CallRow,
    CallStepRow,
    CustomerRow,
    EngagementRow,
    QueueRow,
    SegmentRow,
)
from server.storage.sql.search.subjects import index_calls, index_segment
from server.storage.sql.statements import insert_new

_LONGEST_CALL_S = 86_400.0
_MOST_SERVED = 2000


class SqlCalls:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, call: Call) -> None:
        await self._database.write(lambda connection: insert_new(connection, CallRow, [rows.call_row(call)]))

    async def change(self, call_id: CallId, changes: CallChanges, moments: Sequence[AnyMoment] = ()) -> Call | None:
        new: dict[str, Any] = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not None}
        for name in ("connected_at", "waited_s"):
            if (first := new.pop(f"first_{name}", None)) is not None:
                new[name] = func.coalesce(CallRow.__table__.c[name], first)
        if "queue_id" in new:
            new["queue_name"] = select(QueueRow.name).where(QueueRow.queue_id == new["queue_id"]).scalar_subquery()
        if "agent_id" in new:
            new["agent_name"] = select(AgentRow.name).where(AgentRow.agent_id == new["agent_id"]).scalar_subquery()

        def work(connection: Connection) -> Call | None:
            values = new | engagements.hear(connection, call_id, moments) if moments else new
            if values:
                connection.execute(update(CallRow).where(CallRow.call_id == call_id).values(values))
            call = _load(connection, call_id)
            if call is not None and not values.keys().isdisjoint({"disposition", "summary"}):
                index_calls(connection, [(call.call_id, call.started_at, call.disposition, call.summary)])
            return call

        return await self._database.write(work)

    async def get(self, call_id: CallId) -> Call | None:
        return await self._database.read(lambda connection: _load(connection, call_id))

    async def with_work(self, work_id: WorkId) -> Call | None:
        """In which somebody had this piece of work."""

        def work(connection: Connection) -> Call | None:
            call_id = connection.scalar(select(EngagementRow.call_id).where(EngagementRow.work_id == work_id))
            return None if call_id is None else _load(connection, CallId(call_id))

        return await self._database.read(work)

    async def add_steps(self, call_id: CallId, steps: Sequence[Step]) -> bool:
        def work(connection: Connection) -> bool:
            known = _known(connection, call_id)
            if known:
                insert_new(connection, CallStepRow, [{"call_id": call_id, **msgspec.structs.asdict(step)} for step in steps])
            return known

        return await self._database.write(work)

    async def path(self, call_id: CallId) -> tuple[Step, ...]:
        return await self._database.read(lambda connection: _path(connection, call_id))

    async def add_segment(self, stored: StoredSegment) -> bool:
        call_id = stored.segment.call_id

        def work(connection: Connection) -> bool:
            if not _known(connection, call_id):
                return False
            had_words = connection.scalar(select(_HAS_WORDS), {"call_id": call_id})
            if insert_new(connection, SegmentRow, [rows.segment_row(stored)]) and stored.segment.text:
                index_segment(connection, stored)
            return not had_words

        return await self._database.write(work)

    async def segments(self, call_id: CallId) -> tuple[StoredSegment, ...]:
        query = select(*SegmentRow.__table__.c).where(SegmentRow.call_id == call_id)
        return await self._database.read(lambda connection: tuple(rows.segment(row) for row in connection.execute(query)))

    async def served(self, agent_id: AgentId, customer_ids: Sequence[CustomerId], since: float) -> frozenset[CustomerId]:
        """With which of these customers the agent was in a call, as its agent or asked by one, until after `since` or still."""
        query = _served(agent_id, since).where(CallRow.customer_id.in_(customer_ids))
        found = await self._database.read(lambda connection: connection.scalars(query).all())
        return frozenset(CustomerId(each) for each in found if each is not None)

    async def served_lately(self, agent_id: AgentId, since: float) -> frozenset[CustomerId]:
        """All of them."""
        query = _served(agent_id, since).limit(_MOST_SERVED)
        found = await self._database.read(lambda connection: connection.scalars(query).all())
        return frozenset(CustomerId(each) for each in found if each is not None)

    async def latest(
        self, before: Cursor | None, limit: int, whose: Whose | None = None
    ) -> tuple[tuple[Call, str, tuple[Step, ...]], ...]:
        query = (
            select(*CallRow.__table__.c, func.coalesce(CustomerRow.name, CallRow.display_name).label("customer_name"))
            .outerjoin(CustomerRow, CustomerRow.customer_id == CallRow.customer_id)
            .order_by(CallRow.started_at.desc(), CallRow.call_id.desc())
            .limit(limit + 1)
        )
        if whose is not None:
            query = query.where(_theirs(whose, before, limit))
        if before is not None:
            query = query.where(_below(before, CallRow.started_at, CallRow.call_id))

        def work(connection: Connection) -> tuple[tuple[Call, str, tuple[Step, ...]], ...]:
            found = connection.execute(query).all()
            call_ids = [row.call_id for row in found]
            paths, had = _paths(connection, call_ids), engagements.of_calls(connection, call_ids)
            calls = (rows.call(row, False, had.get(row.call_id, ())) for row in found)
            return tuple((call, row.customer_name, paths.get(row.call_id, ())) for call, row in zip(calls, found, strict=True))

        return await self._database.read(work)

    async def of_work(self, call_ids: Sequence[CallId], work_ids: Sequence[WorkId]) -> tuple[tuple[Call, str], ...]:
        """The calls, and those that pieces of work led to, with their customers' names."""
        led_to = select(EngagementRow.call_id).where(EngagementRow.work_id.in_(work_ids))
        query = (
            select(*CallRow.__table__.c, func.coalesce(CustomerRow.name, CallRow.display_name).label("customer_name"))
            .outerjoin(CustomerRow, CustomerRow.customer_id == CallRow.customer_id)
            .where(or_(CallRow.call_id.in_(call_ids), CallRow.work_id.in_(work_ids), CallRow.call_id.in_(led_to)))
            .order_by(CallRow.started_at)
        )

        def work(connection: Connection) -> tuple[tuple[Call, str], ...]:
            found = connection.execute(query).all()
            had = engagements.of_calls(connection, [row.call_id for row in found])
            return tuple((rows.call(row, False, had.get(row.call_id, ())), row.customer_name) for row in found)

        return await self._database.read(work)

    async def pop_facts(self, call_id: CallId) -> PopFacts | None:
        def work(connection: Connection) -> PopFacts | None:
            call = _load(connection, call_id)
            return None if call is None else read_pop_facts(connection, call)

        return await self._database.read(work)


_HAS_WORDS = exists().where(SegmentRow.call_id == bindparam("call_id"))
_CALL = (
    select(*CallRow.__table__.c, _HAS_WORDS.label("has_words"), *engagements.BESIDE)
    .outerjoin(EngagementRow, EngagementRow.call_id == CallRow.call_id)
    .where(CallRow.call_id == bindparam("call_id"))
)
"""A row for each engagement, or one for a call that nobody had: one statement is all that the screen-pop may spend on it."""


def _load(connection: Connection, call_id: CallId) -> Call | None:
    found = connection.execute(_CALL, {"call_id": call_id}).all()
    return rows.call(found[0], bool(found[0].has_words), engagements.beside(found)) if found else None


def _served(agent_id: AgentId, since: float) -> Select[Any]:
    """Customers; a call that began so long before is none of today's."""
    until = func.coalesce(EngagementRow.to_at, EngagementRow.from_at)
    return (
        select(CallRow.customer_id)
        .join(EngagementRow, EngagementRow.call_id == CallRow.call_id)
        .where(EngagementRow.agent_id == agent_id, EngagementRow.opened_at >= since - _LONGEST_CALL_S, until >= since)
        .distinct()
    )


def _theirs(whose: Whose, before: Cursor | None, limit: int) -> Any:
    """Calls that were in one of the queues, or in which the agent took part: that agent's alone come off one index."""
    if whose.queues:
        in_them = EngagementRow.queue_id.in_(whose.queues)
        wanted = in_them if whose.agent_id is None else or_(in_them, EngagementRow.agent_id == whose.agent_id)
        return or_(CallRow.queue_id.in_(whose.queues), exists().where(EngagementRow.call_id == CallRow.call_id, wanted))
    if whose.agent_id is None:
        return false()  # nobody's are not «one's own»
    newest = select(EngagementRow.call_id).where(EngagementRow.agent_id == whose.agent_id)
    if before is not None:
        newest = newest.where(_below(before, EngagementRow.opened_at, EngagementRow.call_id))
    newest = newest.group_by(EngagementRow.opened_at, EngagementRow.call_id)
    newest = newest.order_by(EngagementRow.opened_at.desc(), EngagementRow.call_id.desc()).limit(limit + 1)
    return CallRow.call_id.in_(newest)


def _below(cursor: Cursor, at: Any, row_id: Any) -> Any:
    return and_(at <= cursor[0], or_(at < cursor[0], row_id < cursor[1]))


def _known(connection: Connection, call_id: CallId) -> bool:
    return bool(connection.scalar(select(exists().where(CallRow.call_id == call_id))))


def _path(connection: Connection, call_id: CallId) -> tuple[Step, ...]:
    return _paths(connection, [call_id]).get(call_id, ())


def _paths(connection: Connection, call_ids: list[str]) -> dict[str, tuple[Step, ...]]:
    query = select(*CallStepRow.__table__.c).where(CallStepRow.call_id.in_(call_ids)).order_by(CallStepRow.at)
    paths: dict[str, tuple[Step, ...]] = {}
    for row in connection.execute(query):
        paths[row.call_id] = (*paths.get(row.call_id, ()), rows.step(row))
    return paths

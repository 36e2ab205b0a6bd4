"""The past counted in the database: `core.counting.Counting`.

Three passes over finished work, each along the index of its moment (arrived, answered, over), and one over agents' states. What
comes back is one row for each group, so nothing here grows with the number of conversations but the database's own time. That has
a limit; and it runs on readers of its own, so that nothing else waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, select, text, union_all

from acd.numbers.adherence import ABSENT
from acd.numbers.adherence import served as served_by
from acd.numbers.agent_time import StateChange, pieces
from acd.numbers.cells import cells_of
from core.counting import Cell, Scope, Served, TimeCell
from core.ids import AgentId, QueueId
from core.model import AgentState, Channel, WorkRecord
from server.storage.sql.acd_records import LOOK_BACK_S
from server.storage.sql.buckets import bucket
from server.storage.sql.database import Database
from server.storage.sql.going_on import GoingOn, not_stored, nothing
from server.storage.sql.outcomes import MOMENTS, WORK, Moment, sums_of, within
from server.storage.sql.schema import AcdAgentStateRow
from server.storage.sql.skills import from_text

Rows = Sequence[Any]
_STATE = AcdAgentStateRow.__table__.c
_STATES = {str(state): state for state in AgentState}
_CHANNELS = {str(channel): channel for channel in Channel}
_ABSENT = sorted(str(state) for state in ABSENT)


class SqlCounting:
    """Each question is one snapshot; `going_on` gives the work that is not over yet."""

    def __init__(self, database: Database, timeout_s: float, going_on: GoingOn = nothing) -> None:
        self._database, self._timeout_s, self._going_on = database, timeout_s, going_on

    async def cells(self, between: Sequence[float], scope: Scope, until: float = inf) -> list[Cell]:
        open_records = list(self._going_on())

        def work(connection: Connection) -> tuple[list[Rows], list[WorkRecord]]:
            found = [_counted(connection, moment, between, scope, until) for moment in MOMENTS]
            return found, not_stored(connection, open_records)

        found, others = await self._database.count(work, self._timeout_s)
        # There may be many thousands, and PostgreSQL's work is done on the loop's own thread.
        stored = await asyncio.to_thread(lambda: [cell for named in zip(MOMENTS, found, strict=True) for cell in _cells(*named)])
        return stored + cells_of(others, between, scope, until)

    async def time_cells(self, between: Sequence[float], until: float) -> list[TimeCell]:
        end = min(between[-1], until)
        if end <= between[0]:
            return []
        found = await self._database.count(lambda connection: _spent(connection, between, end), self._timeout_s)
        return await asyncio.to_thread(lambda: list(_time_cells(found, between)))

    async def served(self, start: float, end: float, agents: Sequence[AgentId]) -> list[Served]:
        """Only where somebody comes or goes is anything read: a day of conversations is one span."""
        if end <= start or not agents:
            return []
        query = _comings_and_goings(start, end, agents)
        found = await self._database.count(lambda connection: connection.execute(query).all(), self._timeout_s)
        changes = [StateChange(agent_id=row.agent_id, at=row.at, state=_STATES[row.state]) for row in found]
        return [
            Served(agent_id=agent_id, start=period.start, end=period.end)
            for agent_id, of_agent in groupby(changes, lambda change: change.agent_id)
            for period in served_by(of_agent, start, end)
        ]


# ── finished work ─────────────────────────────────────────────────────────────────────────────────────────────


def _counted(connection: Connection, moment: Moment, between: Sequence[float], scope: Scope, until: float) -> Rows:
    place = bucket(connection.dialect.name, moment.at, between).label("place")
    keys = (WORK.queue_id, WORK.channel, WORK.skills, WORK.agent_id)
    query = select(place, *keys, *sums_of(moment).values())
    query = query.where(moment.at >= between[0], moment.at < min(between[-1], until), within(scope))
    query = query.group_by(text("place"), *keys)  # by name: PostgreSQL takes the same expression with parameters for another one
    return connection.execute(query).all()


def _cells(moment: Moment, rows: Rows) -> Iterator[Cell]:
    names = tuple(sums_of(moment))
    for index, queue_id, channel, skills, agent_id, *counts in rows:
        yield Cell(
            interval=index,
            queue_id=QueueId(queue_id),
            channel=_CHANNELS[channel],
            skills=from_text(skills),
            agent_id=None if agent_id is None else AgentId(agent_id),
            counts=dict(zip(names, counts, strict=True)),
        )


# ── agents' time ──────────────────────────────────────────────────────────────────────────────────────────────


def _states(start: float, end: float, agents: Sequence[AgentId] | None = None) -> Any:
    """Each agent's changes before `end`, from the state at `start` on."""
    whose = () if agents is None else (_STATE.agent_id.in_(agents),)
    last = select(_STATE.agent_id, func.max(_STATE.at).label("at")).where(
        _STATE.at <= start, _STATE.at > start - LOOK_BACK_S, *whose
    )
    before = last.group_by(_STATE.agent_id).subquery()
    columns = select(_STATE.agent_id, _STATE.at, _STATE.state, _STATE.reason)
    firsts = columns.join(before, and_(before.c.agent_id == _STATE.agent_id, before.c.at == _STATE.at))
    return union_all(firsts, columns.where(_STATE.at > start, _STATE.at < end, *whose)).subquery("states")


def _spent(connection: Connection, between: Sequence[float], end: float) -> Rows:
    """Spans inside one interval are summed by the database; the few that cross its end come one by one, and are cut here."""
    states = _states(between[0], end)
    follows = func.lead(states.c.at).over(partition_by=states.c.agent_id, order_by=states.c.at)
    start = case((states.c.at < between[0], literal(between[0])), else_=states.c.at)
    spans = select(states, start.label("start"), func.coalesce(follows, literal(end)).label("until")).subquery("spans")
    dialect = connection.dialect.name
    first, last = (bucket(dialect, at, between) for at in (spans.c.start, spans.c.until))
    placed = select(spans, first.label("first"), last.label("last")).subquery("placed")
    crosses = placed.c.first != placed.c.last
    keys = (placed.c.agent_id, placed.c.state, placed.c.reason, placed.c.first, case((crosses, placed.c.start)))
    query = select(*keys, func.sum(placed.c.until - placed.c.start)).group_by(*keys)
    return connection.execute(query).all()


def _time_cells(rows: Rows, between: Sequence[float]) -> Iterator[TimeCell]:
    for agent_id, state, reason, index, begun_at, seconds in rows:
        found = [(index, seconds)] if begun_at is None else pieces(between, begun_at, begun_at + seconds)
        for interval, part in found:
            yield TimeCell(interval=interval, agent_id=agent_id, state=_STATES[state], reason=reason, seconds=part)


def _comings_and_goings(start: float, end: float, agents: Sequence[AgentId]) -> Select[Any]:
    states = _states(start, end, agents)
    absent: ColumnElement[int] = case((states.c.state.in_(_ABSENT), 1), else_=0)
    before = func.lag(absent).over(partition_by=states.c.agent_id, order_by=states.c.at)
    known = select(states.c.agent_id, states.c.at, states.c.state, absent.label("now"), before.label("before")).subquery("known")
    changed = known.c.before.is_distinct_from(known.c.now)
    return select(known.c.agent_id, known.c.at, known.c.state).where(changed).order_by(known.c.agent_id, known.c.at)

"""What counted in which interval: the definition of the cells that reports are made of. Pure.

A database counts the same (`server/storage/sql/counting.py`); a property test compares the two on random records.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from math import inf

from acd.numbers.adherence import served
from acd.numbers.agent_time import StateChange, spans_of
from acd.numbers.tally import outcomes
from core.counting import Cell, Scope, Served, TimeCell
from core.ids import AgentId
from core.model import WorkRecord

ALL = Scope()


def covered(scope: Scope, record: WorkRecord) -> bool:
    return scope.covers(record.queue_id, record.channel, record.skills, record.agent_id)


def cells_of(records: Iterable[WorkRecord], between: Sequence[float], scope: Scope = ALL, until: float = inf) -> list[Cell]:
    """One for each outcome, in the interval in which it happened."""
    return [
        Cell(
            interval=bisect_right(between, at) - 1,
            queue_id=record.queue_id,
            channel=record.channel,
            skills=record.skills,
            agent_id=record.agent_id,
            counts=outcome,
        )
        for record in records
        if covered(scope, record)
        for at, outcome in outcomes(record)
        if between[0] <= at < min(between[-1], until)
    ]


def time_cells_of(
    changes: Mapping[AgentId, Iterable[StateChange]], between: Sequence[float], until: float = inf
) -> list[TimeCell]:
    """`changes` as for `time_by_interval`."""
    return [
        TimeCell(interval=index, agent_id=agent_id, state=change.state, reason=change.reason, seconds=seconds)
        for agent_id, of_agent in changes.items()
        for index, change, seconds in spans_of(of_agent, between, until)
    ]


def served_of(changes: Mapping[AgentId, Iterable[StateChange]], start: float, end: float) -> list[Served]:
    return [
        Served(agent_id=agent_id, start=period.start, end=period.end)
        for agent_id, of_agent in changes.items()
        for period in served(of_agent, start, end)
    ]

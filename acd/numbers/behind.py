"""Which conversations stand behind a number of a report. Pure.

Invariant: what is listed is counted by the same functions as the number (`tally.outcomes`), so there are as many as it says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from acd.numbers.tally import outcomes
from core.ids import AgentId, QueueId
from core.model import Value, WorkRecord


class Counted(StrEnum):
    """The counts of a report, by the names of its fields."""

    OFFERED = "offered"
    ANSWERED = "answered"
    ANSWERED_IN_TIME = "answered_in_time"
    ABANDONED = "abandoned"
    SHORT_ABANDONED = "short_abandoned"
    MOVED = "moved"
    UNSERVED = "unserved"
    HANDLED = "handled"
    TRANSFERRED = "transferred"


class Behind(Value, frozen=True, kw_only=True):
    at: float
    """When it counted."""
    record: WorkRecord


def behind(
    records: Iterable[WorkRecord],
    counted: Collection[Counted],
    start: float,
    end: float,
    *,
    queue_ids: Collection[QueueId] = (),
    agent_ids: Collection[AgentId] = (),
) -> list[Behind]:
    """What counted as one of these from `start` to before `end`, in that order; without queues or agents: of all of them."""
    found = [
        Behind(at=at, record=record)
        for record in records
        if (not queue_ids or record.queue_id in queue_ids) and (not agent_ids or record.agent_id in agent_ids)
        for at, outcome in outcomes(record)
        if start <= at < end and any(outcome.get(each, 0) > 0 for each in counted)
    ]
    return sorted(found, key=lambda each: (each.at, each.record.work_id, each.record.stay))

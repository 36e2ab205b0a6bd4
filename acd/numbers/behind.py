"""Which conversations stand behind a number of a report. Pure.

Invariant: what is listed is counted by the same functions as the number (`tally.outcomes`), so there are as many as it says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from acd.numbers.cells import ALL, covered
from acd.numbers.tally import outcomes
from core.counting import Scope
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
    records: Iterable[WorkRecord], counted: Collection[Counted], start: float, end: float, scope: Scope = ALL
) -> list[Behind]:
    """What counted as one of these from `start` to before `end`, in that order."""
    found = (
        Behind(at=at, record=record)
        for record in records
        if covered(scope, record)
        for at, outcome in outcomes(record)
        if start <= at < end and any(outcome.get(each, 0) > 0 for each in counted)
    )
    return in_order(found)


def in_order(found: Iterable[Behind]) -> list[Behind]:
    return sorted(found, key=lambda each: (each.at, each.record.work_id, each.record.stay))

"""What is counted of a queue in an interval, and how a piece of work counts.

Invariant: the live board and the history count with the same three functions (`arrived`, `answered`, `over`), each outcome at the
moment it happens; so a past interval counted again from records gives exactly the numbers that the board counted then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from core.causes import WorkEnd
from core.model import WorkRecord

Outcome = dict[str, float]
"""What one outcome adds to which counts of a `Tally`."""


class Tally(msgspec.Struct):
    """What happened in one interval of one queue."""

    offered: int = 0
    """Came to the queue."""
    answered: int = 0
    """An agent accepted, and the two were connected."""
    answered_in_time: int = 0
    """Within the queue's service-level threshold."""
    abandoned: int = 0
    """Left after the short-abandon threshold."""
    short_abandoned: int = 0
    moved: int = 0
    """Went on to another queue: overflow, or by a supervisor."""
    unserved: int = 0
    """Timed out, withdrawn, not reached, or lost with a node."""
    wait_sum_s: float = 0.0
    """Of the answered."""
    handled: int = 0
    """Answered, and over with its wrap-up."""
    handle_sum_s: float = 0.0
    talk_sum_s: float = 0.0
    """The conversations' part of it."""
    transferred: int = 0
    """Of the handled: an agent handed the conversation on."""
    graded: int = 0
    """Waits that can be compared with what was estimated at arrival."""
    within_p50: int = 0
    within_p90: int = 0
    error_sum_s: float = 0.0
    """Distances between the waits and the estimated medians."""
    most_waiting: int = 0
    last_waiting: int = 0

    def add(self, other: Tally) -> None:
        """Sums the counts; waiting lines are not summed over time."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def count(self, outcome: Mapping[str, float], times: int = 1) -> None:
        """Counts one outcome; `times` −1 takes it back."""
        for name, value in outcome.items():
            setattr(self, name, getattr(self, name) + times * value)


COUNTS = tuple(name for name in Tally.__struct_fields__ if not name.endswith("_waiting"))


def arrived() -> Outcome:
    return {"offered": 1}


def answered(record: WorkRecord) -> Outcome:
    """At `answered_at`."""
    counted = {
        "answered": 1,
        "answered_in_time": int(record.waited_s <= record.service_level_s),
        "wait_sum_s": record.waited_s,
    }
    return counted | _graded(record)


def over(record: WorkRecord) -> Outcome:
    """At `ended_at`, by how it ended."""
    if record.answered_at is not None:
        handled_s, talked_s = handle_times(record)
        return {"handled": 1, "handle_sum_s": handled_s, "talk_sum_s": talked_s, "transferred": int(record.transfers > 0)}
    if record.cause is WorkEnd.OVERFLOWED:
        return {"moved": 1}
    if record.cause is not WorkEnd.ABANDONED:
        return {"unserved": 1}
    if record.waited_s < record.short_abandon_s:
        return {"short_abandoned": 1}
    # Who left would have waited for an unknown time: a miss once it was longer than the p90, else nothing to compare.
    p90 = record.expected_p90_s
    return {"abandoned": 1} | (_graded(record) if p90 is not None and record.waited_s > p90 else {})


def handle_times(record: WorkRecord) -> tuple[float, float]:
    """Seconds of conversation and wrap-up together, and of the conversation alone."""
    if record.connected_at is None or record.ended_at is None:
        return 0.0, 0.0
    talked_until = record.talked_until if record.talked_until is not None else record.ended_at
    return record.ended_at - record.connected_at, talked_until - record.connected_at


def outcomes(record: WorkRecord) -> Iterator[tuple[float, Outcome]]:
    """Everything that counts of one stay, each with its moment."""
    yield record.entered_at, arrived()
    if record.answered_at is not None:
        yield record.answered_at, answered(record)
    if record.ended_at is not None:
        yield record.ended_at, over(record)


def count(records: Iterable[WorkRecord], start: float, end: float) -> Tally:
    """What happened from `start` to before `end`. The waiting line is not counted."""
    total = Tally()
    for record in records:
        for at, outcome in outcomes(record):
            if start <= at < end:
                total.count(outcome)
    return total


def _graded(record: WorkRecord) -> Outcome:
    """The wait against what was estimated at arrival."""
    p50, p90, waited_s = record.expected_p50_s, record.expected_p90_s, record.waited_s
    if p50 is None or p90 is None:
        return {}
    return {
        "graded": 1,
        "within_p50": int(waited_s <= p50),
        "within_p90": int(waited_s <= p90),
        "error_sum_s": abs(waited_s - p50),
    }

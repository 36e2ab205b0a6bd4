"""How many calls each half-hour of the week brings, and how long they take, from the history of a queue.

A plain seasonal mean: the half-hour of that weekday, over all weeks of the history. Each half-hour is then staffed as if its
arrivals went on for ever (SIPP; Green, Kolesar, Soares, "Improving the SIPP approach for staffing service systems that have
cyclic demands", Operations Research 49, 2001): fine for conversations of minutes, too few just after a peak of long ones.

Only voice counts: an agent with three chats open is not a server of Erlang's.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from acd.rules.capacity import VOICE
from core.causes import WorkEnd
from core.ids import QueueId
from core.model import WorkRecord

HALF_HOUR_S = 1800
ENOUGH = 5
"""Handled calls from which a half-hour's own mean handle time is used; below it the queue's."""


class HalfHour(NamedTuple):
    """Of the week, local time."""

    weekday: int
    """0 = Monday."""
    number: int
    """0…47."""

    @property
    def time(self) -> str:
        return f"{self.number // 2:02d}:{self.number % 2 * 30:02d}"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What one half-hour of one queue usually brings."""

    queue_id: QueueId
    half_hour: HalfHour
    calls: float
    """Mean over the weeks of the history."""
    handle_s: float
    weeks: int
    """How often this half-hour was in the history."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """By queue, then by half-hour; those that never brought a call are left out."""

    rows: tuple[Expected, ...]
    patience_s: float | None
    """Mean patience of all queues; None: nobody left."""
    calls: int


def forecast(records: Iterable[WorkRecord], begin: float, end: float, zone: tzinfo, usual_handle_s: float) -> Forecast:
    """`records`: stays that came from `begin` to before `end`. `usual_handle_s`: for queues where nothing was handled."""
    came: Counter[tuple[QueueId, HalfHour]] = Counter()
    handled: dict[tuple[QueueId, HalfHour], list[float]] = defaultdict(list)
    of_queue: dict[QueueId, list[float]] = defaultdict(list)
    voice = [record for record in records if record.channel in VOICE and begin <= record.entered_at < end]
    for record in voice:
        key = record.queue_id, _half_hour(record.entered_at, zone)
        if record.stay == 0:
            came[key] += 1
        handle_s = _handle_s(record)
        if handle_s is not None:
            handled[key].append(handle_s)
            of_queue[record.queue_id].append(handle_s)
    weeks = _occurrences(begin, end, zone)
    rows = []
    for (queue_id, half_hour), count in sorted(came.items()):
        own = handled[queue_id, half_hour]
        times = own if len(own) >= ENOUGH else of_queue[queue_id]
        handle_s = math.fsum(times) / len(times) if times else usual_handle_s
        often = max(1, weeks[half_hour])
        rows.append(Expected(queue_id=queue_id, half_hour=half_hour, calls=count / often, handle_s=handle_s, weeks=often))
    return Forecast(rows=tuple(rows), patience_s=mean_patience_s(voice), calls=sum(came.values()))


def mean_patience_s(records: Sequence[WorkRecord]) -> float | None:
    """Time waited by all / number who left: the maximum-likelihood mean of exponential patience when those who were served
    are known only to have been patient for as long as they waited (Brown et al., JASA 100, 2005, §5)."""
    left = sum(record.cause is WorkEnd.ABANDONED for record in records)
    waited_s = math.fsum(record.waited_s for record in records)
    return waited_s / left if left and waited_s > 0.0 else None


def _handle_s(record: WorkRecord) -> float | None:
    """From the answer to the end of wrap-up."""
    if record.answered_at is None or record.ended_at is None or record.connected_at is None:
        return None
    return record.ended_at - record.answered_at


def _half_hour(at: float, zone: tzinfo) -> HalfHour:
    local = datetime.fromtimestamp(at, zone)
    return HalfHour(local.weekday(), local.hour * 2 + local.minute // 30)


def _occurrences(begin: float, end: float, zone: tzinfo) -> Counter[HalfHour]:
    """How often each half-hour of the week was (even partly) in the interval."""
    found: Counter[HalfHour] = Counter()
    at = math.floor(begin / HALF_HOUR_S) * HALF_HOUR_S
    while at < end:
        found[_half_hour(at, zone)] += 1
        at += HALF_HOUR_S
    return found

"""Reports on the past: records and states counted by interval, with the formulas of the board.

Invariant: intervals are whole and follow each other without a gap; an outcome counts in the interval in which it happened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from types import MappingProxyType

import msgspec

from acd.numbers.adherence import Adherence, kept, total
from acd.numbers.agent_time import AgentTime, StateChange, time_by_interval
from acd.numbers.service_level import (
    abandonment,
    average_handle_time,
    average_speed_of_answer,
    calibration,
    estimate_error,
    occupancy,
    service_level,
    transfer_rate,
)
from acd.numbers.tally import Tally, outcomes, over
from core.ids import AgentId, QueueId
from core.model import AgentState, Shift, Value, WorkRecord


class Interval(StrEnum):
    """Length of a report's rows. A day is one of the calendar: 23 or 25 hours when clocks change."""

    QUARTER_HOUR = "quarter_hour"
    HALF_HOUR = "half_hour"
    HOUR = "hour"
    DAY = "day"


SECONDS: Mapping[Interval, float] = {Interval.QUARTER_HOUR: 900.0, Interval.HALF_HOUR: 1800.0, Interval.HOUR: 3600.0}


class QueueInterval(Value, frozen=True, kw_only=True):
    """One queue in one interval. Numbers that cannot be measured are null: nothing happened."""

    queue_id: QueueId
    """Empty: all the report's queues together. What moved from one to another was offered in both."""
    start: float
    end: float
    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    short_abandoned: int
    moved: int
    unserved: int
    handled: int
    transferred: int
    service_level: float | None
    average_speed_of_answer_s: float | None
    average_handle_time_s: float | None
    average_talk_s: float | None
    average_wrap_up_s: float | None
    abandonment: float | None
    transfer_rate: float | None
    occupancy: float | None
    """Of the agents who served the queue in this interval, with all that they did."""
    calibration: float | None
    """Share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    estimate_error_s: float | None


class AgentInterval(Value, frozen=True, kw_only=True):
    """One agent in one interval."""

    agent_id: AgentId
    """Empty: all the report's agents together."""
    start: float
    end: float
    handled: int
    average_handle_time_s: float | None
    average_talk_s: float | None
    average_wrap_up_s: float | None
    available_s: float
    offered_s: float
    busy_s: float
    wrap_up_s: float
    away_s: float
    unreachable_s: float
    """Meant to be available, but no call could be given."""
    signed_out_s: float
    away: dict[str, float]
    """Seconds by reason."""
    occupancy: float | None
    planned_s: float
    """By the shifts that hold today."""
    planned_served_s: float
    """Of the planned time: everything but away and signed out."""
    adherence: float | None
    """Share of the planned time that was served, 0…1; None when nothing was planned."""


def edges(start: float, end: float, interval: Interval, zone: tzinfo) -> list[float]:
    """Where whole intervals around `start` … `end` begin, and last where the last one ends."""
    if interval is Interval.DAY:
        day = datetime.fromtimestamp(start, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        found = [day.timestamp()]
        while found[-1] < end:
            day = (day + timedelta(days=1)).replace(hour=0)
            found.append(day.timestamp())
        return found
    length = SECONDS[interval]
    first, last = int(start // length), int(-(-end // length))
    return [index * length for index in range(first, last + 1)]


def queue_rows(
    records: Sequence[WorkRecord],
    changes: Mapping[AgentId, Sequence[StateChange]],
    between: Sequence[float],
    queue_ids: Iterable[QueueId],
    now: float,
    *,
    together: bool = False,
) -> list[QueueInterval]:
    """A row for each queue, or for all of them `together`, and interval, also where nothing happened; by queue, then by time."""
    named = {queue_id: QueueId("") if together else queue_id for queue_id in queue_ids}
    tallies = {(name, index): Tally() for name in named.values() for index in range(len(between) - 1)}
    servers: dict[tuple[QueueId, int], set[AgentId]] = {}
    for record in records:
        name = named.get(record.queue_id)
        if name is None:
            continue
        for at, outcome in outcomes(record):
            key = (name, bisect_right(between, at) - 1)
            if key in tallies:
                tallies[key].count(outcome)
                if record.agent_id is not None:
                    servers.setdefault(key, set()).add(record.agent_id)
    times = _times(changes, between, now)
    return [
        _queue_row(queue_id, between[index], between[index + 1], tally, _busy(times, servers.get((queue_id, index), ()), index))
        for (queue_id, index), tally in sorted(tallies.items())
    ]


def agent_rows(
    records: Sequence[WorkRecord],
    changes: Mapping[AgentId, Sequence[StateChange]],
    between: Sequence[float],
    agent_ids: Iterable[AgentId],
    now: float,
    *,
    shifts: Mapping[AgentId, tuple[Shift, ...]] = MappingProxyType({}),
    zone: tzinfo = UTC,
    together: bool = False,
) -> list[AgentInterval]:
    """A row for each agent, or for all of them `together`, and interval; by agent, then by time. Time to come does not count."""
    named = {agent_id: AgentId("") if together else agent_id for agent_id in agent_ids}
    counted = {(name, index): _AgentCounts() for name in named.values() for index in range(len(between) - 1)}
    for record in records:
        if record.agent_id in named and record.answered_at is not None and record.ended_at is not None:
            found = counted.get((named[record.agent_id], bisect_right(between, record.ended_at) - 1))
            if found is not None:
                found.tally.count(over(record))
    times = _times(changes, between, now)
    for agent_id, name in named.items():
        for index, spent in enumerate(times.get(agent_id, ())):
            counted[name, index].spent.add(spent)
        planned = shifts.get(agent_id, ())
        for index in range(len(between) - 1) if planned else ():
            plan = kept(planned, changes.get(agent_id, ()), between[index], min(between[index + 1], now), zone)
            counted[name, index].plans.append(plan)
    return [_agent_row(name, (between[index], between[index + 1]), found) for (name, index), found in sorted(counted.items())]


class _AgentCounts(msgspec.Struct):
    """Of one row, while it is counted."""

    tally: Tally = msgspec.field(default_factory=Tally)
    spent: AgentTime = msgspec.field(default_factory=AgentTime)
    plans: list[Adherence] = msgspec.field(default_factory=list)


def _times(
    changes: Mapping[AgentId, Sequence[StateChange]], between: Sequence[float], now: float
) -> dict[AgentId, list[AgentTime]]:
    return {agent_id: time_by_interval(of_agent, between, now) for agent_id, of_agent in changes.items()}


def _busy(times: Mapping[AgentId, Sequence[AgentTime]], agents: Iterable[AgentId], index: int) -> float | None:
    spent = [times[agent_id][index] for agent_id in agents if agent_id in times]
    return occupancy(sum(each.handling_s for each in spent), sum(each.available_s for each in spent))


def _queue_row(queue_id: QueueId, start: float, end: float, tally: Tally, busy: float | None) -> QueueInterval:
    return QueueInterval(
        queue_id=queue_id,
        start=start,
        end=end,
        offered=tally.offered,
        answered=tally.answered,
        answered_in_time=tally.answered_in_time,
        abandoned=tally.abandoned,
        short_abandoned=tally.short_abandoned,
        moved=tally.moved,
        unserved=tally.unserved,
        handled=tally.handled,
        transferred=tally.transferred,
        service_level=service_level(tally.answered_in_time, tally.answered, tally.abandoned),
        average_speed_of_answer_s=average_speed_of_answer(tally.wait_sum_s, tally.answered),
        average_handle_time_s=average_handle_time(tally.handle_sum_s, tally.handled),
        average_talk_s=average_handle_time(tally.talk_sum_s, tally.handled),
        average_wrap_up_s=average_handle_time(tally.handle_sum_s - tally.talk_sum_s, tally.handled),
        abandonment=abandonment(tally.abandoned, tally.answered),
        transfer_rate=transfer_rate(tally.transferred, tally.handled),
        occupancy=busy,
        calibration=calibration(tally.within_p90, tally.graded),
        estimate_error_s=estimate_error(tally.error_sum_s, tally.graded),
    )


def _agent_row(agent_id: AgentId, interval: tuple[float, float], counted: _AgentCounts) -> AgentInterval:
    tally, spent, plan = counted.tally, counted.spent, total(counted.plans)
    seconds = spent.seconds
    return AgentInterval(
        agent_id=agent_id,
        start=interval[0],
        end=interval[1],
        handled=tally.handled,
        average_handle_time_s=average_handle_time(tally.handle_sum_s, tally.handled),
        average_talk_s=average_handle_time(tally.talk_sum_s, tally.handled),
        average_wrap_up_s=average_handle_time(tally.handle_sum_s - tally.talk_sum_s, tally.handled),
        available_s=seconds.get(AgentState.AVAILABLE, 0.0),
        offered_s=seconds.get(AgentState.OFFERED, 0.0),
        busy_s=seconds.get(AgentState.BUSY, 0.0),
        wrap_up_s=seconds.get(AgentState.WRAP_UP, 0.0),
        away_s=seconds.get(AgentState.AWAY, 0.0),
        unreachable_s=seconds.get(AgentState.UNREACHABLE, 0.0),
        signed_out_s=seconds.get(AgentState.SIGNED_OUT, 0.0),
        away=spent.away,
        occupancy=occupancy(spent.handling_s, spent.available_s),
        planned_s=plan.planned_s,
        planned_served_s=plan.served_s,
        adherence=plan.share,
    )

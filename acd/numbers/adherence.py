"""Shifts and adherence: when an agent was planned to serve, and when the agent did. Pure.

Serving is everything but away and signed out. Of each planned span, as far as it lies in the past::

    planned   ├──────────────────────────────────┤
    serving        ├────────┤   ├──────────┤
              late            out             early          planned = served + late + out + early

A span in which nobody came is late as a whole. While a span still runs, its last absence counts as out: the agent may come back.
What is served beside the plan is not held against anybody and does not count. Source of the measure: the usual «adherence to
schedule», time in the planned state / planned time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache, reduce
from typing import NamedTuple

import msgspec

from acd.numbers.agent_time import StateChange, pieces
from core.model import AgentState, Shift, Value
from core.opening_hours import days_of, spans

ABSENT = frozenset({AgentState.AWAY, AgentState.SIGNED_OUT, AgentState.UNREACHABLE})


class Period(NamedTuple):
    """Seconds since the epoch, end exclusive."""

    start: float
    end: float


class Adherence(Value, frozen=True, kw_only=True):
    """One agent's plan and what became of it. Seconds; only what lies in the past counts."""

    planned_s: float = 0.0
    served_s: float = 0.0
    late_s: float = 0.0
    out_s: float = 0.0
    early_s: float = 0.0

    @property
    def share(self) -> float | None:
        """0…1; None when nothing was planned so far."""
        return self.served_s / self.planned_s if self.planned_s > 0 else None


class Attendance(msgspec.Struct):
    """When an agent has served today, kept up by `note`."""

    day: int = 0
    served: list[tuple[float, float]] = msgspec.field(default_factory=list)
    serving_since: float | None = None

    def note(self, state: AgentState, at: float, day: int) -> None:
        """The agent's state from `at` on; `day` is its calendar day, as an ordinal."""
        if self.day != day:
            # What began yesterday goes on; yesterday itself is the reports' business.
            self.day, self.served = day, []
        if state in ABSENT:
            if self.serving_since is not None:
                self.served.append((self.serving_since, at))
                self.serving_since = None
        elif self.serving_since is None:
            self.serving_since = at

    def until(self, now: float) -> tuple[Period, ...]:
        """With what is still going on."""
        so_far = tuple(Period(*period) for period in self.served)
        return so_far if self.serving_since is None else (*so_far, Period(self.serving_since, now))


@lru_cache(maxsize=4096)
def planned(shifts: tuple[Shift, ...], day: date, zone: tzinfo) -> tuple[Period, ...]:
    """The spans planned for a day, in order; those that touch are one."""
    found: list[Period] = []
    for shift in shifts:
        if any(day.weekday() in days_of(name) for name in shift.days):
            found += [Period(_moment(day, span.start, zone), _moment(day, span.end, zone)) for span in spans(shift.hours)]
    return _joined(sorted(found))


def planned_on(shifts: tuple[Shift, ...], now: float, zone: tzinfo) -> tuple[Period, ...]:
    """The spans of the day in which `now` lies."""
    return planned(shifts, datetime.fromtimestamp(now, zone).date(), zone) if shifts else ()


def planned_until(plan: Iterable[Period], now: float) -> float | None:
    """The end of the span that runs now; None outside of all."""
    return next((period.end for period in plan if period.start <= now < period.end), None)


def served(changes: Iterable[StateChange], start: float, end: float) -> tuple[Period, ...]:
    """When one agent served, from the history of states; `changes` as for `acd.numbers.agent_time.time_spent`."""
    found: list[Period] = []
    since: float | None = None
    for change in changes:
        if since is not None:
            found.append(Period(max(since, start), min(change.at, end)))
        since = None if change.state in ABSENT else change.at
    if since is not None:
        found.append(Period(max(since, start), end))
    return _joined(period for period in found if period.start < period.end)


def adherence(plan: Iterable[Period], presence: Sequence[Period], now: float) -> Adherence:
    """Plan against presence, up to `now`; both in order and without overlaps."""
    begun = (period for period in plan if period.start < now)
    return total(_of_span(Period(each.start, min(each.end, now)), presence, over=each.end <= now) for each in begun)


def total(parts: Iterable[Adherence]) -> Adherence:
    """Of several spans or agents together."""
    return reduce(_sum, parts, Adherence())


def adherence_of_day(shifts: tuple[Shift, ...], changes: Sequence[StateChange], day: date, zone: tzinfo, now: float) -> Adherence:
    """One agent's day, for reports; `changes` begin with the last one before the day, if there is one."""
    plan = planned(shifts, day, zone)
    if not plan:
        return Adherence()
    return adherence(plan, served(changes, plan[0].start, min(plan[-1].end, now)), now)


def planned_between(shifts: tuple[Shift, ...], start: float, end: float, zone: tzinfo) -> tuple[Period, ...]:
    """What was planned from `start` to `end`, cut off there."""
    if not shifts or start >= end:
        return ()
    first, last = (datetime.fromtimestamp(at, zone).date() for at in (start, end))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(cut for day in days for period in planned(shifts, day, zone) if (cut := _cut(period, start, end)) is not None)


def kept_by_interval(
    shifts: tuple[Shift, ...], serving: Sequence[Period], between: Sequence[float], now: float, zone: tzinfo
) -> list[Adherence]:
    """Planned and served in each interval, as far as it is past; late, out and early are told for whole days only.

    `serving` is in order and without overlaps (`adherence_of_day` tells the other three).
    """
    planned_s, served_s = ([0.0] * (len(between) - 1) for _ in range(2))
    rest = iter(serving)
    period = next(rest, None)
    for span in planned_between(shifts, between[0], min(between[-1], now), zone):
        for index, seconds in pieces(between, span.start, span.end):
            planned_s[index] += seconds
        while period is not None and period.start < span.end:
            if (both := _cut(period, span.start, span.end)) is not None:
                for index, seconds in pieces(between, both.start, both.end):
                    served_s[index] += seconds
            if period.end > span.end:
                break  # it reaches into the next span
            period = next(rest, None)
    return [Adherence(planned_s=of_plan, served_s=of_it) for of_plan, of_it in zip(planned_s, served_s, strict=True)]


def _cut(period: Period, start: float, end: float) -> Period | None:
    cut = Period(max(period.start, start), min(period.end, end))
    return cut if cut.start < cut.end else None


def _of_span(span: Period, presence: Sequence[Period], *, over: bool) -> Adherence:
    inside = [cut for period in presence if (cut := _cut(period, span.start, span.end)) is not None]
    planned_s = span.end - span.start
    if not inside:
        return Adherence(planned_s=planned_s, late_s=planned_s)
    served_s = sum(period.end - period.start for period in inside)
    late_s = inside[0].start - span.start
    early_s = span.end - inside[-1].end if over else 0.0
    return Adherence(
        planned_s=planned_s,
        served_s=served_s,
        late_s=late_s,
        early_s=early_s,
        out_s=max(0.0, planned_s - served_s - late_s - early_s),
    )


def _sum(one: Adherence, other: Adherence) -> Adherence:
    return Adherence(**{name: getattr(one, name) + getattr(other, name) for name in Adherence.__struct_fields__})


def _joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    joined: list[Period] = []
    for period in periods:
        if joined and period.start <= joined[-1].end:
            joined[-1] = Period(joined[-1].start, max(joined[-1].end, period.end))
        else:
            joined.append(period)
    return tuple(joined)


def _moment(day: date, minute: int, zone: tzinfo) -> float:
    """Of a local minute; 24:00 is the next day's midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=minute // 1440)
    return midnight.replace(hour=minute % 1440 // 60, minute=minute % 60).timestamp()

"""Whole intervals of a report, and those of an earlier time that people compare them with. Pure.

Invariant: intervals follow each other without a gap. Earlier ones are as many as those they stand beside, at the same local
times:
an hour that the earlier day did not have is an interval without length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum


class Interval(StrEnum):
    """Length of a report's rows. A day is one of the calendar: 23 or 25 hours when clocks change."""

    QUARTER_HOUR = "quarter_hour"
    HALF_HOUR = "half_hour"
    HOUR = "hour"
    DAY = "day"


SECONDS: Mapping[Interval, float] = {Interval.QUARTER_HOUR: 900.0, Interval.HALF_HOUR: 1800.0, Interval.HOUR: 3600.0}


class Beside(StrEnum):
    """Which earlier time stands beside the one that is asked for."""

    BEFORE = "before"
    """Just before, as long: beside a day the day before, beside a week the week before."""
    WEEKDAYS = "weekdays"
    """The same days of the week: beside a Friday the Friday before, beside ten days those of two weeks before."""


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


def earlier(between: Sequence[float], beside: Beside, zone: tzinfo, now: float) -> tuple[list[float], float]:
    """The earlier intervals, and when in them it was as late as it is now: what came after is not compared."""
    back = _way_back(between, beside, zone)
    found = [back(at) for at in between]
    for index in range(len(found) - 2, -1, -1):  # local times that the earlier day skipped are the moment when it did
        found[index] = min(found[index], found[index + 1])
    return found, min(back(now), found[-1]) if now < between[-1] else found[-1]


def _way_back(between: Sequence[float], beside: Beside, zone: tzinfo) -> Callable[[float], float]:
    first, last = (datetime.fromtimestamp(at, zone) for at in (between[0], between[-1]))
    whole_days = _is_midnight(first) and _is_midnight(last)
    days = (last.date() - first.date()).days if whole_days else -(-(between[-1] - between[0]) // 86_400)
    if beside is Beside.BEFORE and not whole_days:
        length = between[-1] - between[0]
        return lambda at: at - length
    back = timedelta(days=days if beside is Beside.BEFORE else -(-days // 7) * 7)
    return lambda at: (datetime.fromtimestamp(at, zone) - back).replace(fold=0).timestamp()


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)

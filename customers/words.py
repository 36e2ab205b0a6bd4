"""Times and durations as people say them on the desk: «19 h», «yesterday 16:02», «18 Nov»."""

from __future__ import annotations

from datetime import datetime, tzinfo
from math import isnan

from core.ranges import LATEST_S, LONGEST_S

_EARLIEST_S = -2_208_988_800.0
"""1900: the oldest that an import may bring."""
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def how_long(seconds: float) -> str:
    """Coarse on purpose: the largest unit that still says something."""
    if not -LONGEST_S <= seconds <= LONGEST_S:
        seconds = LONGEST_S
    if seconds < _MINUTE:
        return f"{max(int(seconds), 0)} s"
    if seconds < 2 * _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY)} days"


def when(at: float, now: float, zone: tzinfo) -> str:
    """The day as seen from `now` in the company's time zone, with the clock when it is near."""
    then, today = _date(at, zone), _date(now, zone)
    days = (today.date() - then.date()).days
    clock = f"{then:%H:%M}"
    if days == 0:
        return f"today {clock}"
    if days == 1:
        return f"yesterday {clock}"
    if days == -1:
        return f"tomorrow {clock}"
    day = f"{then.day} {then:%b}"
    return day if then.year == today.year else f"{day} {then.year}"


def _date(at: float, zone: tzinfo) -> datetime:
    """A time that no calendar can say is shown as the nearest that one can: it was kept before there were ranges."""
    return datetime.fromtimestamp(LATEST_S if isnan(at) else min(max(at, _EARLIEST_S), LATEST_S), zone)


def ordinal(number: int) -> str:
    """«Second», «Third», «4th»: for «second call this week»."""
    return {1: "First", 2: "Second", 3: "Third"}.get(number, f"{number}th")

"""Times and durations as people say them on the desk: «19 h», «yesterday 16:02», «18 Nov»."""

from __future__ import annotations

from datetime import datetime, tzinfo

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def how_long(seconds: float) -> str:
    """Coarse on purpose: the largest unit that still says something."""
    if seconds < _MINUTE:
        return f"{max(int(seconds), 0)} s"
    if seconds < 2 * _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY)} days"


def when(at: float, now: float, zone: tzinfo) -> str:
    """The day as seen from `now` in the company's time zone, with the clock when it is near."""
    then, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone)
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


def ordinal(number: int) -> str:
    """«Second», «Third», «4th»: for «second call this week»."""
    return {1: "First", 2: "Second", 3: "Third"}.get(number, f"{number}th")

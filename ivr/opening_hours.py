"""Opening hours: a week in a time zone, single days that differ, and public holidays; asked with a time, never with a clock.

A day's hours are texts like ``09:00-17:30`` (``24:00`` is the day's end); a day without any is closed. Days are named
``mon`` … ``sun``, or as a range ``mon-fri``. Public holidays come from the `holidays` library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import holidays
import msgspec

from core.model import Value
from core.nearest import did_you_mean

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")


class Span(NamedTuple):
    """Minutes since midnight, end exclusive."""

    start: int
    end: int


class PublicHolidays(Value, frozen=True):
    """Whose public holidays count as closed."""

    country: str
    """ISO 3166 code: GB, DE, CN."""
    subdivision: str | None = None
    """ENG, BY, …"""


class OpeningHours(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody is there."""

    time_zone: str
    week: dict[str, tuple[str, ...]]
    """Days to hours: ``mon-fri: ["09:00-12:30", "13:30-17:00"]``."""
    special: dict[str, tuple[str, ...]] = {}
    """Single dates that differ, also from holidays: ``"2026-12-24": ["09:00-12:00"]``."""
    holidays: PublicHolidays | None = None

    def state_at(self, now: float) -> tuple[str, str]:
        """(``open``, ``closed`` or ``holiday``; the same in words for the trace) at a time in seconds since the epoch."""
        local = datetime.fromtimestamp(now, ZoneInfo(self.time_zone))
        minute = local.hour * 60 + local.minute
        special = self.special.get(local.date().isoformat())
        if special is None and (name := self._holiday(local.date())):
            return "holiday", f"holiday: {name}"
        texts = special if special is not None else _week(self)[local.weekday()]
        is_open = any(span.start <= minute < span.end for span in spans(texts))
        return ("open", "open") if is_open else ("closed", f"closed ({local:%a %H:%M})")

    def _holiday(self, day: date) -> str:
        if self.holidays is None:
            return ""
        return _holidays_of(self.holidays.country, self.holidays.subdivision, day.year).get(day, "")


def spans(texts: tuple[str, ...]) -> tuple[Span, ...]:
    """Hours as minutes. Raises `ValueError` with a sentence."""
    found = []
    for text in texts:
        hit = _SPAN.fullmatch(text.strip())
        if hit is None:
            raise ValueError(f"“{text}” is not a time span like 09:00-17:30")
        start, end = int(hit[1]) * 60 + int(hit[2]), int(hit[3]) * 60 + int(hit[4])
        if end > 24 * 60:
            raise ValueError(f"“{text}” goes beyond 24:00")
        if start >= end:
            raise ValueError(f"“{text}” ends before it begins; write a night as two spans, 20:00-24:00 and 00:00-06:00")
        found.append(Span(start, end))
    found.sort()
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise ValueError("two time spans of one day overlap")
    return tuple(found)


def days_of(name: str) -> tuple[int, ...]:
    """``mon`` → (0,); ``sat-mon`` → (5, 6, 0). Raises `ValueError` with a sentence."""
    first, _, last = name.partition("-")
    for part in (first, last or first):
        if part not in DAYS:
            raise ValueError(f"“{part}” is no day{did_you_mean(part, DAYS)}")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return tuple(day % 7 for day in range(start, (end if end >= start else end + 7) + 1))


def schedule_complaints(hours: OpeningHours) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(Place, sentence) for everything that is wrong in it."""
    if hours.time_zone not in _time_zones():
        yield ("time_zone",), f"“{hours.time_zone}” is no time zone{did_you_mean(hours.time_zone, sorted(_time_zones()))}"
    taken: dict[int, str] = {}
    for name, texts in hours.week.items():
        try:
            spans(texts)
            for day in days_of(name):
                if day in taken:
                    raise ValueError(f"{DAYS[day]} is already given by “{taken[day]}”")
                taken[day] = name
        except ValueError as error:
            yield ("week", name), str(error)
    for name, texts in hours.special.items():
        try:
            date.fromisoformat(name)
        except ValueError:
            yield ("special", name), f"“{name}” is no date like 2026-12-24"
        try:
            spans(texts)
        except ValueError as error:
            yield ("special", name), str(error)
    if hours.holidays is not None:
        yield from _holiday_complaints(hours.holidays)


def _holiday_complaints(of: PublicHolidays) -> Iterator[tuple[tuple[str | int, ...], str]]:
    countries = _countries()
    if of.country not in countries:
        yield ("holidays", "country"), f"no public holidays are known for “{of.country}”{did_you_mean(of.country, countries)}"
    elif of.subdivision is not None and of.subdivision not in countries[of.country]:
        guess = did_you_mean(of.subdivision, countries[of.country])
        yield ("holidays", "subdivision"), f"“{of.subdivision}” is no part of {of.country} with holidays of its own{guess}"


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """Read once: the library walks the disk each time."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries()


@lru_cache(maxsize=64)
def _holidays_of(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))


def _week(hours: OpeningHours) -> tuple[tuple[str, ...], ...]:
    week: list[tuple[str, ...]] = [()] * 7
    for name, texts in hours.week.items():
        for day in days_of(name):
            week[day] = texts
    return tuple(week)

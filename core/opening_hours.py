"""Opening hours: a week in a time zone, single days that differ, and public holidays; asked with a time, never with a clock.

A day's hours are texts like ``09:00-17:30`` (``24:00`` is the day's end); a day without any is closed. Days are named
``mon`` … ``sun``, or as a range ``mon-fri``. Public holidays come from the `holidays` library. Flows and queues share this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from core.model import Shift, Value
from core.nearest import nearest
from core.problems import Complaint, Mistake, Mistaken

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 400
"""Whoever is closed for longer is closed for good."""
_SPAN = re.compile(r"([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)")
_DAY_MIN = 24 * 60


class HoursMistake(Mistake):
    NOT_A_SPAN = "“{text}” is not a time span like 09:00-17:30"
    BEYOND_MIDNIGHT = "“{text}” goes beyond 24:00"
    ENDS_BEFORE_IT_BEGINS = "“{text}” ends before it begins; write a night as two spans, 20:00-24:00 and 00:00-06:00"
    SPANS_OVERLAP = "“{text}” overlaps “{other}”"
    SHIFTS_OVERLAP = "“{text}” on {day} overlaps “{other}” of another shift"
    NOT_A_DAY = "“{name}” is not a day"
    DAY_GIVEN_BEFORE = "{day} is already given by “{name}”"
    NOT_A_DATE = "“{name}” is not a date like 2026-12-24"
    UNKNOWN_TIME_ZONE = "“{name}” is not a time zone"
    UNKNOWN_COUNTRY = "no public holidays are known for “{name}”"
    UNKNOWN_REGION = "“{name}” is not a region of {country} with holidays of its own"


class HoursUnreadable(Mistaken):
    """Days or hours cannot be read, or overlap."""


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


class OpeningHours(Value, frozen=True, kw_only=True):
    """When somebody is there."""

    time_zone: str
    week: dict[str, tuple[str, ...]]
    """Days to hours: ``mon-fri: ["09:00-12:30", "13:30-17:00"]``."""
    special: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """Single dates that differ, also from holidays: ``"2026-12-24": ["09:00-12:00"]``."""
    holidays: PublicHolidays | None = None

    def state_at(self, now: float) -> tuple[str, str]:
        """(``open``, ``closed`` or ``holiday``; the same in words for the trace) at a time in seconds since the epoch."""
        local = datetime.fromtimestamp(now, ZoneInfo(self.time_zone))
        minute = local.hour * 60 + local.minute
        if name := self._holiday(local.date()):
            return "holiday", f"holiday: {name}"
        is_open = any(span.start <= minute < span.end for span in self._spans(local.date()))
        return ("open", "open") if is_open else ("closed", f"closed ({local:%a %H:%M})")

    def is_open(self, now: float) -> bool:
        return self.state_at(now)[0] == "open"

    def next_open(self, at: float) -> float | None:
        """The first moment at or after `at` when it is open; None when there is none within `LOOK_AHEAD_DAYS`."""
        zone = ZoneInfo(self.time_zone)
        first = datetime.fromtimestamp(at, zone).date()
        for day in (first + timedelta(days=ahead) for ahead in range(LOOK_AHEAD_DAYS)):
            for span in self._spans(day):
                if _moment(day, span.end, zone) > at:
                    return max(at, _moment(day, span.start, zone))
        return None

    def _spans(self, day: date) -> tuple[Span, ...]:
        special = self.special.get(day.isoformat())
        if special is not None:
            return spans(special)
        return () if self._holiday(day) else spans(_week(self)[day.weekday()])

    def _holiday(self, day: date) -> str:
        """Empty also on a day that has hours of its own."""
        if self.holidays is None or day.isoformat() in self.special:
            return ""
        return _holidays_of(self.holidays.country, self.holidays.subdivision, day.year).get(day, "")


def _moment(day: date, minute: int, zone: ZoneInfo) -> float:
    """Seconds since the epoch of a local minute; 24:00 is the next day's midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=minute // _DAY_MIN)
    return midnight.replace(hour=minute % _DAY_MIN // 60, minute=minute % 60).timestamp()


@lru_cache(maxsize=4096)
def spans(texts: tuple[str, ...]) -> tuple[Span, ...]:
    """Hours as minutes, in order. Raises `HoursUnreadable`."""
    found = sorted(span_of(text) for text in texts)
    for earlier, later in pairwise(found):
        if later.start < earlier.end:
            raise HoursUnreadable(HoursMistake.SPANS_OVERLAP.at(text=words_of(later), other=words_of(earlier)))
    return tuple(found)


def span_of(text: str) -> Span:
    """``09:00-17:30`` → (540, 1050). Raises `HoursUnreadable`."""
    hit = _SPAN.fullmatch(text.strip())
    if hit is None:
        raise HoursUnreadable(HoursMistake.NOT_A_SPAN.at(text=text))
    start, end = int(hit[1]) * 60 + int(hit[2]), int(hit[3]) * 60 + int(hit[4])
    if end > _DAY_MIN:
        raise HoursUnreadable(HoursMistake.BEYOND_MIDNIGHT.at(text=text))
    if start >= end:
        raise HoursUnreadable(HoursMistake.ENDS_BEFORE_IT_BEGINS.at(text=text))
    return Span(start, end)


def words_of(span: Span) -> str:
    return f"{span.start // 60:02}:{span.start % 60:02}-{span.end // 60:02}:{span.end % 60:02}"


def days_of(name: str) -> tuple[int, ...]:
    """``mon`` → (0,); ``sat-mon`` → (5, 6, 0). Raises `HoursUnreadable`."""
    first, _, last = name.partition("-")
    for part in (first, last or first):
        if part not in DAYS:
            raise HoursUnreadable(HoursMistake.NOT_A_DAY.at(name=part, near=nearest(part, DAYS)))
    start, end = DAYS.index(first), DAYS.index(last or first)
    return tuple(day % 7 for day in range(start, (end if end >= start else end + 7) + 1))


def schedule_complaints(hours: OpeningHours) -> Iterator[Complaint]:
    """Everything that is wrong in it."""
    if hours.time_zone not in _time_zones():
        near = nearest(hours.time_zone, sorted(_time_zones()))
        yield HoursMistake.UNKNOWN_TIME_ZONE.at(("time_zone",), name=hours.time_zone, near=near)
    taken: dict[int, str] = {}
    for name, texts in hours.week.items():
        yield from span_complaints(("week", name), texts)
        try:
            for day in days_of(name):
                if day in taken:
                    raise HoursUnreadable(HoursMistake.DAY_GIVEN_BEFORE.at(day=DAYS[day], name=taken[day]))
                taken[day] = name
        except HoursUnreadable as error:
            yield error.complaint.below("week", name)
    for name, texts in hours.special.items():
        try:
            date.fromisoformat(name)
        except ValueError:
            yield HoursMistake.NOT_A_DATE.at(("special", name), name=name)
        yield from span_complaints(("special", name), texts)
    if hours.holidays is not None:
        yield from _holiday_complaints(hours.holidays)


def span_complaints(where: tuple[str | int, ...], texts: tuple[str, ...]) -> Iterator[Complaint]:
    """What is wrong with one day's hours: each unreadable span, and each that overlaps one written before it."""
    good: list[tuple[Span, str]] = []
    for index, text in enumerate(texts):
        try:
            span = span_of(text)
        except HoursUnreadable as error:
            yield error.complaint.below(*where, index)
            continue
        other = next((shown for known, shown in good if known.start < span.end and span.start < known.end), None)
        if other is not None:
            yield HoursMistake.SPANS_OVERLAP.at((*where, index), text=text, other=other)
        good.append((span, text))


def shift_complaints(shifts: tuple[Shift, ...]) -> Iterator[Complaint]:
    """What is wrong with an agent's shifts: unknown days, unreadable hours, and shifts that overlap on a day."""
    taken: dict[int, list[tuple[Span, str]]] = {}
    for number, shift in enumerate(shifts):
        yield from span_complaints(("shifts", number, "hours"), shift.hours)
        for index, name in enumerate(shift.days):
            try:
                days = days_of(name)
            except HoursUnreadable as error:
                yield error.complaint.below("shifts", number, "days", index)
                continue
            yield from _shift_overlaps(("shifts", number, "days", index), shift, days, taken)


def _shift_overlaps(
    where: tuple[str | int, ...], shift: Shift, days: tuple[int, ...], taken: dict[int, list[tuple[Span, str]]]
) -> Iterator[Complaint]:
    try:
        mine = spans(shift.hours)
    except HoursUnreadable:
        return  # told with its own place
    for day in days:
        of_day = taken.setdefault(day, [])
        for span in mine:
            other = next((shown for known, shown in of_day if known.start < span.end and span.start < known.end), None)
            if other is not None:
                yield HoursMistake.SHIFTS_OVERLAP.at(where, text=words_of(span), day=DAYS[day], other=other)
        of_day += [(span, words_of(span)) for span in mine]


def _holiday_complaints(of: PublicHolidays) -> Iterator[Complaint]:
    if of.country not in _countries():
        near = nearest(of.country, _countries())
        yield HoursMistake.UNKNOWN_COUNTRY.at(("holidays", "country"), name=of.country, near=near)
    elif of.subdivision is not None and of.subdivision not in (parts := _parts_of(of.country)):
        near = nearest(of.subdivision, parts)
        yield HoursMistake.UNKNOWN_REGION.at(("holidays", "subdivision"), name=of.subdivision, country=of.country, near=near)


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """Read once: the library walks the disk each time."""
    return frozenset(available_timezones())


# The library is imported where it is asked: every process reads this module, few ask, and a country is a module of its own,
# which is why they are not all looked at (`list_supported_countries` reads 250 modules, 0.7 s of a start).


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    """ISO 3166-1 codes of two and three letters."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    return frozenset(code for names in COUNTRIES.values() for code in names if len(code) <= 3 and code.isupper())


@lru_cache(maxsize=64)
def _parts_of(country: str) -> tuple[str, ...]:
    """Codes of its subdivisions that have holidays of their own. Raises `NotImplementedError` for a country nobody knows."""
    import holidays  # noqa: PLC0415

    return tuple(holidays.country_holidays(country).subdivisions)


@lru_cache(maxsize=64)
def _holidays_of(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    import holidays  # noqa: PLC0415

    return dict(holidays.country_holidays(country, subdiv=subdivision, years=year))


def _week(hours: OpeningHours) -> tuple[tuple[str, ...], ...]:
    week: list[tuple[str, ...]] = [()] * 7
    for name, texts in hours.week.items():
        for day in days_of(name):
            week[day] = texts
    return tuple(week)

"""Which time a report covers: days of the installation's calendar, or moments; and how much one report gives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from acd.numbers.intervals import Beside, Interval, earlier, edges
from server.api.bodies import Body
from server.api.errors import ApiError
from server.api.services import Services

LATEST = 4_102_444_800.0
"""The year 2100: later times are mistakes."""

Moment = Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)]
Day = Annotated[date, Field(ge=date(1970, 1, 2), le=date(2099, 12, 30))]


class Asked(Body):
    """What a report is asked for, in the query. Without any time: today."""

    start: Moment | None = Field(None, description="Seconds since the epoch; with `end`")
    end: Moment | None = None
    first_day: Day | None = Field(None, description="2026-11-30, in the installation's time zone; in place of `start` and `end`")
    last_day: Day | None = Field(None, description="With it; none: one day")
    interval: Interval = Field(Interval.HALF_HOUR, description="Length of a row")
    form: Literal["json", "csv"] = Field("json", alias="format", description="CSV has one line for each of `rows`")
    each: bool = Field(True, description="false: `rows` is empty, for long times; what is counted together is still given")
    beside: Beside | None = Field(
        None, description="Also an earlier time: as long just before, or the same days of the week; of one that goes on, as far"
    )


def zone_of(deps: Services) -> ZoneInfo:
    return ZoneInfo(deps.config.general.time_zone)


def between(deps: Services, asked: Asked) -> list[float]:
    """Raises a 422 in words for times that make no report."""
    zone = zone_of(deps)
    start, end = _span(asked, zone, deps.clock.now())
    if end <= start:
        raise ApiError(422, "invalid", "The report's end must be after its start.")
    if start > deps.clock.now():
        raise ApiError(422, "invalid", "The report's start lies in the future.")
    check_length(deps, start, end)
    return edges(start, end, asked.interval, zone)


def check_length(deps: Services, start: float, end: float) -> None:
    """Raises a 422 in words."""
    longest = deps.config.limits.report_days
    if end - start > longest * 86_400 + 3600:  # clocks may change in it
        raise ApiError(422, "too_many_days", f"One report covers at most {longest} days.", details={"days": longest})


class Span(NamedTuple):
    """What is counted: in these intervals, as far as they have come."""

    between: Sequence[float]
    until: float
    beside: Beside | None = None
    """Of the earlier time."""

    @property
    def intervals(self) -> int:
        return len(self.between) - 1


def spans(deps: Services, asked: Asked) -> tuple[Span, Span | None]:
    """The time asked for, and the earlier one beside it. Raises a 422 in words."""
    times, now = between(deps, asked), deps.clock.now()
    if asked.beside is None or asked.form == "csv":
        return Span(times, now), None
    return Span(times, now), Span(*earlier(times, asked.beside, zone_of(deps), now), asked.beside)


def _span(asked: Asked, zone: ZoneInfo, now: float) -> tuple[float, float]:
    moments, days = (asked.start, asked.end), (asked.first_day, asked.last_day)
    if moments == (None, None):
        if asked.first_day is None and asked.last_day is not None:
            raise ApiError(422, "invalid", "A last day needs a first day.")
        first = asked.first_day or datetime.fromtimestamp(now, zone).date()
        return _midnight(first, zone), _midnight((asked.last_day or first) + timedelta(days=1), zone)
    if asked.start is None or asked.end is None or days != (None, None):
        raise ApiError(422, "invalid", "A report is asked for by its start and end, or by its days.")
    return asked.start, asked.end


def _midnight(day: date, zone: ZoneInfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def local(at: float, zone: ZoneInfo) -> str:
    """2026-11-30 10:30, as table programs take it for a time."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"

"""What every report has in common: whom it may count, what is counted for it, how large it may be, and the file it leaves as."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from acd.numbers.intervals import Beside, Interval
from acd.numbers.reports import Times
from core.counting import Cell, Scope, TooMuchToCount
from core.ids import QueueId
from core.model import Value
from server.api.csv_files import to_csv
from server.api.errors import ApiError
from server.api.reading import Reader
from server.api.report_times import Asked, Span, local
from server.api.services import Services
from server.schemas import Me
from server.sight import Sight

MOST_ROWS = 10_000
MOST_LINES = 50_000
"""Of a file."""
T = TypeVar("T", bound=Value)
R = TypeVar("R")


class Earlier(Value, frozen=True, kw_only=True):
    """Which earlier time stands beside the report's."""

    beside: Beside
    start: float
    end: float
    until: float
    """Of a report that goes on: then it was as late as it is now. What came after is not compared."""


class ReportHead(Value, frozen=True, kw_only=True):
    """Whole intervals around the times asked for."""

    start: float
    end: float
    interval: Interval
    time_zone: str
    earlier: Earlier | None
    """Null: none was asked for; `earlier_totals` and `earlier_intervals` are empty, and `earlier_total` is null."""
    names: dict[str, str]
    """Of those in it, and of those that there are."""


class Counts(Value, frozen=True, kw_only=True):
    """Of one time."""

    span: Span
    cells: tuple[Cell, ...]
    times: Times


class Rows(Protocol):
    """Counts into rows; together at least one when it is of the whole time."""

    def __call__(self, counts: Counts, *, together: bool = False, whole: bool = False) -> list[Any]: ...


def head(deps: Services, asked: Asked, span: Span, other: Span | None) -> dict[str, Any]:
    earlier = None
    if other is not None and other.beside is not None:
        earlier = Earlier(beside=other.beside, start=other.between[0], end=other.between[-1], until=other.until)
    zone = deps.config.general.time_zone
    return {"start": span.between[0], "end": span.between[-1], "interval": asked.interval, "time_zone": zone, "earlier": earlier}


def tables(rows: Rows, now: Counts, then: Counts | None) -> dict[str, Any]:
    """Every table of a report but `rows`, of both times."""
    return {
        "totals": tuple(rows(now, whole=True)),
        "intervals": tuple(rows(now, together=True)),
        "total": rows(now, together=True, whole=True)[0],
        "earlier_totals": () if then is None else tuple(rows(then, whole=True)),
        "earlier_intervals": () if then is None else tuple(rows(then, together=True)),
        "earlier_total": None if then is None else rows(then, together=True, whole=True)[0],
    }


def seen_queues(seen: Sight, wanted: Iterable[str]) -> frozenset[QueueId] | None:
    """Those that are asked for, as far as the person sees; None: every queue."""
    chosen = frozenset(map(QueueId, wanted))
    if not chosen:
        return seen.queues
    return chosen if seen.queues is None else chosen & seen.queues


async def counted(deps: Services, span: Span, scope: Scope) -> Counts:
    cells = await in_time(deps.counting.cells(span.between, scope, span.until))
    times = await in_time(deps.counting.time_cells(span.between, span.until))
    return Counts(span=span, cells=tuple(cells), times=await deps.apart.run(lambda: Times(times)))


async def in_time(counting: Awaitable[R]) -> R:
    """Raises a 503 in words when it takes too long."""
    try:
        return await counting
    except TooMuchToCount as error:
        sentence = "Counting this took too long. Ask for less time, or for fewer queues."
        raise ApiError(503, "report_too_slow", sentence) from error


def check_rows(asked: Asked, names: int, span: Span) -> None:
    """Raises a 422 in words."""
    rows = (names if asked.each else 1) * span.intervals
    most = MOST_LINES if asked.form == "csv" else MOST_ROWS
    if rows > most:
        sentence = f"This report would have {rows} rows, at most {most} are given: ask for less time or longer intervals."
        raise ApiError(422, "too_many_rows", sentence)


async def note(deps: Services, request: Request, me: Me, report: str, asked: Asked) -> None:
    """What leaves as a file is written down; what is looked at holds no customer."""
    if asked.form == "csv":
        reader = await Reader.of(deps, request, me)
        await reader.note("export_report", report, start=asked.start, end=asked.end)


class File(NamedTuple):
    """A report to be saved."""

    name: str
    key: str
    """The field with the id of what a row is about."""
    names: Mapping[str, str]
    """By id."""


def file_of(file: File, rows: Sequence[T], now: float, zone: ZoneInfo) -> Response:
    """First what people read: the name, and the interval's local time; then the figures as in JSON; ids and moments last.

    Of intervals that have begun: a table program would count what lies ahead as hours without a call.
    """
    ids = (file.key, "start", "end")
    figures = [field for field in rows[0].__struct_fields__ if field not in ids] if rows else []
    lines = []
    for row in rows:
        about, start, end = (getattr(row, field) for field in ids)
        if start <= now:
            people = (file.names.get(about, about), local(start, zone), local(end, zone))
            lines.append((*people, *(getattr(row, field) for field in figures), about, start, end))
    return csv_response(file.name, ("name", "local_start", "local_end", *figures, *ids), lines)


def csv_response(name: str, columns: Sequence[str], lines: Collection[Sequence[object]]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(to_csv(columns, lines), headers=headers, media_type="text/csv")

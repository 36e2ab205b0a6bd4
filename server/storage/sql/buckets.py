"""In which interval a time lies, as an expression of SQL.

Intervals of the same length in a row are one division; days, of which two a year are shorter or longer, are a few of them. A time
and the beginning of its interval differ by a number that a double holds exactly, so this finds what `bisect` finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, case, cast, func, literal


class Run(NamedTuple):
    """Intervals of the same length."""

    first: int
    start: float
    length: float
    end: float


def runs(between: Sequence[float]) -> list[Run]:
    """Intervals without length are in none: nothing lies there."""
    found: list[Run] = []
    for index, (start, end) in enumerate(pairwise(between)):
        if end <= start:
            continue
        if found and found[-1].length == end - start and found[-1].end == start and _adjoins(found[-1], index):
            found[-1] = found[-1]._replace(end=end)
        else:
            found.append(Run(index, start, end - start, end))
    return found


def _adjoins(run: Run, index: int) -> bool:
    return run.first + round((run.end - run.start) / run.length) == index


def bucket(dialect: str, at: ColumnElement[Any], between: Sequence[float]) -> ColumnElement[int]:
    """Of a time that is not before the first one. What is not before the last end is in the interval behind all."""
    found = runs(between)
    places = [(at < literal(run.end), _index(dialect, at, run)) for run in found]
    return case(*places, else_=literal(len(between) - 1)) if places else literal(0)


def _index(dialect: str, at: ColumnElement[Any], run: Run) -> ColumnElement[int]:
    """SQLite's CAST cuts off; PostgreSQL's rounds."""
    share = (at - literal(run.start)) / literal(run.length)
    return literal(run.first) + cast(func.floor(share) if dialect == "postgresql" else share, Integer)

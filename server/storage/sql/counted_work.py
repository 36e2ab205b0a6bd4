"""The finished work behind a number of a report, counted and listed in the database.

Invariant: the conditions are those by which the number was counted (`outcomes.py`), so there are as many as it says.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Subquery, and_, func, literal, or_, select, union_all

from acd.numbers.behind import Behind, Counted, behind, in_order
from core.counting import Scope
from server.storage.sql.acd_records import WORK_COLUMNS, work_of
from server.storage.sql.database import Database
from server.storage.sql.going_on import GoingOn, not_stored, nothing
from server.storage.sql.outcomes import MOMENTS, WORK, within


class SqlCountedWork:
    """Each question is one snapshot; `going_on` gives the work that is not over yet."""

    def __init__(self, database: Database, timeout_s: float, going_on: GoingOn = nothing) -> None:
        self._database, self._timeout_s, self._going_on = database, timeout_s, going_on

    async def behind(
        self, counted: Collection[Counted], start: float, end: float, scope: Scope, limit: int
    ) -> tuple[list[Behind], int]:
        """The first of them in the order in which they counted, and how many there are. Raises `TooMuchToCount`."""
        times = _times(counted, start, end, scope)
        first = select(times.c.at, *WORK_COLUMNS).join(times, and_(WORK.work_id == times.c.work_id, WORK.stay == times.c.stay))
        first = first.order_by(times.c.at, WORK.work_id, WORK.stay).limit(limit)

        open_records = list(self._going_on())

        def work(connection: Connection) -> tuple[list[Behind], int]:
            stored = [Behind(at=row[0], record=work_of(row[1:])) for row in connection.execute(first)]
            number = connection.scalar(select(func.count()).select_from(times)) or 0
            others = behind(not_stored(connection, open_records), counted, start, end, scope)
            return in_order([*stored, *others])[:limit], number + len(others)

        return await self._database.count(work, self._timeout_s)


def _times(counted: Collection[Counted], start: float, end: float, scope: Scope) -> Subquery:
    """One row for each time that a stay counted: by one condition of a moment or by another, it is once."""
    chosen = []
    for moment in MOMENTS:
        met = [moment.counts[str(each)] for each in sorted(counted) if str(each) in moment.counts]
        if met:
            found = select(moment.at.label("at"), WORK.work_id, WORK.stay)
            chosen.append(found.where(moment.at >= literal(start), moment.at < literal(end), within(scope), or_(*met)))
    return union_all(*chosen).subquery("times")

"""Work that goes on stands in the ACD, work that is over in the database; what ends meanwhile is in both, and counts once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection, select

from core.model import WorkRecord
from server.storage.sql.outcomes import WORK
from server.storage.sql.statements import parts

GoingOn = Callable[[], Iterable[WorkRecord]]


def nothing() -> Iterable[WorkRecord]:
    return ()


def not_stored(connection: Connection, open_records: Sequence[WorkRecord]) -> list[WorkRecord]:
    """Those that this snapshot does not have; they were asked for before it was taken."""
    ids = sorted({record.work_id for record in open_records})
    queries = (select(WORK.work_id, WORK.stay).where(WORK.work_id.in_(some)) for some in parts(list(ids)))
    stored = {tuple(stay) for query in queries for stay in connection.execute(query)}
    return [record for record in open_records if (record.work_id, record.stay) not in stored]

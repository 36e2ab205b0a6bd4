"""The ACD's inputs in SQL: written in batches, read again for a replay (`acd.leadership.recorder.RecordedInputs`).

Invariant: within an era the numbers of inputs are those of the ACD's journal, each once. An input that comes with a number that
is taken, but at another time, was written by a journal that began anew: it begins the next era.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import Connection, delete, func, select

from acd.leadership.journal import Entry, EntryKind
from acd.leadership.recorder import Beginning
from core.ports import Unavailable
from server.storage.sql.database import Database
from server.storage.sql.schema import AcdInputRow, AcdSnapshotRow
from server.storage.sql.statements import insert_new

PAGE = 1000
_INPUT = AcdInputRow.__table__.c
_SNAPSHOT = AcdSnapshotRow.__table__.c


class SqlAcdInputs:
    def __init__(self, database: Database) -> None:
        self._database = database

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def append(self, entries: Sequence[Entry]) -> int:
        """Writes those that are not there yet; returns how many. `entries` are in the journal's order."""
        return await self._database.write(lambda connection: _append(connection, entries))

    async def save_snapshot(self, seq: int, at: float, engine: bytes) -> None:
        """Of the present era: the inputs up to `seq` must have been appended before."""

        def work(connection: Connection) -> None:
            insert_new(connection, AcdSnapshotRow, [{"era": _era(connection), "seq": seq, "at": at, "engine": engine}])

        await self._database.write(work)

    async def forget(self, before: float) -> int:
        """Deletes what is older; returns how many inputs."""

        def work(connection: Connection) -> int:
            connection.execute(delete(AcdSnapshotRow).where(_SNAPSHOT.at < before))
            return connection.execute(delete(AcdInputRow).where(_INPUT.at < before)).rowcount

        return await self._database.write(work)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    async def beginning(self, at: float) -> Beginning | None:
        return await self._database.read(lambda connection: _beginning(connection, at))

    async def entries(self, beginning: Beginning, until: float) -> AsyncIterator[Entry]:
        seq = beginning.seq
        while page := await self._page(beginning.era, seq):
            for entry in page:
                if entry.at > until:
                    return
                if entry.seq != seq + 1:  # going on without what is missing would be another history
                    raise Unavailable(f"the ACD's history has a gap before input {entry.seq} at {entry.at:.0f}: begin later")
                seq = entry.seq
                yield entry

    async def _page(self, era: int, after: int) -> list[Entry]:
        query = (
            select(_INPUT.seq, _INPUT.at, _INPUT.kind, _INPUT.payload)
            .where(_INPUT.era == era, _INPUT.seq > after)
            .order_by(_INPUT.seq)
            .limit(PAGE)
        )
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return [Entry(row.seq, row.at, EntryKind(row.kind), row.payload) for row in found]


def _append(connection: Connection, entries: Sequence[Entry]) -> int:
    era = _era(connection)
    written = 0
    for entry in entries:
        row = {"era": era, "seq": entry.seq, "at": entry.at, "kind": str(entry.kind), "payload": entry.payload}
        new = insert_new(connection, AcdInputRow, [row])
        if not new and _time_of(connection, era, entry.seq) != entry.at:
            era += 1
            new = insert_new(connection, AcdInputRow, [row | {"era": era}])
        written += new
    return written


def _era(connection: Connection) -> int:
    return connection.scalar(select(func.max(_INPUT.era))) or 0


def _time_of(connection: Connection, era: int, seq: int) -> float | None:
    found: float | None = connection.scalar(select(_INPUT.at).where(_INPUT.era == era, _INPUT.seq == seq))
    return found


def _beginning(connection: Connection, at: float) -> Beginning | None:
    """The last snapshot of the last era that began before `at`, else that era's first input, else the first era's."""
    first: Beginning | None = None
    for era in range(_era(connection), -1, -1):
        found = _first_input(connection, era)
        if found is None:
            continue
        first = found
        if found.at <= at:
            return _snapshot_before(connection, era, at) or found
    return first


def _snapshot_before(connection: Connection, era: int, at: float) -> Beginning | None:
    query = select(*_SNAPSHOT).where(_SNAPSHOT.era == era, _SNAPSHOT.at <= at).order_by(_SNAPSHOT.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Beginning(era=row.era, seq=row.seq, at=row.at, engine=row.engine)


def _first_input(connection: Connection, era: int) -> Beginning | None:
    query = select(_INPUT.seq, _INPUT.at).where(_INPUT.era == era).order_by(_INPUT.seq).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Beginning(era=era, seq=row.seq - 1, at=row.at, engine=None)

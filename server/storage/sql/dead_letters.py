"""Dead letters where people see them: a bounded table.

Invariant: at most `KEPT` rows; what somebody has settled makes room first, then the oldest. A letter that comes again while it
waits is the same row; one that was settled and comes again waits anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, select, update

from core.dead_letters import DeadLetter, Stage
from core.ids import UserId
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import DeadLetterRow
from server.storage.sql.statements import upsert

KEPT = 2_000
State = Literal["waiting", "handed_in", "discarded"]
_ROW = DeadLetterRow.__table__.c


class KeptLetter(Value, frozen=True, kw_only=True):
    letter: DeadLetter
    state: State
    tries: int = 0
    """Times it was handed in again."""
    settled_at: float | None = None
    settled_by: UserId | None = None


class SqlDeadLetters:
    def __init__(self, database: Database, kept: int = KEPT) -> None:
        self._database = database
        self._kept = kept

    async def add(self, letters: Sequence[DeadLetter]) -> None:
        """Each waits for somebody to decide. Raises `Unavailable`."""

        def work(connection: Connection) -> None:
            for letter in letters:
                upsert(connection, DeadLetterRow, _row(letter), keep=frozenset({"tries"}))
            _make_room(connection, self._kept)

        await self._database.write(work)

    async def page(
        self, limit: int, before: tuple[float, str] | None = None, waiting_only: bool = False
    ) -> tuple[KeptLetter, ...]:
        """Newest first, below `before` (time and id of the last one seen). Without the content."""
        query = select(*(column for column in _ROW if column.name != "payload")).order_by(_ROW.at.desc(), _ROW.letter_id.desc())
        if waiting_only:
            query = query.where(_ROW.state == "waiting")
        if before is not None:
            at, letter_id = before
            query = query.where((_ROW.at < at) | ((_ROW.at == at) & (_ROW.letter_id < letter_id)))
        rows = await self._database.read(lambda connection: connection.execute(query.limit(limit)).all())
        return tuple(_kept(row, b"") for row in rows)

    async def get(self, letter_id: str) -> KeptLetter | None:
        query = select(*_ROW).where(_ROW.letter_id == letter_id)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _kept(row, row.payload)

    async def waiting(self) -> int:
        query = select(func.count()).select_from(DeadLetterRow).where(_ROW.state == "waiting")
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def oldest_at(self) -> float | None:
        """Since when the oldest waits."""
        query = select(func.min(_ROW.at)).where(_ROW.state == "waiting")
        return await self._database.read(lambda connection: connection.scalar(query))

    async def settle(self, letter_id: str, state: State, at: float, user_id: UserId) -> None:
        """Somebody has decided; `waiting` when handing in failed once more."""
        change = update(DeadLetterRow).where(_ROW.letter_id == letter_id)
        tries = _ROW.tries + (0 if state == "discarded" else 1)
        values = {"state": state, "tries": tries, "settled_at": at, "settled_by": user_id}
        await self._database.write(lambda connection: connection.execute(change.values(values)))


def _make_room(connection: Connection, kept: int) -> None:
    count = connection.scalar(select(func.count()).select_from(DeadLetterRow)) or 0
    if count > kept:
        settled_first = (_ROW.state == "waiting", _ROW.at, _ROW.letter_id)
        oldest = select(_ROW.letter_id).order_by(*settled_first).limit(count - kept)
        connection.execute(delete(DeadLetterRow).where(_ROW.letter_id.in_(oldest)))


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "letter_id": letter.letter_id,
        "at": letter.at,
        "stage": str(letter.stage),
        "part": letter.part,
        "kind": letter.kind,
        "ids": letter.ids,
        "reason": letter.reason,
        "holds": letter.holds,
        "recipient": letter.to,
        "payload": letter.payload,
        "state": "waiting",
        "tries": 0,
        "settled_at": None,
        "settled_by": None,
    }


def _kept(row: Any, payload: bytes) -> KeptLetter:
    letter = DeadLetter(
        letter_id=row.letter_id,
        at=row.at,
        stage=Stage(row.stage),
        part=row.part,
        kind=row.kind,
        ids=row.ids,
        reason=row.reason,
        holds=row.holds,
        to=row.recipient,
        payload=payload,
    )
    by = None if row.settled_by is None else UserId(row.settled_by)
    return KeptLetter(letter=letter, state=row.state, tries=row.tries, settled_at=row.settled_at, settled_by=by)

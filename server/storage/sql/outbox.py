"""The queue of what goes out, as a table.

Invariants: a message is kept once by its id; a claim ends by itself, so that what a killed process had in hand is tried again (at
least once); at most `rules.waiting` wait in all and `rules.waiting_per_target` for one target; what was sent is remembered for
`rules.keep_days`, what is dead until it is handed in again or as long.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from core.outgoing import OutboxFull, Outgoing, OutgoingKind
from server.config.sections import Outbox
from server.outbox.vault import Vault
from server.storage.sql.database import Database
from server.storage.sql.schema import OutboxRow
from server.storage.sql.statements import insert_new, one_at_a_time

LOOKED_AT = 200
_ROW = OutboxRow.__table__.c


class Claimed(msgspec.Struct, frozen=True):
    """One message that is to be sent now."""

    message_id: str
    kind: OutgoingKind
    lane: str
    sealed: bytes
    tries: int
    """Before this one."""
    expires_at: float | None


class SqlOutbox:
    def __init__(self, database: Database, vault: Vault, rules: Outbox) -> None:
        self._database = database
        self._vault = vault
        self._rules = rules

    async def add(self, message: Outgoing, now: float) -> None:
        """Raises `OutboxFull` and `Unavailable`."""
        await self._database.write(lambda connection: self.insert(connection, [message], now))

    def insert(self, connection: Connection, messages: Sequence[Outgoing], now: float, *, drop: bool = False) -> int:
        """Within somebody's transaction; how many are new. Raises `OutboxFull`; with `drop` what does not fit is left out."""
        kept = 0
        for message in messages:
            if connection.scalar(select(_ROW.message_id).where(_ROW.message_id == message.message_id)) is not None:
                continue
            if self._is_full(connection, lane_of(message)):
                if drop:
                    continue
                raise OutboxFull
            kept += insert_new(connection, OutboxRow, [self._row(message, now)])
        return kept

    async def claim(self, now: float, for_s: float, busy: Collection[str], most: int) -> list[Claimed]:
        """What is due, one of each target that no process is busy with, the longest due first. Raises `Unavailable`."""
        held = select(_ROW.lane).where(_ROW.state == "waiting", _ROW.claimed_until > now)

        def work(connection: Connection) -> list[Claimed]:
            one_at_a_time(connection, OutboxRow.__tablename__)
            due = select(*_ROW).where(_ROW.state == "waiting", _ROW.next_at <= now, _ROW.lane.not_in(held))
            if busy:
                due = due.where(_ROW.lane.not_in(busy))
            first: dict[str, Claimed] = {}
            for row in connection.execute(due.order_by(_ROW.next_at, _ROW.message_id).limit(LOOKED_AT)):
                if row.lane in first or len(first) >= most:
                    continue
                claim = update(OutboxRow).where(_ROW.message_id == row.message_id).values(claimed_until=now + for_s)
                connection.execute(claim)
                kind = OutgoingKind(row.kind)
                first[row.lane] = Claimed(row.message_id, kind, row.lane, row.sealed, row.tries, row.expires_at)
            return list(first.values())

        return await self._database.write(work)

    def opened(self, claimed: Claimed) -> Outgoing:
        """Raises `Sealed` when the key is another one."""
        return msgspec.json.decode(self._vault.open(claimed.sealed, claimed.message_id), type=Outgoing)

    async def settle(self, message_id: str, state: str, next_at: float, reason: str) -> None:
        """After a try. Raises `Unavailable`."""
        values = {"state": state, "next_at": next_at, "reason": reason, "claimed_until": 0.0, "tries": _ROW.tries + 1}
        change = update(OutboxRow).where(_ROW.message_id == message_id).values(**values)
        await self._database.write(lambda connection: connection.execute(change))

    async def hand_in(self, message_id: str, now: float) -> bool:
        """A dead one is tried anew. False: there is none. Raises `Unavailable`."""
        values = {"state": "waiting", "next_at": now, "tries": 0, "claimed_until": 0.0, "expires_at": None}
        change = update(OutboxRow).where(_ROW.message_id == message_id, _ROW.state == "dead").values(**values)
        return bool(await self._database.write(lambda connection: connection.execute(change).rowcount))

    async def waiting(self) -> int:
        query = select(func.count()).select_from(OutboxRow).where(_ROW.state == "waiting")
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def forget(self, now: float) -> None:
        """Raises `Unavailable`."""
        old = delete(OutboxRow).where(_ROW.state != "waiting", _ROW.next_at < now - self._rules.keep_days * 86_400)
        await self._database.write(lambda connection: connection.execute(old))

    def _is_full(self, connection: Connection, lane: str) -> bool:
        waiting = select(func.count()).select_from(OutboxRow).where(_ROW.state == "waiting")
        in_all = connection.scalar(waiting) or 0
        here = connection.scalar(waiting.where(_ROW.lane == lane)) or 0
        return in_all >= self._rules.waiting or here >= self._rules.waiting_per_target

    def _row(self, message: Outgoing, now: float) -> dict[str, object]:
        return {
            "message_id": message.message_id,
            "kind": str(message.kind),
            "lane": lane_of(message),
            "sealed": self._vault.seal(msgspec.json.encode(message).decode(), message.message_id),
            "created_at": now,
            "expires_at": message.expires_at,
            "state": "waiting",
            "next_at": now,
            "claimed_until": 0.0,
            "tries": 0,
            "reason": "",
        }


def lane_of(message: Outgoing) -> str:
    """Names the target without telling it."""
    return hashlib.sha256(f"{message.kind}:{message.target.lower()}".encode()).hexdigest()[:32]

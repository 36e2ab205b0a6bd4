"""Authenticators and recovery codes.

Invariants: a code's time step is used at most once, by whichever of several requests is first; so is a recovery code. The secret
is sealed (`server/outbox/vault.py`), of recovery codes only hashes are kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from core.ids import UserId
from server.storage.sql.database import Database
from server.storage.sql.schema import RecoveryCodeRow, SecondStepRow
from server.storage.sql.statements import insert_new, one_at_a_time, upsert

_ROW = SecondStepRow.__table__.c
_CODE = RecoveryCodeRow.__table__.c


class SecondStep(msgspec.Struct, frozen=True):
    """Somebody's authenticator."""

    sealed: bytes
    confirmed_at: float | None
    """None: its first code was not typed yet; nothing asks for it."""
    last_step: int


class SqlSecondSteps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, user_id: UserId) -> SecondStep | None:
        query = select(_ROW.sealed, _ROW.confirmed_at, _ROW.last_step).where(_ROW.user_id == user_id)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else SecondStep(*row)

    async def everybody(self) -> frozenset[UserId]:
        """Who is asked for a code."""
        query = select(_ROW.user_id).where(_ROW.confirmed_at.is_not(None))
        found = await self._database.read(lambda connection: connection.scalars(query).all())
        return frozenset(map(UserId, found))

    async def begin(self, user_id: UserId, sealed: bytes, now: float) -> bool:
        """In place of one that was not confirmed. False: one is in force."""
        row = {"user_id": user_id, "sealed": sealed, "created_at": now, "confirmed_at": None, "last_step": -1}

        def work(connection: Connection) -> bool:
            one_at_a_time(connection, f"second step {user_id}")
            if connection.scalar(select(_ROW.confirmed_at).where(_ROW.user_id == user_id)) is not None:
                return False
            upsert(connection, SecondStepRow, row)
            return True

        return await self._database.write(work)

    async def confirm(self, user_id: UserId, sealed: bytes, step: int, hashes: Iterable[str], now: float) -> bool:
        """False: another one was begun meanwhile, or is in force."""
        which = (_ROW.user_id == user_id, _ROW.sealed == sealed, _ROW.confirmed_at.is_(None))
        change = update(SecondStepRow).where(*which).values(confirmed_at=now, last_step=step)

        def work(connection: Connection) -> bool:
            if not connection.execute(change).rowcount:
                return False
            _replace_codes(connection, user_id, hashes)
            return True

        return await self._database.write(work)

    async def use_step(self, user_id: UserId, step: int) -> bool:
        """False: it, or a later one, was used."""
        change = update(SecondStepRow).where(_ROW.user_id == user_id, _ROW.last_step < step).values(last_step=step)
        return bool(await self._database.write(lambda connection: connection.execute(change).rowcount))

    async def use_recovery_code(self, user_id: UserId, code_hash: str, now: float) -> bool:
        """False: it was used, or there is none like that."""
        which = (_CODE.user_id == user_id, _CODE.code_hash == code_hash, _CODE.used_at.is_(None))
        change = update(RecoveryCodeRow).where(*which).values(used_at=now)
        return bool(await self._database.write(lambda connection: connection.execute(change).rowcount))

    async def replace_recovery_codes(self, user_id: UserId, hashes: Iterable[str]) -> None:
        await self._database.write(lambda connection: _replace_codes(connection, user_id, hashes))

    async def recovery_codes_left(self, user_id: UserId) -> int:
        query = select(func.count()).select_from(RecoveryCodeRow).where(_CODE.user_id == user_id, _CODE.used_at.is_(None))
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def remove(self, user_id: UserId) -> bool:
        """False: there was none."""
        return await self._database.write(lambda connection: remove_second_step(connection, user_id))


def remove_second_step(connection: Connection, user_id: UserId) -> bool:
    connection.execute(delete(RecoveryCodeRow).where(_CODE.user_id == user_id))
    return bool(connection.execute(delete(SecondStepRow).where(_ROW.user_id == user_id)).rowcount)


def _replace_codes(connection: Connection, user_id: UserId, hashes: Iterable[str]) -> None:
    connection.execute(delete(RecoveryCodeRow).where(_CODE.user_id == user_id))
    insert_new(connection, RecoveryCodeRow, [{"user_id": user_id, "code_hash": each, "used_at": None} for each in hashes])

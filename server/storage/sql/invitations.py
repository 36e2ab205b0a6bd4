"""Links that let somebody choose a password, once.

Invariant: a person has at most one open link, and so has the installation for its first administrator; a link opens nothing after
it was used, revoked or ran out, nor once its person has another password or is disabled. Only the hash of its secret is stored.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from core.ids import UserId
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import InvitationRow
from server.storage.sql.statements import insert_new, one_at_a_time
from server.storage.sql.users import Change, Changed


class Invitation(Value, frozen=True, kw_only=True):
    invitation_id: str
    user_id: UserId | None
    """None: the first administrator, who is made by it."""
    created_at: float
    expires_at: float
    created_by: UserId | None = None


class InvitationOver(Exception):
    """Used, revoked, run out, or never there."""


class SqlInvitations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, invitation: Invitation, token_hash: str) -> None:
        """The only open one of its person from now on."""
        row = {"token_hash": token_hash, **{name: getattr(invitation, name) for name in Invitation.__struct_fields__}}

        def work(connection: Connection) -> None:
            one_at_a_time(connection, f"invitations {invitation.user_id}")
            _close(connection, invitation.user_id, "revoked", invitation.created_at)
            insert_new(connection, InvitationRow, [row])

        await self._database.write(work)

    async def find(self, token_hash: str, now: float) -> Invitation | None:
        """The open one with this secret."""
        query = select(*InvitationRow.__table__.c).where(InvitationRow.token_hash == token_hash, InvitationRow.closed == "")
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None or row.expires_at <= now else _invitation(row)

    async def latest(self) -> dict[UserId, Invitation]:
        """Of each person the one that is neither used nor revoked, also when it has run out."""
        query = select(*InvitationRow.__table__.c).where(InvitationRow.closed == "", InvitationRow.user_id.is_not(None))
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {UserId(row.user_id): _invitation(row) for row in rows}

    async def revoke(self, user_id: UserId | None, now: float) -> bool:
        """False: there was none."""

        def work(connection: Connection) -> bool:
            return _close(connection, user_id, "revoked", now)

        return await self._database.write(work)


def using(invitation: Invitation, now: float, change: Change) -> Change:
    """Uses the link up and makes the change, or neither. What it returns raises `InvitationOver`."""

    def work(connection: Connection) -> Changed | None:
        one_at_a_time(connection, "users")  # before the link's row: as `closing` has it
        one_at_a_time(connection, f"invitations {invitation.user_id}")
        its = (
            InvitationRow.invitation_id == invitation.invitation_id,
            InvitationRow.closed == "",
            InvitationRow.expires_at > now,
        )
        if not connection.execute(update(InvitationRow).where(*its).values(closed="used", closed_at=now)).rowcount:
            raise InvitationOver
        return change(connection)

    return work


def closing(change: Change, now: float) -> Change:
    """Makes the change; an open link of whoever it is about leads nowhere from then on."""

    def work(connection: Connection) -> Changed | None:
        changed = change(connection)
        if changed is not None:
            _close(connection, changed.after.user_id, "revoked", now)
        return changed

    return work


def _close(connection: Connection, user_id: UserId | None, how: str, now: float) -> bool:
    whose = InvitationRow.user_id.is_(None) if user_id is None else InvitationRow.user_id == user_id
    statement = update(InvitationRow).where(whose, InvitationRow.closed == "").values(closed=how, closed_at=now)
    return bool(connection.execute(statement).rowcount)


def _invitation(row: Any) -> Invitation:
    return Invitation(
        invitation_id=row.invitation_id,
        user_id=None if row.user_id is None else UserId(row.user_id),
        created_at=row.created_at,
        expires_at=row.expires_at,
        created_by=None if row.created_by is None else UserId(row.created_by),
    )

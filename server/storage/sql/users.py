"""People who sign in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select, update

from core.ids import AgentId, UserId
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import UserRow
from server.storage.sql.statements import insert_new


class User(Value, frozen=True, kw_only=True):
    user_id: UserId
    username: str
    """Lower-case."""
    name: str
    role: str
    """``agent``, ``supervisor`` or ``admin``."""
    password_hash: str
    agent_id: AgentId | None = None
    language: str = "en"
    demo: bool = False
    active: bool = True


class SqlUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_username(self, username: str) -> User | None:
        """Active users only; the case of the name does not matter."""
        return await self._one(UserRow.username == username.strip().lower())

    async def by_id(self, user_id: UserId) -> User | None:
        return await self._one(UserRow.user_id == user_id)

    async def all(self) -> tuple[User, ...]:
        query = select(*UserRow.__table__.c).order_by(UserRow.username)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(_user(row) for row in found)

    async def count(self) -> int:
        query = select(func.count()).select_from(UserRow)
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def add(self, user: User) -> bool:
        """False when the user or the name exists: nothing is changed then."""
        row = {
            "user_id": user.user_id,
            "username": user.username.strip().lower(),
            "name": user.name,
            "role": user.role,
            "password_hash": user.password_hash,
            "agent_id": user.agent_id,
            "language": user.language,
            "demo": user.demo,
            "active": user.active,
        }
        return await self._database.write(lambda connection: insert_new(connection, UserRow, [row])) == 1

    async def set_password_hash(self, user_id: UserId, password_hash: str) -> None:
        """The same password, hashed anew. For another one: `server.accounts`, which ends the sessions that the old one began."""
        await self.change(user_id, password_hash=password_hash)

    async def change(self, user_id: UserId, **columns: object) -> User | None:
        """The person, also one who is not active, as now written; None: there is nobody."""

        def work(connection: Connection) -> Any:
            connection.execute(update(UserRow).where(UserRow.user_id == user_id).values(**columns))
            return connection.execute(select(*UserRow.__table__.c).where(UserRow.user_id == user_id)).one_or_none()

        row = await self._database.write(work)
        return None if row is None else _user(row)

    async def _one(self, condition: Any) -> User | None:
        query = select(*UserRow.__table__.c).where(condition, UserRow.active)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _user(row)


def _user(row: Any) -> User:
    return User(
        user_id=UserId(row.user_id),
        username=row.username,
        name=row.name,
        role=row.role,
        password_hash=row.password_hash,
        agent_id=None if row.agent_id is None else AgentId(row.agent_id),
        language=row.language,
        demo=row.demo,
        active=row.active,
    )

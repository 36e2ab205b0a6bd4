"""People who sign in.

Invariant: no two people have the same user name or e-mail address, whatever their case, a user name is nobody's e-mail
address, and no two people are one agent; what one person has changed is never overwritten by somebody who has not seen it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from core.ids import AgentId, QueueId, UserId
from core.model import Value
from server.storage.sql.database import Database
from server.storage.sql.schema import UserRow
from server.storage.sql.second_steps import remove_second_step
from server.storage.sql.statements import insert_new, one_at_a_time

UserState = Literal["active", "invited", "disabled"]
UserProblem = Literal["changed_since", "username_taken", "email_taken", "agent_taken", "last_administrator"]


class User(Value, frozen=True, kw_only=True):
    user_id: UserId
    username: str
    """Lower-case."""
    name: str
    role: str
    """One of `server.rights.Role`."""
    password_hash: str
    """Empty: no password yet."""
    agent_id: AgentId | None = None
    language: str = "en"
    demo: bool = False
    active: bool = True
    version: int = 1
    email: str | None = None
    """Lower-case."""
    created_at: float | None = None
    last_sign_in_at: float | None = None
    must_change_password: bool = False
    disabled_at: float | None = None
    disabled_reason: str = ""
    subject: str | None = None
    """Of the identity provider: its name, a space, its id of the person."""
    only_queues: tuple[QueueId, ...] | None = None
    """Whose work the person sees and acts on; None: every queue's. An administrator's are not restricted by it."""

    @property
    def state(self) -> UserState:
        if not self.active:
            return "disabled"
        return "active" if self.password_hash or self.subject else "invited"


class UserRefused(Exception):
    """Nothing was changed."""

    def __init__(self, problem: UserProblem, version: int | None = None) -> None:
        """`version`: the one that the person is at, when somebody else was faster."""
        super().__init__(problem)
        self.problem = problem
        self.version = version


class Changed(NamedTuple):
    before: User
    after: User


Change = Callable[[Connection], Changed | None]
"""Part of a transaction. None: there is no such person."""


class SqlUsers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_username(self, username: str) -> User | None:
        """By user name or e-mail address; active and invited people only. The case does not matter."""
        name = username.strip().lower()
        return await self._one(or_(UserRow.username == name, UserRow.email == name), UserRow.active)

    async def by_id(self, user_id: UserId) -> User | None:
        """Active and invited people only."""
        return await self._one(UserRow.user_id == user_id, UserRow.active)

    async def get(self, user_id: UserId) -> User | None:
        """Whatever their state."""
        return await self._one(UserRow.user_id == user_id)

    async def all(self) -> tuple[User, ...]:
        return await self._those()

    async def with_role(self, role: str) -> tuple[User, ...]:
        """Whatever their state."""
        return await self._those(UserRow.role == role)

    async def _those(self, *wanted: ColumnElement[bool]) -> tuple[User, ...]:
        query = select(*UserRow.__table__.c).where(*wanted).order_by(UserRow.username)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(_user(row) for row in found)

    async def count(self) -> int:
        query = select(func.count()).select_from(UserRow)
        return await self._database.read(lambda connection: connection.scalar(query)) or 0

    async def add(self, user: User) -> bool:
        """False when the user or one of the names exists: nothing is changed then."""
        try:
            await self._database.write(user_added(user))
        except UserRefused:
            return False
        return True

    async def set_password_hash(self, user_id: UserId, password_hash: str) -> None:
        """The same password, hashed anew. For another one: `server.accounts`, which ends the sessions that the old one began."""
        await self._quietly(user_id, password_hash=password_hash)

    async def signed_in(self, user_id: UserId, at: float) -> None:
        await self._quietly(user_id, last_sign_in_at=at)

    async def write(self, change: Change) -> Changed | None:
        """Raises `UserRefused`."""
        return await self._database.write(change)

    async def change(self, user_id: UserId, **columns: object) -> User | None:
        """The person, whatever their state, as now written; None: there is nobody. Raises `UserRefused`."""
        changed = await self.write(user_change(user_id, columns))
        return None if changed is None else changed.after

    async def remove(self, user_id: UserId) -> None:
        def work(connection: Connection) -> None:
            remove_second_step(connection, user_id)
            connection.execute(delete(UserRow).where(UserRow.user_id == user_id))

        await self._database.write(work)

    async def _quietly(self, user_id: UserId, **columns: object) -> None:
        """What nobody looks at while changing somebody: the version stays."""
        statement = update(UserRow).where(UserRow.user_id == user_id).values(**columns)
        await self._database.write(lambda connection: connection.execute(statement))

    async def _one(self, *conditions: Any) -> User | None:
        query = select(*UserRow.__table__.c).where(*conditions)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _user(row)


def user_added(user: User) -> Change:
    """What it returns raises `UserRefused`."""

    def work(connection: Connection) -> Changed:
        one_at_a_time(connection, "users")
        row = {field: getattr(user, field) for field in User.__struct_fields__}
        row |= {"username": user.username.strip().lower(), "email": _address(user.email)}
        _refuse_taken(connection, user.user_id, row)
        if not insert_new(connection, UserRow, [row]):
            raise UserRefused("username_taken")
        return Changed(user, user)

    return work


def user_change(
    user_id: UserId,
    columns: Mapping[str, object],
    *,
    expected: int | None = None,
    keep_one: Callable[[User], bool] | None = None,
) -> Change:
    """Sets `columns`. `expected`: the version that whoever changes it has seen. `keep_one`: somebody must be left of whom this
    is true, if it is true of somebody now (the last administrator). What it returns raises `UserRefused`.
    """

    def work(connection: Connection) -> Changed | None:
        one_at_a_time(connection, "users")
        row = connection.execute(select(*UserRow.__table__.c).where(UserRow.user_id == user_id)).one_or_none()
        if row is None:
            return None
        before = _user(row)
        if expected is not None and expected != before.version:
            raise UserRefused("changed_since", before.version)
        values = {**columns, "version": before.version + 1}
        if "email" in columns:
            values["email"] = _address(columns["email"])
        _refuse_taken(connection, user_id, values)
        connection.execute(update(UserRow).where(UserRow.user_id == user_id).values(**values))
        after = _user(connection.execute(select(*UserRow.__table__.c).where(UserRow.user_id == user_id)).one())
        if keep_one is not None and keep_one(before) and not keep_one(after) and not is_any(connection, keep_one):
            raise UserRefused("last_administrator")
        return Changed(before, after)

    return work


def is_any(connection: Connection, wanted: Callable[[User], bool]) -> bool:
    """Of all people, whatever their state."""
    return any(wanted(_user(row)) for row in connection.execute(select(*UserRow.__table__.c)))


def _refuse_taken(connection: Connection, user_id: UserId, values: dict[str, Any]) -> None:
    """Raises `UserRefused`."""
    others = select(UserRow.user_id).where(UserRow.user_id != user_id)
    username, email = values.get("username"), values.get("email")
    if username and connection.execute(others.where(or_(UserRow.username == username, UserRow.email == username))).first():
        raise UserRefused("username_taken")
    if email and connection.execute(others.where(or_(UserRow.username == email, UserRow.email == email))).first():
        raise UserRefused("email_taken")
    agent_id = values.get("agent_id")
    if agent_id and connection.execute(others.where(UserRow.agent_id == agent_id)).first():
        raise UserRefused("agent_taken")


def _address(text: object) -> str | None:
    return str(text).strip().lower() or None if text else None


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
        version=row.version,
        email=row.email,
        created_at=row.created_at,
        last_sign_in_at=row.last_sign_in_at,
        must_change_password=row.must_change_password,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        subject=row.subject,
        only_queues=None if row.only_queues is None else tuple(map(QueueId, row.only_queues)),
    )

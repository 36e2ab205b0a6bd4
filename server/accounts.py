"""Whose sign-ins live, and what ends them: the one place that changes what a person may do.

Invariant: when a method that takes something from a person has returned, no session that was begun before lives in any process:
first the account is changed in SQL, then the sessions end in Redis, then everybody who holds something open for them is told
(`SessionsEnded`). A sign-in that is under way meanwhile looks at the account again once it has begun, and ends itself. What is
lost between the steps, and what somebody changes past this file, `end_outdated` finds.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Protocol, cast

import msgspec
import structlog

from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import AgentId, SessionId, UserId, new_id
from core.model import Value
from core.ports import Clock, Unavailable
from server.passwords import hash_password
from server.rights import Role
from server.schemas import Me
from server.storage.redis_sessions import RedisSessions
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.users import SqlUsers, User

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0


class Session(Value, frozen=True, kw_only=True):
    """One sign-in, as Redis keeps it."""

    session_id: SessionId
    me: Me
    stamp: str
    """Of the account when the person signed in."""


class Events(Protocol):
    """What is asked of the bus."""

    async def publish(self, event: AnyEvent) -> None: ...


def stamp_of(user: User, demo: bool) -> str:
    """Changes with whatever a session depends on: role, agent, password, and whether the demo's passwords count."""
    parts = (user.active, user.role, user.agent_id, user.password_hash, user.demo and demo)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


class Accounts:
    """Owns the sessions' beginning and end. Every method raises `Unavailable`; each may be repeated."""

    def __init__(
        self, users: SqlUsers, sessions: RedisSessions, bus: Events, audit: SqlAuditLog, clock: Clock, *, demo: bool
    ) -> None:
        self._users = users
        self._sessions = sessions
        self._bus = bus
        self._audit = audit
        self._clock = clock
        self._demo = demo

    # ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, user: User) -> tuple[str, Session] | None:
        """The cookie's token and the session; None when the account has been changed since `user` was read."""
        me = Me(
            user_id=user.user_id,
            username=user.username,
            name=user.name,
            role=cast(Role, user.role),
            agent_id=user.agent_id,
            language=user.language,
        )
        session = Session(session_id=SessionId(new_id("session")), me=me, stamp=stamp_of(user, self._demo))
        token, displaced = await self._sessions.begin(user.user_id, msgspec.json.encode(session))
        for value in displaced:
            if (old := _session(value)) is not None:
                await self._tell(old, SessionEnd.REPLACED)
        now = await self._users.by_id(user.user_id)
        if now is None or stamp_of(now, self._demo) != session.stamp:
            await self._sessions.end(token)
            return None
        return token, session

    async def find(self, token: str) -> Session | None:
        """The sign-in behind a cookie, its life prolonged."""
        value = await self._sessions.find(token)
        return None if value is None else _session(value)

    async def ends_at(self, token: str) -> float | None:
        """When it ends if nothing is done with it; None: it has."""
        return await self._sessions.ends_at(token)

    async def end(self, token: str, session: Session, reason: SessionEnd) -> None:
        await self._sessions.end(token)
        await self._tell(session, reason)

    # ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────

    async def disable(self, user_id: UserId, by: UserId | None) -> bool:
        """False: there is no such person."""
        return await self._change(user_id, by, SessionEnd.DISABLED, "disable_user", active=False)

    async def enable(self, user_id: UserId, by: UserId | None) -> bool:
        return await self._change(user_id, by, SessionEnd.ACCOUNT_CHANGED, "enable_user", active=True)

    async def change_role(self, user_id: UserId, role: Role, by: UserId | None) -> bool:
        return await self._change(user_id, by, SessionEnd.ROLE_CHANGED, "change_role", role=role)

    async def change_password(self, user_id: UserId, password: str, by: UserId | None) -> bool:
        """The demo's public password of a person of the demo is replaced for good."""
        password_hash = await asyncio.to_thread(hash_password, password)
        return await self._change(
            user_id, by, SessionEnd.PASSWORD_CHANGED, "change_password", password_hash=password_hash, demo=False
        )

    async def _change(self, user_id: UserId, by: UserId | None, reason: SessionEnd, action: str, **changes: object) -> bool:
        user = await self._users.change(user_id, **changes)
        if user is None:
            return False
        await self._end_all(user_id, user.agent_id, reason)
        details = {"role": user.role} if "role" in changes else {}
        await self._audit.record(AuditEntry(at=self._clock.now(), user_id=by, action=action, subject=user_id, details=details))
        return True

    async def _end_all(self, user_id: UserId, agent_id: AgentId | None, reason: SessionEnd) -> None:
        await self._sessions.end_all(user_id)
        event = SessionsEnded(at=self._clock.now(), user_id=user_id, agent_id=agent_id, reason=reason)
        await self._bus.publish(event)
        log.info("sessions ended", user_id=user_id, reason=reason)

    async def _tell(self, session: Session, reason: SessionEnd) -> None:
        me = session.me
        event = SessionsEnded(
            at=self._clock.now(), user_id=me.user_id, session_id=session.session_id, agent_id=me.agent_id, reason=reason
        )
        await self._bus.publish(event)

    # ── what nobody told ──────────────────────────────────────────────────────────────────────────────────────

    async def end_outdated(self) -> None:
        """Ends all sessions of people of whom one session is older than the account is."""
        accounts = {user.user_id: user for user in await self._users.all() if user.active}
        for user_id in await self._sessions.people():
            sessions = [_session(value) for value in await self._sessions.of(user_id)]
            if self._are_good(sessions, accounts.get(user_id)):
                continue
            if not self._are_good(sessions, await self._users.by_id(user_id)):  # it may have changed while we looked
                agent_id = next((session.me.agent_id for session in sessions if session), None)
                await self._end_all(user_id, agent_id, SessionEnd.ACCOUNT_CHANGED)

    def _are_good(self, sessions: list[Session | None], user: User | None) -> bool:
        stamp = None if user is None else stamp_of(user, self._demo)
        return all(session is not None and session.stamp == stamp for session in sessions)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.end_outdated()
            except Unavailable as error:
                log.warning("sessions could not be looked through", error=error)


def _session(value: bytes) -> Session | None:
    """None for what another release wrote, or damage: who it was signs in again."""
    try:
        return msgspec.json.decode(value, type=Session)
    except (msgspec.DecodeError, UnicodeError):
        return None

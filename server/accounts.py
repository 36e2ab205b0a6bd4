"""Whose sign-ins live, and what ends them: the one place that changes what a person may do.

Invariant: when a method that takes something from a person has returned, no session that was begun before lives in any process:
first the account is changed in SQL, then the sessions end in Redis, then everybody who holds something open for them is told
(`SessionsEnded`). A sign-in that is under way meanwhile looks at the account again once it has begun, and ends itself. What is
lost between the steps, and what somebody changes past this file, `end_outdated` finds. And: of an installation that has an
administrator who can sign in, the last one can be neither disabled nor given another role.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol, cast

import msgspec
import structlog

from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import AgentId, SessionId, UserId, new_id
from core.model import Value
from core.ports import Clock, Unavailable
from server.passwords import hash_password
from server.rights import Role
from server.schemas import Me
from server.storage.redis_sessions import Kept
from server.storage.sql.audit_log import AuditEntry, SqlAuditLog
from server.storage.sql.invitations import closing
from server.storage.sql.users import Change, Changed, SqlUsers, User, user_change

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
CLOSES_LINKS = frozenset({"password_hash", "active"})
"""What is changed in these made an open link somebody else's way in."""


class Actor(Value, frozen=True, kw_only=True):
    """Who changes somebody, for the audit log."""

    user_id: UserId | None = None
    """None: the command line, or somebody who has no account yet."""
    source: str = ""
    """The address it came from."""


class Device(Value, frozen=True, kw_only=True):
    """Where a sign-in was begun, as far as it is known."""

    browser: str = ""
    """``Chrome``, ``Firefox``, …"""
    system: str = ""
    """``Windows``, ``macOS``, …"""
    address: str = ""


UNKNOWN = Device()
Proof = Literal["password", "two_steps", "provider"]
"""With what somebody signed in: a password, that and a code, or somebody else's word (`server/oidc/`)."""


class Session(Value, frozen=True, kw_only=True):
    """One sign-in, as Redis keeps it."""

    session_id: SessionId
    me: Me
    stamp: str
    """Of the account when the person signed in."""
    began_at: float = 0.0
    device: Device = UNKNOWN
    proof: Proof = "password"


class OpenSession(Value, frozen=True, kw_only=True):
    """One sign-in as people see it in a list."""

    session_id: SessionId
    began_at: float
    seen_at: float
    """Of its last request."""
    device: Device
    current: bool = False
    """The one that asks."""


class Events(Protocol):
    """What is asked of the bus."""

    async def publish(self, event: AnyEvent) -> None: ...


class Sessions(Protocol):
    """What is asked of `RedisSessions`."""

    async def begin(self, user_id: UserId, value: bytes, displaced: str) -> tuple[str, list[bytes]]: ...
    async def find(self, token: str) -> bytes | None: ...
    async def ends_at(self, token: str) -> float | None: ...
    async def end(self, token: str, why: str) -> None: ...
    async def end_all(self, user_id: UserId, why: str) -> list[bytes]: ...
    async def why_over(self, token: str) -> str | None: ...
    async def people(self) -> list[UserId]: ...
    async def of(self, user_id: UserId) -> list[bytes]: ...
    async def listed(self, user_id: UserId) -> list[Kept]: ...
    async def end_kept(self, kept: Kept, why: str) -> None: ...
    async def replace(self, kept: Kept, value: bytes) -> None: ...


Writer = Callable[[Change], Awaitable[Changed | None]]
"""Runs the change in a transaction, perhaps together with something else."""


def stamp_of(user: User, demo: bool) -> str:
    """Changes with whatever a session depends on: role, agent, queues, password, and whether the demo's passwords count."""
    parts = [user.active, user.role, user.agent_id, user.password_hash, user.demo and demo]
    parts += [] if user.only_queues is None else [user.only_queues]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def is_administrator(user: User, demo: bool) -> bool:
    """Who can sign in and change everything; where the demo is off, its people cannot."""
    return user.state == "active" and user.role == "admin" and (demo or not user.demo)


class Accounts:
    """Owns the sessions' beginning and end. Every method raises `Unavailable`; each may be repeated."""

    def __init__(self, users: SqlUsers, sessions: Sessions, bus: Events, audit: SqlAuditLog, clock: Clock, *, demo: bool) -> None:
        self._users = users
        self._sessions = sessions
        self._bus = bus
        self._audit = audit
        self._clock = clock
        self._demo = demo

    # ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, user: User, device: Device = UNKNOWN, proof: Proof = "password") -> tuple[str, Session] | None:
        """The cookie's token and the session; None when the account has been changed since `user` was read."""
        stamp = stamp_of(user, self._demo)
        session_id, now = SessionId(new_id("session")), self._clock.now()
        session = Session(session_id=session_id, me=me_of(user), stamp=stamp, began_at=now, device=device, proof=proof)
        token, displaced = await self._sessions.begin(user.user_id, msgspec.json.encode(session), SessionEnd.REPLACED)
        for value in displaced:
            if (old := _session(value)) is not None:
                await self._tell(old, SessionEnd.REPLACED)
        current = await self._users.by_id(user.user_id)
        if current is None or stamp_of(current, self._demo) != stamp:
            await self._sessions.end(token, SessionEnd.ACCOUNT_CHANGED)
            return None
        return token, session

    async def find(self, token: str) -> Session | None:
        """The sign-in behind a cookie, its life prolonged."""
        value = await self._sessions.find(token)
        return None if value is None else _session(value)

    async def ends_at(self, token: str) -> float | None:
        """When it ends if nothing is done with it; None: it has."""
        return await self._sessions.ends_at(token)

    async def why_over(self, token: str) -> SessionEnd | None:
        """Why the sign-in behind a cookie was ended; None: it lives, or nothing is known of its end."""
        why = await self._sessions.why_over(token)
        return next((reason for reason in SessionEnd if reason == why), None)

    async def end(self, token: str, session: Session, reason: SessionEnd) -> None:
        await self._sessions.end(token, reason)
        await self._tell(session, reason)

    async def of(self, user_id: UserId, current: SessionId | None = None) -> tuple[OpenSession, ...]:
        """A person's sign-ins that live, the last used first."""
        found = [(kept, _session(kept.value)) for kept in await self._sessions.listed(user_id)]
        shown = [
            OpenSession(
                session_id=session.session_id,
                began_at=session.began_at,
                seen_at=kept.seen_at,
                device=session.device,
                current=session.session_id == current,
            )
            for kept, session in found
            if session is not None
        ]
        return tuple(sorted(shown, key=lambda each: -each.seen_at))

    async def prove(self, user_id: UserId, session_id: SessionId) -> None:
        """This sign-in has a second step from now on: it was set up just now."""
        for kept in await self._sessions.listed(user_id):
            session = _session(kept.value)
            if session is not None and session.session_id == session_id:
                await self._sessions.replace(kept, msgspec.json.encode(msgspec.structs.replace(session, proof="two_steps")))

    async def end_one(self, user_id: UserId, session_id: SessionId, by: Actor) -> bool:
        """Ends one sign-in of a person. False: there is none like that."""
        for kept in await self._sessions.listed(user_id):
            session = _session(kept.value)
            if session is not None and session.session_id == session_id:
                await self._sessions.end_kept(kept, SessionEnd.ENDED)
                await self._tell(session, SessionEnd.ENDED)
                await self.note(by, "end_session", user_id)
                return True
        return False

    async def sign_out_everywhere(self, user_id: UserId, by: Actor) -> bool:
        """False: there is no such person."""
        user = await self._users.get(user_id)
        if user is None:
            return False
        await self._end_all(user_id, user.agent_id, SessionEnd.ENDED)
        await self.note(by, "end_sessions", user_id)
        return True

    # ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────

    async def disable(self, user_id: UserId, by: Actor, why: str = "", expected: int | None = None) -> User | None:
        """None: there is no such person. Raises `UserRefused`."""
        columns = {"active": False, "disabled_at": self._clock.now(), "disabled_reason": why}
        return await self.change(user_id, by, "disable_user", columns, reason=SessionEnd.DISABLED, expected=expected)

    async def enable(self, user_id: UserId, by: Actor, expected: int | None = None) -> User | None:
        columns = {"active": True, "disabled_at": None, "disabled_reason": ""}
        return await self.change(user_id, by, "enable_user", columns, expected=expected)

    async def change_role(self, user_id: UserId, role: Role, by: Actor) -> User | None:
        return await self.change(user_id, by, "change_role", {"role": role}, reason=SessionEnd.ROLE_CHANGED)

    async def change_password(
        self, user_id: UserId, password: str, by: Actor, *, must_change: bool = False, expected: int | None = None
    ) -> User | None:
        """The demo's public password of a person of the demo is replaced for good. `must_change`: somebody else chose it."""
        password_hash = await asyncio.to_thread(hash_password, password)
        columns = {"password_hash": password_hash, "demo": False, "must_change_password": must_change}
        return await self.change(user_id, by, "change_password", columns, reason=SessionEnd.PASSWORD_CHANGED, expected=expected)

    async def remove(self, user_id: UserId, by: Actor) -> bool:
        """Takes an account away altogether; only the demo's people go like that: others are disabled. False: there is nobody."""
        user = await self._users.get(user_id)
        if user is None:
            return False
        await self._users.remove(user_id)
        await self._end_all(user_id, user.agent_id, SessionEnd.DISABLED)
        await self.note(by, "remove_user", user_id)
        return True

    async def change(
        self,
        user_id: UserId,
        by: Actor,
        action: str,
        columns: Mapping[str, object],
        *,
        reason: SessionEnd = SessionEnd.ACCOUNT_CHANGED,
        expected: int | None = None,
        write: Writer | None = None,
    ) -> User | None:
        """The person as now written; None: there is nobody. Sessions end when they stood on what has changed, and know of the
        rest; so does an open link that leads to a password. Raises `UserRefused`.
        """
        work = user_change(user_id, columns, expected=expected, keep_one=lambda user: is_administrator(user, self._demo))
        if CLOSES_LINKS & columns.keys():
            work = closing(work, self._clock.now())
        changed = await (write or self._users.write)(work)
        if changed is None:
            return None
        before, after = changed
        if stamp_of(before, self._demo) != stamp_of(after, self._demo):
            await self._end_all(user_id, after.agent_id or before.agent_id, reason)
        elif me_of(before) != me_of(after):
            await self._renew(after)
        await self.note(by, action, user_id, **_told(before, after, columns))
        return after

    async def note(self, by: Actor, action: str, subject: str, **details: object) -> None:
        """One entry of the audit log."""
        now = self._clock.now()
        entry = AuditEntry(at=now, user_id=by.user_id, action=action, subject=subject, details=details, source=by.source)
        await self._audit.record(entry)

    async def _end_all(self, user_id: UserId, agent_id: AgentId | None, reason: SessionEnd) -> None:
        await self._sessions.end_all(user_id, reason)
        event = SessionsEnded(at=self._clock.now(), user_id=user_id, agent_id=agent_id, reason=reason)
        await self._bus.publish(event)
        log.info("sessions ended", user_id=user_id, reason=reason)

    async def _renew(self, user: User) -> None:
        """A name that is spelled otherwise ends no sign-in: each says it from now on."""
        for kept in await self._sessions.listed(user.user_id):
            if (session := _session(kept.value)) is not None:
                renewed = msgspec.structs.replace(session, me=me_of(user))
                await self._sessions.replace(kept, msgspec.json.encode(renewed))

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


def me_of(user: User) -> Me:
    return Me(
        user_id=user.user_id,
        username=user.username,
        name=user.name,
        role=cast(Role, user.role),
        agent_id=user.agent_id,
        language=user.language,
        must_change_password=user.must_change_password,
        only_queues=None if user.role == "admin" else user.only_queues,
    )


def _told(before: User, after: User, columns: Mapping[str, object]) -> dict[str, object]:
    """For the audit log: what was changed; of roles also from what to what, and nothing of names, addresses and passwords."""
    if before.role != after.role:
        return {"role": after.role, "before": before.role}
    return {"fields": sorted(name for name, value in columns.items() if getattr(before, name, None) != value)}


def _session(value: bytes) -> Session | None:
    """None for what another release wrote, or damage: who it was signs in again."""
    try:
        return msgspec.json.decode(value, type=Session)
    except (msgspec.DecodeError, UnicodeError):
        return None

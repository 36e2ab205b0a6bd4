"""Adds people, invites them, changes them and lets them go: accounts, links and agents in one act each.

Invariant: a person and the agent that the person is are written in one transaction, so that there is never one without the other;
a link's secret is handed out once and nowhere kept. What a person may do is changed by `Accounts` alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import reduce
from typing import TypeVar

import msgspec
import structlog
from sqlalchemy import Connection

from core.events import SessionEnd
from core.ids import AgentId, QueueId, UserId, new_id
from core.model import Value
from core.ports import Clock, Unavailable
from server.accounts import Accounts, Actor, Writer, is_administrator
from server.business.document import Document, plain
from server.business.reading import Refused, examine
from server.business.service import Configuration
from server.demo.company import public_password
from server.passwords import Weakness, hash_password, weakness
from server.people.agents import AgentTaken, new_agent_id, renamed, with_agent, with_skills, without_agent
from server.people.names import username_of
from server.rights import Role
from server.storage.sql.configuration import Author, VersionConflict
from server.storage.sql.invitations import Invitation, InvitationOver, SqlInvitations, using
from server.storage.sql.users import Change, Changed, SqlUsers, User, is_any, user_added

log = structlog.get_logger(__name__)

TRIES = 5
"""Somebody else changes the configuration in the same moment: done again on top of it."""
Edit = Callable[[Document], Document]
T = TypeVar("T")


class WeakPassword(Exception):
    def __init__(self, why: Weakness, shortest: int) -> None:
        super().__init__(why)
        self.why = why
        self.shortest = shortest


class Link(Value, frozen=True, kw_only=True):
    """Shown once. Behind «#», which browsers send to no server."""

    path: str
    address: str
    """Where other computers open it, without the path; a page that is opened under a better address uses that."""
    expires_at: float
    invitation_id: str


class NewPerson(Value, frozen=True, kw_only=True):
    name: str
    username: str = ""
    """Empty: made of the e-mail address or the name."""
    email: str | None = None
    role: Role = "agent"
    language: str = "en"
    skills: Mapping[str, int] | None = None
    """Of the agent that the person is; None: takes no work."""
    password: str = ""
    """A first one, to be changed at the first sign-in. Empty: the person is invited."""
    only_queues: tuple[QueueId, ...] | None = None
    """Whose work the person sees; None: every queue's."""
    subject: str | None = None
    """Of the identity provider that vouches for the person, who needs no invitation then."""


class Acceptance(Value, frozen=True, kw_only=True):
    """What somebody says who uses a link."""

    name: str
    password: str
    username: str = ""
    """Of the first administrator; others have one already."""
    language: str = ""


class Opened(Value, frozen=True, kw_only=True):
    """What a link is for."""

    invitation: Invitation
    user: User | None
    """None: the first administrator."""


class People:
    """Every method raises `Unavailable`; those that write raise `UserRefused` and, for an agent that no rule of the
    configuration allows, `server.business.reading.Refused`.
    """

    def __init__(
        self,
        users: SqlUsers,
        invitations: SqlInvitations,
        accounts: Accounts,
        configuration: Configuration,
        clock: Clock,
        *,
        demo: bool,
        shortest_password: int,
        invitation_s: float,
        address: str,
    ) -> None:
        """`address`: where other computers open the installation."""
        self._address = address
        self._users = users
        self._invitations = invitations
        self._accounts = accounts
        self._configuration = configuration
        self._clock = clock
        self._demo = demo
        self._shortest_password = shortest_password
        self._invitation_s = invitation_s

    async def add(self, new: NewPerson, by: Actor, author: Author) -> tuple[User, Link | None]:
        """With a link, unless there is something to sign in with. Raises `WeakPassword`."""
        taken = {name for user in await self._users.all() for name in (user.username, user.email)}
        username = (new.username or username_of(new.name, new.email, {name for name in taken if name})).lower()
        user = User(
            user_id=UserId(new_id("user")),
            username=username,
            name=new.name,
            role=new.role,
            password_hash=await self._hashed(new.password, username, new.name, new.email) if new.password else "",
            language=new.language,
            email=new.email,
            created_at=self._clock.now(),
            must_change_password=bool(new.password),
            subject=new.subject,
            only_queues=new.only_queues,
        )
        if new.skills is None:
            await self._users.write(user_added(user))
        else:
            user = await self._add_with_agent(user, new.skills, author)
        await self._accounts.note(by, "add_user", user.user_id, role=user.role)
        log.info("person added", user_id=user.user_id, role=user.role)
        return user, None if new.password or new.subject else await self.invite(user.user_id, by)

    async def _add_with_agent(self, user: User, skills: Mapping[str, int], author: Author) -> User:
        async def add(agent_id: AgentId) -> User:
            one = msgspec.structs.replace(user, agent_id=agent_id)
            write = self._writer(lambda now: with_agent(now, agent_id, one.name, skills), author, f"{one.name} added")
            await write(user_added(one))
            return one

        return await self._with_new_agent(user.name, add)

    async def _with_new_agent(self, name: str, act: Callable[[AgentId], Awaitable[T]]) -> T:
        """`act` writes the person and the agent with this one id; somebody else may take it in the same moment."""
        for _ in range(TRIES):
            try:
                return await act(new_agent_id(name, await self._configuration.store.agent_ids()))
            except AgentTaken:
                continue
        raise Unavailable("people of this name are being added by somebody else")

    async def change(
        self,
        user_id: UserId,
        columns: Mapping[str, object],
        by: Actor,
        author: Author,
        *,
        expected: int | None = None,
        skills: Mapping[str, int] | None = None,
        takes_work: bool | None = None,
    ) -> User | None:
        """`skills` of the agent that the person is; `takes_work` makes that agent, or takes it away. None: there is nobody."""
        user = await self._users.get(user_id)
        if user is None:
            return None
        name = str(columns.get("name", user.name))
        reason = SessionEnd.ROLE_CHANGED if "role" in columns else SessionEnd.ACCOUNT_CHANGED
        seen = user.version if expected is None else expected

        async def change(agent_id: AgentId | None, *edits: Edit) -> User | None:
            steps: tuple[Edit, ...] = (*edits, lambda now: renamed(now, agent_id, name))
            write = self._writer(lambda now: reduce(lambda so_far, edit: edit(so_far), steps, now), author, f"{name} changed")
            told = columns if agent_id == user.agent_id else {**columns, "agent_id": agent_id}
            return await self._accounts.change(user_id, by, "change_user", told, reason=reason, expected=seen, write=write)

        if user.agent_id is None and takes_work:
            return await self._with_new_agent(name, lambda new: change(new, lambda now: with_agent(now, new, name, skills or {})))
        if user.agent_id is not None and takes_work is False:
            return await change(None, lambda now: without_agent(now, user.agent_id))
        if skills is not None:
            return await change(user.agent_id, lambda now: with_skills(now, user.agent_id, skills))
        return await change(user.agent_id)

    async def disable(self, user_id: UserId, by: Actor, why: str = "", expected: int | None = None) -> User | None:
        """Ends the sessions in the same second; what is in hand goes on (`server/agents_without_session.py`)."""
        return await self._accounts.disable(user_id, by, why, expected)

    async def set_first_password(self, user_id: UserId, password: str, by: Actor) -> User | None:
        """One that somebody else chose, to be changed at the next sign-in. Raises `WeakPassword`."""
        user = await self._users.get(user_id)
        if user is None:
            return None
        self.check_password(password, user.username, user.name, user.email)
        return await self._accounts.change_password(user_id, password, by, must_change=True)

    # ── links ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def invite(self, user_id: UserId, by: Actor) -> Link:
        """A new link for this person; an earlier one opens nothing any more."""
        link = await self._open(user_id, by)
        await self._accounts.note(by, "invite_user", user_id)
        return link

    async def revoke(self, user_id: UserId, by: Actor) -> bool:
        """False: there was no open link."""
        revoked = await self._invitations.revoke(user_id, self._clock.now())
        if revoked:
            await self._accounts.note(by, "revoke_invitation", user_id)
        return revoked

    async def first_link(self) -> Link | None:
        """For the first administrator. None: there is one who can sign in."""
        return None if await self.has_administrator() else await self._open(None, Actor())

    async def has_administrator(self) -> bool:
        """One who can sign in."""
        return any(is_administrator(user, self._demo) for user in await self._users.with_role("admin"))

    async def opened(self, token: str) -> Opened:
        """Raises `InvitationOver`."""
        invitation = await self._invitations.find(_hash(token), self._clock.now())
        user = None if invitation is None or invitation.user_id is None else await self._users.by_id(invitation.user_id)
        if invitation is None or (invitation.user_id is not None and user is None):
            raise InvitationOver
        if user is None and await self.has_administrator():
            raise InvitationOver  # made in another way meanwhile
        return Opened(invitation=invitation, user=user)

    async def accept(self, token: str, answer: Acceptance, source: str) -> User:
        """The person chooses how to be called, and a password. Raises `InvitationOver` and `WeakPassword`."""
        opened = await self.opened(token)
        user, now = opened.user, self._clock.now()
        if user is None:
            return await self._make_first(opened.invitation, answer, source)
        columns: dict[str, object] = {
            "name": answer.name,
            "password_hash": await self._hashed(answer.password, user.username, answer.name, user.email),
            "must_change_password": False,
            "demo": False,
            **({"language": answer.language} if answer.language else {}),
        }
        author = Author(name=answer.name, user_id=user.user_id)
        write = self._writer(lambda document: renamed(document, user.agent_id, answer.name), author, f"{answer.name} changed")
        changed = await self._accounts.change(
            user.user_id,
            Actor(user_id=user.user_id, source=source),
            "accept_invitation",
            columns,
            reason=SessionEnd.PASSWORD_CHANGED,
            write=lambda change: write(using(opened.invitation, now, change)),
        )
        if changed is None:
            raise InvitationOver
        return changed

    async def _make_first(self, invitation: Invitation, answer: Acceptance, source: str) -> User:
        username = (answer.username or username_of(answer.name, None, ())).lower()
        user = User(
            user_id=UserId(new_id("user")),
            username=username,
            name=answer.name,
            role="admin",
            password_hash=await self._hashed(answer.password, username, answer.name),
            language=answer.language or "en",
            created_at=self._clock.now(),
        )

        def first(connection: Connection) -> Changed | None:
            changed = user_added(user)(connection)
            if is_any(connection, lambda each: each.user_id != user.user_id and is_administrator(each, self._demo)):
                raise InvitationOver
            return changed

        await self._users.write(using(invitation, self._clock.now(), first))
        await self._accounts.note(Actor(user_id=user.user_id, source=source), "add_first_administrator", user.user_id)
        log.info("first administrator", user_id=user.user_id)
        return user

    async def _open(self, user_id: UserId | None, by: Actor) -> Link:
        token, now = secrets.token_urlsafe(32), self._clock.now()
        invitation = Invitation(
            invitation_id=new_id("invitation"),
            user_id=user_id,
            created_at=now,
            expires_at=now + self._invitation_s,
            created_by=by.user_id,
        )
        await self._invitations.open(invitation, _hash(token))
        return Link(
            path=f"/invitation#{token}",
            address=self._address,
            expires_at=invitation.expires_at,
            invitation_id=invitation.invitation_id,
        )

    # ── helpers ───────────────────────────────────────────────────────────────────────────────────────────────

    def check_password(self, password: str, *names: str | None) -> None:
        """`names`: what everybody knows of the person. Raises `WeakPassword`."""
        why = weakness(password, self._shortest_password, filter(None, names), public_password())
        if why is not None:
            raise WeakPassword(why, self._shortest_password)

    async def _hashed(self, password: str, *names: str | None) -> str:
        self.check_password(password, *names)
        return await asyncio.to_thread(hash_password, password)

    def _writer(self, edit: Edit, author: Author, comment: str) -> Writer:
        """Makes a change of people together with one of the configuration, which others may change in the same moment."""

        async def write(change: Change) -> Changed | None:
            made: list[Changed | None] = []
            for _ in range(TRIES):
                version = await self._configuration.store.current()
                document = edit(version.document)
                if document == version.document:
                    return await self._users.write(change)
                await asyncio.to_thread(_refuse_new_mistakes, version.document, document)
                also = lambda connection: made.append(change(connection))  # noqa: E731
                try:
                    await self._configuration.save(document, author, comment, version.version, also=also)
                except VersionConflict:
                    continue
                await self._configuration.put_in_force()
                return made[-1]
            raise Unavailable("the configuration is being changed by somebody else")

        return write


def _refuse_new_mistakes(before: Document, after: Document) -> None:
    """What was wrong already keeps nobody from being added. Raises `Refused`."""
    complaints = examine(plain(after)).complaints
    new = [each for each in complaints if each not in examine(plain(before)).complaints] if complaints else []
    if new:
        raise Refused(tuple(new))


def _hash(token: str) -> str:
    """256 random bits need no slow hash: nobody guesses them."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()

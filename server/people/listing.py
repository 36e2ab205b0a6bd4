"""What a list of people shows, and who of them is in it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, cast

from core.ids import AgentId, QueueId, UserId
from core.model import Value
from server.business.document import Document
from server.people.agents import WorkProblem, queues_of, work_problem
from server.rights import Role
from server.storage.sql.invitations import Invitation
from server.storage.sql.users import User, UserState

SignInWay = Literal["none", "password", "provider"]
UserProblem = WorkProblem | Literal["invitation_expired", "no_invitation"]


class InvitationView(Value, frozen=True, kw_only=True):
    """A link that was not used yet. What it is, only who made it has read."""

    created_at: float
    expires_at: float
    expired: bool
    first: bool
    """It invites; else it lets somebody who had a password choose another one."""


class UserView(Value, frozen=True, kw_only=True):
    """One person as the administration shows them."""

    user_id: UserId
    version: int
    """For `If-Match`."""
    username: str
    name: str
    email: str | None
    role: Role
    state: UserState
    language: str
    agent_id: AgentId | None
    skills: dict[str, int]
    """Skill → level, of the agent that the person is."""
    queues: tuple[QueueId, ...]
    """Those that the agent serves."""
    only_queues: tuple[QueueId, ...] | None
    """Whose work the person sees and acts on; null: every queue's."""
    problem: UserProblem | None
    """Why the person cannot work yet."""
    sign_in: SignInWay
    second_step: bool
    """A code of an authenticator app is asked for besides."""
    must_change_password: bool
    invitation: InvitationView | None
    created_at: float | None
    last_sign_in_at: float | None
    last_seen_at: float | None
    """Of the sign-in that was used last; null: signed out."""
    disabled_at: float | None
    disabled_reason: str
    demo: bool
    """Made by the demo: the password is printed for everybody."""


class UserCounts(Value, frozen=True, kw_only=True):
    """Of everybody, whatever was looked for."""

    all: int
    active: int
    invited: int
    disabled: int


class Asked(NamedTuple):
    """Who is looked for; empty: everybody."""

    query: str = ""
    role: Role | None = None
    state: UserState | None = None


def view(
    user: User,
    document: Document,
    invitation: Invitation | None,
    now: float,
    *,
    seen_at: float | None = None,
    second_step: bool = False,
) -> UserView:
    rules = document.agents.get(user.agent_id or "")
    return UserView(
        user_id=user.user_id,
        version=user.version,
        username=user.username,
        name=user.name,
        email=user.email,
        role=cast(Role, user.role),
        state=user.state,
        language=user.language,
        agent_id=user.agent_id,
        skills=dict(rules.skills) if rules is not None else {},
        queues=tuple(sorted(queues_of(document, user.agent_id))),
        only_queues=user.only_queues,
        problem=_problem(user, document, invitation, now),
        sign_in="password" if user.password_hash else "provider" if user.subject else "none",
        second_step=second_step,
        must_change_password=user.must_change_password,
        invitation=None if invitation is None else _invitation_view(user, invitation, now),
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
        last_seen_at=seen_at,
        disabled_at=user.disabled_at,
        disabled_reason=user.disabled_reason,
        demo=user.demo,
    )


def _invitation_view(user: User, invitation: Invitation, now: float) -> InvitationView:
    return InvitationView(
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        expired=invitation.expires_at <= now,
        first=not user.password_hash,
    )


def _problem(user: User, document: Document, invitation: Invitation | None, now: float) -> UserProblem | None:
    if user.state == "disabled":
        return None
    if user.state == "invited" and invitation is None:
        return "no_invitation"
    if user.state == "invited" and invitation is not None and invitation.expires_at <= now:
        return "invitation_expired"
    return work_problem(document, user.agent_id)


def counts(users: Iterable[User]) -> UserCounts:
    states = Counter(user.state for user in users)
    return UserCounts(all=states.total(), active=states["active"], invited=states["invited"], disabled=states["disabled"])


def found(users: Iterable[User], document: Document, asked: Asked) -> list[User]:
    """By name, as people read lists. The query may be part of a name, a user name, an address or a skill; all its words count."""
    words = asked.query.casefold().split()
    wanted = (
        user
        for user in users
        if asked.role in {None, user.role} and asked.state in {None, user.state} and _matches(user, document, words)
    )
    return sorted(wanted, key=lambda user: (user.name.casefold(), user.username))


def _matches(user: User, document: Document, words: list[str]) -> bool:
    if not words:
        return True
    rules = document.agents.get(user.agent_id or "")
    skills: Mapping[str, int] = rules.skills if rules is not None else {}
    said = " ".join((user.name, user.username, user.email or "", *(document.skills.get(skill, skill) for skill in skills)))
    return all(word in said.casefold() for word in words)

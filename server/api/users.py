"""People: listed, added, invited, changed, disabled, signed out. For administrators."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from core.ids import CallId, QueueId, SessionId, UserId
from core.model import Value
from core.outgoing import OutboxFull
from server.accounts import OpenSession
from server.api.access import AsAdmin, Deps
from server.api.answers import answer, answers, done
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.own_address import address_for_others
from server.api.person import ByAdministrator, Email, Password, PersonName, Username, change_told, refusals_told, weakness_told
from server.api.preconditions import VersionSeen, tag
from server.api.services import Services
from server.https.over_http import opened_first
from server.people.letters import letter
from server.people.listing import Asked, UserCounts, UserView, counts, found, view
from server.people.service import Link, NewPerson
from server.rights import Role
from server.schemas import CallPhase
from server.storage.sql.users import User, UserState

router = APIRouter(prefix="/users", tags=["people"])
MOST = 200
SkillLevels = Annotated[dict[str, Annotated[int, Field(ge=1, le=5)]], Field(max_length=200)]

OnlyQueues = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]] | None, Field(max_length=1000)]
MAY_BE_NULL = frozenset({"email", "only_queues"})


class NewUser(Body):
    name: PersonName
    username: Username = ""
    email: Email = None
    role: Role = "agent"
    language: Annotated[str, Field(pattern="^(en|zh)$")] | None = None
    takes_work: bool = True
    """Makes the agent that the person is, in the same act."""
    skills: SkillLevels = Field(default_factory=dict)
    only_queues: OnlyQueues = None
    """Whose work the person sees and acts on besides the own; null: every queue's. An administrator sees all anyway."""
    password: Annotated[str, Field(max_length=1000)] = ""
    """A first one, to be changed at the first sign-in; empty: the answer has a link."""
    mail: bool = False
    """Send the link to the e-mail address."""


class UserPatch(Body):
    """What is not named stays."""

    name: PersonName | None = None
    username: Annotated[Username, Field(min_length=1)] | None = None
    email: Email = None
    role: Role | None = None
    language: Annotated[str, Field(pattern="^(en|zh)$")] | None = None
    takes_work: bool | None = None
    skills: SkillLevels | None = None
    only_queues: OnlyQueues = None
    """Null, when it is named: every queue's."""


class FirstPassword(Body):
    password: Password


class Inviting(Body):
    mail: bool = False
    """Send the link to the e-mail address."""


class Disabling(Body):
    reason: OneLine = Field("", max_length=200)


class AskedOfUsers(Body):
    query: str = Field("", max_length=200)
    """Parts of name, user name, e-mail address or skills."""
    role: Role | None = None
    state: UserState | None = None
    offset: int = Field(0, ge=0, le=1_000_000)
    limit: int = Field(50, ge=1, le=MOST)


class UserPage(Value, frozen=True, kw_only=True):
    items: tuple[UserView, ...]
    total: int
    """How many are found, on all pages."""
    counts: UserCounts
    mail: bool
    """Links can be sent by e-mail: a mail server is set up."""


class Conversation(Value, frozen=True, kw_only=True):
    """What somebody has in hand. It goes on when they are disabled: nobody is hung up on; its end is the end of their audio."""

    call_id: CallId
    customer_name: str
    state: CallPhase
    since: float


class UserDetails(Value, frozen=True, kw_only=True):
    user: UserView
    conversation: Conversation | None


class AddedUser(Value, frozen=True, kw_only=True):
    user: UserView
    link: Link | None
    """Shown this once."""


class Sessions(Value, frozen=True, kw_only=True):
    items: tuple[OpenSession, ...]


@router.get("", responses=answers(UserPage))
async def listed(_: AsAdmin, deps: Deps, asked: Annotated[AskedOfUsers, Query()]) -> Response:
    """By name."""
    everybody, document, now = await deps.users.all(), deps.configuration.document, deps.clock.now()
    wanted = found(everybody, document, Asked(asked.query, asked.role, asked.state))
    shown = wanted[asked.offset : asked.offset + asked.limit]
    invitations = await deps.invitations.latest()
    seen = await deps.sessions.seen([user.user_id for user in shown])
    two_steps = await deps.second_steps.store.everybody()
    items = (
        view(
            user,
            document,
            invitations.get(user.user_id),
            now,
            seen_at=seen.get(user.user_id),
            second_step=user.user_id in two_steps,
        )
        for user in shown
    )
    return answer(UserPage(items=tuple(items), total=len(wanted), counts=counts(everybody), mail=bool(deps.config.mail.host)))


@router.post("", responses=answers(AddedUser, 409))
async def add(body: NewUser, admin: ByAdministrator, request: Request, deps: Deps) -> Response:
    """One act: the person, the agent that the person is, and a link to choose a password with (or a first password)."""
    new = NewPerson(
        name=body.name,
        username=body.username,
        email=body.email,
        role=body.role,
        language=body.language or deps.config.general.language,
        skills=body.skills if body.takes_work else None,
        password=body.password,
        only_queues=_queues(deps, body.only_queues),
    )
    if body.mail:
        _check_mail(deps, body.email)
    with refusals_told(), weakness_told():
        user, link = await deps.people.add(new, *admin)
    if body.mail and link is not None:
        await _mail(deps, request, user, link)
    return answer(AddedUser(user=await _view(deps, user), link=link), headers=tag(user.version))


@router.get("/{user_id}", responses=answers(UserDetails, 404))
async def one(user_id: str, _: AsAdmin, deps: Deps) -> Response:
    return await _details(deps, await _known(deps, user_id))


@router.patch("/{user_id}", responses=answers(UserDetails, 404, 409, 412, 428))
async def change(user_id: str, body: UserPatch, admin: ByAdministrator, seen: VersionSeen, deps: Deps) -> Response:
    """In force at once. Another role, other queues, or to take work or not, ends the person's sessions."""
    given = body.model_dump(exclude_unset=True)
    skills, takes_work = given.pop("skills", None), given.pop("takes_work", None)
    columns = {name: value for name, value in given.items() if value is not None or name in MAY_BE_NULL}
    if "only_queues" in columns:
        columns["only_queues"] = _queues(deps, body.only_queues)
    if "username" in columns:
        columns["username"] = str(columns["username"]).lower()
    with refusals_told(), change_told():
        user = await deps.people.change(UserId(user_id), columns, *admin, expected=seen, skills=skills, takes_work=takes_work)
    return await _details(deps, _there(user))


@router.post("/{user_id}/disable", responses=answers(UserDetails, 404, 409))
async def disable(user_id: str, body: Disabling, admin: ByAdministrator, deps: Deps) -> Response:
    """Every sign-in ends in this second, an open link too. A conversation in hand is named, and goes on."""
    with refusals_told():
        user = await deps.people.disable(UserId(user_id), admin.by, body.reason.strip())
    return await _details(deps, _there(user))


@router.post("/{user_id}/enable", responses=answers(UserDetails, 404))
async def enable(user_id: str, admin: ByAdministrator, deps: Deps) -> Response:
    return await _details(deps, _there(await deps.accounts.enable(UserId(user_id), admin.by)))


@router.post("/{user_id}/invitation", responses=answers(Link, 404, 409))
async def invite(user_id: str, admin: ByAdministrator, request: Request, deps: Deps, body: Inviting | None = None) -> Response:
    """A link to choose a password with, shown this once; an earlier one opens nothing any more. The old password, if there is
    one, is good until the link is used.
    """
    user = await _known(deps, user_id)
    if not user.active:
        raise ApiError(409, "user_disabled", "This person is disabled. Enable them first.")
    mail = body is not None and body.mail
    if mail:
        _check_mail(deps, user.email)
    link = await deps.people.invite(user.user_id, admin.by)
    if mail:
        await _mail(deps, request, user, link)
    return answer(link)


@router.delete("/{user_id}/invitation", status_code=204, responses=answers(None, 404))
async def revoke(user_id: str, admin: ByAdministrator, deps: Deps) -> Response:
    if not await deps.people.revoke(UserId(user_id), admin.by):
        raise not_found("open link")
    return done()


@router.post("/{user_id}/password", status_code=204, responses=answers(None, 404))
async def first_password(user_id: str, body: FirstPassword, admin: ByAdministrator, deps: Deps) -> Response:
    """One to begin with, which the person must change at the next sign-in. Every sign-in ends."""
    with weakness_told():
        _there(await deps.people.set_first_password(UserId(user_id), body.password, admin.by))
    return done()


@router.delete("/{user_id}/second-step", status_code=204, responses=answers(None, 404))
async def reset_second_step(user_id: str, admin: ByAdministrator, deps: Deps) -> Response:
    """For somebody who has lost both app and recovery codes: the password alone signs in, until a new one is set up."""
    if not await deps.second_steps.reset(UserId(user_id), admin.by):
        raise not_found("second step")
    return done()


@router.get("/{user_id}/sessions", responses=answers(Sessions, 404))
async def sessions(user_id: str, _: AsAdmin, deps: Deps) -> Response:
    user = await _known(deps, user_id)
    return answer(Sessions(items=await deps.accounts.of(user.user_id)))


@router.delete("/{user_id}/sessions", status_code=204, responses=answers(None, 404))
async def sign_out_everywhere(user_id: str, admin: ByAdministrator, deps: Deps) -> Response:
    if not await deps.accounts.sign_out_everywhere(UserId(user_id), admin.by):
        raise not_found("person")
    return done()


@router.delete("/{user_id}/sessions/{session_id}", status_code=204, responses=answers(None, 404))
async def end_session(user_id: str, session_id: str, admin: ByAdministrator, deps: Deps) -> Response:
    if not await deps.accounts.end_one(UserId(user_id), SessionId(session_id), admin.by):
        raise not_found("sign-in")
    return done()


def _queues(deps: Services, given: list[str] | None) -> tuple[QueueId, ...] | None:
    """In the alphabet's order, so that the same ones are the same. Raises a 422 for one that there is not."""
    if given is None:
        return None
    unknown = sorted(set(given) - deps.configuration.document.queues.keys())
    if unknown:
        raise ApiError(422, "unknown_queue", f"There is no queue {unknown[0]}.", details={"queue_id": unknown[0]})
    return tuple(map(QueueId, sorted(set(given))))


def _check_mail(deps: Services, email: str | None) -> None:
    """Before anything is done."""
    if not deps.config.mail.host:
        raise ApiError(409, "no_mail_server", "No mail server is set up: [mail] in sip.conf.")
    if not email:
        raise ApiError(409, "no_address", "There is no e-mail address to send the link to.")


async def _mail(deps: Services, request: Request, user: User, link: Link) -> None:
    """Kept sealed until it has gone out; the link stands in no log."""
    general, address = deps.config.general, address_for_others(request, deps, link.address)
    trust = opened_first(address, deps.tls.kind_of(urlsplit(address).hostname))
    try:
        await deps.outbox.send(letter(user, link, address, general.name, general.time_zone, trust=trust))
    except OutboxFull:
        raise ApiError(503, "outbox_full", "Too many messages wait to go out.") from None


async def _known(deps: Services, user_id: str) -> User:
    return _there(await deps.users.get(UserId(user_id)))


def _there(user: User | None) -> User:
    if user is None:
        raise not_found("person")
    return user


async def _details(deps: Services, user: User) -> Response:
    return answer(UserDetails(user=await _view(deps, user), conversation=_conversation(deps, user)), headers=tag(user.version))


async def _view(deps: Services, user: User) -> UserView:
    invitations, seen = await deps.invitations.latest(), await deps.sessions.seen([user.user_id])
    document, now = deps.configuration.document, deps.clock.now()
    two_steps = await deps.second_steps.is_on(user.user_id)
    return view(user, document, invitations.get(user.user_id), now, seen_at=seen.get(user.user_id), second_step=two_steps)


def _conversation(deps: Services, user: User) -> Conversation | None:
    call = next(
        (call for call in deps.live.calls.values() if user.agent_id and call.agent_id == user.agent_id and call.state != "ended"),
        None,
    )
    if call is None:
        return None
    since = call.connected_at or call.started_at
    return Conversation(call_id=call.call_id, customer_name=call.customer_name, state=call.state, since=since)

"""Who is asking, and may they? Cookies, roles, and the header that a cross-site form cannot send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, cast

import msgspec
from fastapi import Depends
from starlette.requests import HTTPConnection

from core.events import SessionEnd
from core.ids import AgentId
from server.accounts import Session
from server.api.errors import ApiError
from server.api.networks import network_of
from server.api.services import Services
from server.rights import Permission, rights_of
from server.schemas import Me

COOKIE = "patchbay_session"


def services(connection: HTTPConnection) -> Services:
    return cast(Services, connection.app.state.services)


Deps = Annotated[Services, Depends(services)]


async def find_session(connection: HTTPConnection) -> tuple[str, Session] | None:
    """The cookie's token and the sign-in behind it, with what the person may do now; or None."""
    token = connection.cookies.get(COOKIE)
    deps = services(connection)
    session = await deps.accounts.find(token) if token else None
    if token is None or session is None:
        return None
    return token, msgspec.structs.replace(session, me=me_now(deps, session))


def me_now(deps: Services, session: Session) -> Me:
    """Whose sign-in it is, what they may do now, and what they must do first."""
    me = with_permissions(deps, session.me)
    lacks = session.proof == "password" and me.role in deps.config.web.second_step_roles
    return msgspec.structs.replace(me, must_add_second_step=lacks)


def with_permissions(deps: Services, me: Me) -> Me:
    """By the rules of the company as they are at this moment."""
    rights = rights_of(deps.configuration.document.access, me.role, me.agent_id is not None)
    return msgspec.structs.replace(me, permissions=tuple(sorted(rights.permissions)), recordings=rights.recordings)


async def any_session(connection: HTTPConnection) -> Session:
    """Also of somebody who must change the password or set up a second step first: for the few routes that lead there and out."""
    found = await find_session(connection)
    if found is None:
        why = await why_signed_out(connection)
        raise ApiError(401, "not_signed_in", "Please sign in.", details=None if why is None else {"reason": why})
    return found[1]


async def why_signed_out(connection: HTTPConnection) -> SessionEnd | None:
    """Only whoever holds the cookie of a sign-in is told how it ended."""
    token = connection.cookies.get(COOKIE)
    return await services(connection).accounts.why_over(token) if token else None


AnySession = Annotated[Session, Depends(any_session)]


def signed_in(session: AnySession) -> Me:
    if session.me.must_change_password:
        raise ApiError(403, "password_must_change", "Please choose a password of your own first.")
    if session.me.must_add_second_step:
        raise ApiError(403, "second_step_must_be_set_up", "Please set up two-step verification first.")
    return session.me


SignedIn = Annotated[Me, Depends(signed_in)]


def agent(me: SignedIn) -> AgentId:
    """The agent that the person is."""
    if me.agent_id is None:
        raise ApiError(403, "not_an_agent", "Only agents can do this.")
    return me.agent_id


AsAgent = Annotated[AgentId, Depends(agent)]

PAGES: Mapping[Permission, str] = {
    Permission.BOARD: "the board",
    Permission.SUPERVISE: "supervising",
    Permission.REPORTS: "Reports",
    Permission.HISTORY: "History",
    Permission.CUSTOMERS: "Customers",
    Permission.WHOLE_NUMBERS: "whole telephone numbers",
    Permission.QUALITY: "Quality",
    Permission.PLANNING: "Planning",
    Permission.AUDIO: "audio",
    Permission.ADMINISTER: "Administration",
}
"""As a person is told what they may not."""


def has_audio(me: SignedIn) -> Me:
    """An agent, or whoever may have an audio leg without being one."""
    if me.agent_id is None and not me.may(Permission.AUDIO):
        text = "Your role doesn't include audio. Ask an administrator."
        raise ApiError(403, "not_allowed", text, details={"permission": Permission.AUDIO})
    return me


HasAudio = Annotated[Me, Depends(has_audio)]


def requires(permission: Permission) -> Callable[[Me], Me]:
    """A route's rule: whoever asks has this permission."""

    def rule(me: SignedIn) -> Me:
        if not me.may(permission):
            text = f"Your role doesn't include {PAGES[permission]}. Ask an administrator."
            raise ApiError(403, "not_allowed", text, details={"permission": permission})
        return me

    return rule


AsSupervisor = Annotated[Me, Depends(requires(Permission.SUPERVISE))]
AsAdmin = Annotated[Me, Depends(requires(Permission.ADMINISTER))]
SeesReports = Annotated[Me, Depends(requires(Permission.REPORTS))]
SeesHistory = Annotated[Me, Depends(requires(Permission.HISTORY))]
FindsCustomers = Annotated[Me, Depends(requires(Permission.CUSTOMERS))]


def public() -> None:
    """A route's rule: anybody may ask. Said in so many words, because a route without a rule is a mistake."""


Public = Depends(public)


def own_rule() -> None:
    """A route's rule: one that the route has to look at by itself."""


OwnRule = Depends(own_rule)
RULES = (any_session, public, own_rule)
"""One of them is asked by every route, by itself or through another."""


def network(connection: HTTPConnection) -> str:
    """Of the peer; uvicorn has put the forwarded address there when a trusted proxy said so."""
    return network_of(connection.client.host if connection.client else "unknown")

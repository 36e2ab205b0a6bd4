"""Who is asking, and may they? Cookies, roles, and the header that a cross-site form cannot send."""

from __future__ import annotations

from typing import Annotated, cast

import msgspec
from fastapi import Depends
from starlette.requests import HTTPConnection

from core.ids import AgentId
from server.api.errors import ApiError
from server.api.services import Services
from server.schemas import Me

COOKIE = "patchbay_session"


def services(connection: HTTPConnection) -> Services:
    return cast(Services, connection.app.state.services)


Deps = Annotated[Services, Depends(services)]


async def find_me(connection: HTTPConnection) -> Me | None:
    """The person behind the cookie, or None."""
    token = connection.cookies.get(COOKIE)
    value = await services(connection).sessions.find(token) if token else None
    try:
        return None if value is None else msgspec.json.decode(value, type=Me)
    except (msgspec.DecodeError, UnicodeError):  # of another release: who it was signs in again
        return None


async def signed_in(connection: HTTPConnection) -> Me:
    me = await find_me(connection)
    if me is None:
        raise ApiError(401, "not_signed_in", "Please sign in.")
    return me


SignedIn = Annotated[Me, Depends(signed_in)]


def agent(me: SignedIn) -> AgentId:
    """The agent that the person is."""
    if me.agent_id is None:
        raise ApiError(403, "not_an_agent", "Only agents can do this.")
    return me.agent_id


AsAgent = Annotated[AgentId, Depends(agent)]


def supervisor(me: SignedIn) -> Me:
    if me.role == "agent":
        raise ApiError(403, "not_allowed", "Only supervisors can do this.")
    return me


AsSupervisor = Annotated[Me, Depends(supervisor)]


def administrator(me: SignedIn) -> Me:
    if me.role != "admin":
        raise ApiError(403, "not_allowed", "Only administrators can do this.")
    return me


AsAdmin = Annotated[Me, Depends(administrator)]


def address(connection: HTTPConnection) -> str:
    """Of the peer; uvicorn has put the forwarded one there when a trusted proxy said so."""
    return connection.client.host if connection.client else "unknown"

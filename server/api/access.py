"""Who is asking, and may they? Cookies, roles, and the header that a cross-site form cannot send."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from core.ids import AgentId
from server.accounts import Session
from server.api.errors import ApiError
from server.api.networks import network_of
from server.api.services import Services
from server.schemas import Me

COOKIE = "patchbay_session"


def services(connection: HTTPConnection) -> Services:
    return cast(Services, connection.app.state.services)


Deps = Annotated[Services, Depends(services)]


async def find_session(connection: HTTPConnection) -> tuple[str, Session] | None:
    """The cookie's token and the sign-in behind it, or None."""
    token = connection.cookies.get(COOKIE)
    session = await services(connection).accounts.find(token) if token else None
    return None if token is None or session is None else (token, session)


async def signed_in(connection: HTTPConnection) -> Me:
    found = await find_session(connection)
    if found is None:
        raise ApiError(401, "not_signed_in", "Please sign in.")
    return found[1].me


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


def network(connection: HTTPConnection) -> str:
    """Of the peer; uvicorn has put the forwarded address there when a trusted proxy said so."""
    return network_of(connection.client.host if connection.client else "unknown")

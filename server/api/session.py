"""Signing in and out."""

from __future__ import annotations

import asyncio
from functools import cache

import msgspec
import structlog
from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.commands import SetAgentState
from core.model import AgentState
from server.api.access import COOKIE, Deps, SignedIn, address, find_me
from server.api.answers import NO_CONTENT, answer, answers, done
from server.api.bodies import Body
from server.api.errors import ApiError
from server.api.services import Services
from server.passwords import hash_password, needs_rehash, verify_password
from server.schemas import Me
from server.storage.sql.users import User

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/session", tags=["session"])


@cache
def _nobody() -> str:
    """Checked for unknown names, so that the answer takes as long as for a wrong password."""
    return hash_password("nobody has this password")


class SignIn(Body):
    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)


@router.post("", responses=answers(Me))
async def sign_in(body: SignIn, request: Request, deps: Deps) -> Response:
    limit = deps.config.limits.sign_in_tries_per_minute
    wait_s = await deps.limits.seconds_to_wait("sign-in", address(request), limit)
    if wait_s:
        text = f"Too many tries. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_tries", text, {"Retry-After": str(wait_s)})
    user = await deps.users.by_username(body.username)
    right = await asyncio.to_thread(_is_right, user, body.password)
    if user is None or not right:
        log.info("sign-in refused")
        raise ApiError(401, "wrong_password", "The name or the password is not right.")
    if needs_rehash(user.password_hash):
        await deps.users.set_password_hash(user.user_id, await asyncio.to_thread(hash_password, body.password))
    return await _begin(deps, user, secure=request.url.scheme == "https")


def _is_right(user: User | None, password: str) -> bool:
    return verify_password(user.password_hash if user else _nobody(), password)


async def _begin(deps: Services, user: User, secure: bool) -> Response:
    me = msgspec.convert(
        {name: getattr(user, name) for name in ("user_id", "username", "name", "role", "agent_id", "language")}, Me
    )
    token = await deps.sessions.begin(msgspec.json.encode(me))
    log.info("signed in", user_id=user.user_id)
    response = answer(me)
    max_age = int(deps.config.web.session_hours * 3600)
    response.set_cookie(COOKIE, token, max_age=max_age, httponly=True, samesite="strict", secure=secure)
    return response


@router.get("", responses=answers(Me))
async def who_am_i(me: SignedIn) -> Response:
    return answer(me)


@router.delete("", status_code=204, responses=NO_CONTENT)
async def sign_out(request: Request, deps: Deps) -> Response:
    """An agent who signs out gets no more work; what is in hand goes on."""
    me, token = await find_me(request), request.cookies.get(COOKIE)
    if me is not None and me.agent_id is not None:
        await deps.bus.send("acd", SetAgentState(agent_id=me.agent_id, state=AgentState.SIGNED_OUT))
    if token:
        await deps.sessions.end(token)
    response = done()
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response

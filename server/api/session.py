"""Signing in and out."""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.commands import HandBackCall, SetAgentState
from core.events import SessionEnd
from core.model import AgentState
from core.partitions import calls_of
from server.accounts import Proof, Session
from server.api.access import COOKIE, AnySession, Deps, Public, find_session, me_now, network
from server.api.answers import NO_CONTENT, answer, answers, done
from server.api.bodies import Body
from server.api.codes import Code, code_needed, is_right_code, wrong_code
from server.api.devices import device_of
from server.api.errors import ApiError
from server.api.services import Services
from server.api.trail import WritesDown
from server.demo.company import public_password
from server.passwords import hash_of_nobody, hash_password, needs_rehash, verify_password
from server.schemas import Me
from server.storage.sql.users import User

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/session", tags=["session"])


class SignIn(Body):
    username: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)
    code: Code = ""
    """Of the second step, when the first answer was 401 `code_needed`. Nothing is kept between the two."""


@router.post("", responses=answers(Me, 401, 429), dependencies=[Public])
async def sign_in(body: SignIn, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """Slower and slower after failed tries, never refused for good. Who has a second step is told so (401 `code_needed`) once the
    password is right, and sends everything again with the code.
    """
    attempt = await deps.sign_ins.begin(body.username, network(request))
    user = await deps.users.by_username(body.username)
    async with deps.sign_ins.checking:
        right = await asyncio.to_thread(_is_right, user, body.password)
    # Looked at after the password was checked, so that it takes as long as any other failure.
    public = not deps.config.general.demo and body.password == public_password()
    if user is None or not right or public:
        reason = "demo_password" if user and right else "wrong_password" if user else "unknown_name"
        # What was typed as a name stays unwritten: it may be a password in the wrong field.
        user_id = user.user_id if user else None
        await trail.note(user_id, "sign_in_failed", user_id or "", refused=True, reason=reason)
        log.info("sign-in refused", reason=reason if reason == "demo_password" else "wrong name or password")
        raise _wrong()
    if needs_rehash(user.password_hash):
        password_hash = await asyncio.to_thread(hash_password, body.password)
        await deps.users.set_password_hash(user.user_id, password_hash)
        user = msgspec.structs.replace(user, password_hash=password_hash)
    two_steps = await deps.second_steps.is_on(user.user_id)
    if two_steps and not body.code:
        await attempt.taken_back()
        raise code_needed()
    if two_steps and not await is_right_code(deps, request, trail, user, body.code):
        raise wrong_code()
    response = await begin_session(deps, user, request, "two_steps" if two_steps else "password")
    await attempt.succeeded()
    await trail.note(user.user_id, "sign_in", user.user_id)
    return response


def _wrong() -> ApiError:
    return ApiError(401, "wrong_password", "The name or the password is not right.")


def _is_right(user: User | None, password: str) -> bool:
    """Who has no password yet is as wrong as who is not there, after the same time."""
    known = user.password_hash if user else ""
    return verify_password(known or hash_of_nobody(), password) and bool(known)


def is_secure(request: Request) -> bool:
    return str(request.scope["scheme"]) == "https"  # `request.url` fails for a Host header that is none


async def begin_session(deps: Services, user: User, request: Request, proof: Proof) -> Response:
    """`Me`, with the cookie of a new sign-in."""
    rules = deps.config.oidc
    if rules.issuer and rules.passwords == "administrators" and user.role != "admin":
        raise ApiError(403, "use_provider", f"Please sign in with {rules.name}.")
    begun = await open_session(deps, user, request, proof)
    if begun is None:
        raise _wrong()
    token, session = begun
    response = answer(me_now(deps, session))
    set_cookie(deps, response, token, request)
    return response


async def open_session(deps: Services, user: User, request: Request, proof: Proof) -> tuple[str, Session] | None:
    """The cookie's token and the new sign-in; None: the account was changed while it was looked at."""
    device = device_of(request.headers.get("user-agent", ""), request.client.host if request.client else "")
    begun = await deps.accounts.begin(user, device, proof)
    if begun is None:
        return None
    await deps.users.signed_in(user.user_id, deps.clock.now())
    log.info("signed in", user_id=user.user_id, proof=proof)
    return begun


def set_cookie(deps: Services, response: Response, token: str, request: Request) -> None:
    max_age = int(deps.config.web.session_longest_hours * 3600)
    response.set_cookie(COOKIE, token, max_age=max_age, httponly=True, samesite="strict", secure=is_secure(request))


@router.get("", responses=answers(Me))
async def who_am_i(session: AnySession) -> Response:
    return answer(session.me)


@router.delete("", status_code=204, responses=NO_CONTENT, dependencies=[Public])
async def sign_out(request: Request, deps: Deps, trail: WritesDown) -> Response:
    """An agent gets no more work; whoever is in conversation with that agent waits in the queue again, first in line."""
    found = await find_session(request)
    if found is not None:
        token, session = found
        me = session.me
        if me.agent_id is not None:
            await deps.bus.send("acd", SetAgentState(agent_id=me.agent_id, state=AgentState.SIGNED_OUT))
            if (call := deps.live.living.with_agent(me.agent_id)) is not None:
                await deps.bus.send(calls_of(call.call_id), HandBackCall(call_id=call.call_id, agent_id=me.agent_id))
        await deps.accounts.end(token, session, SessionEnd.SIGNED_OUT)
        await trail.note(me.user_id, "sign_out", me.user_id)
        log.info("signed out", user_id=me.user_id)
    response = done()
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=is_secure(request))
    return response

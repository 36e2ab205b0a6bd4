"""Two-step verification of one's own account: set up, confirmed, turned off; recovery codes."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.model import Value
from server.accounts import Session
from server.api.access import AnySession, Deps, network
from server.api.answers import answer, answers, done
from server.api.bodies import Body
from server.api.codes import is_right_code
from server.api.errors import ApiError
from server.api.person import actor
from server.api.services import Services
from server.api.trail import Trail, WritesDown
from server.passwords import verify_password
from server.second_step.service import SetUp
from server.storage.sql.users import User

router = APIRouter(prefix="/me/second-step", tags=["me"])
FRESH_S = 600.0
"""Who signed in so lately need not type the password again."""


class Starting(Body):
    password: str = Field("", max_length=1000)
    """Needed when `ask_password` says so: a desk that was left open must not get somebody else's app."""


class Shown(Body):
    code: Annotated[str, Field(min_length=1, max_length=100)]


class SecondStepState(Value, frozen=True, kw_only=True):
    possible: bool
    """Without a password of one's own the identity provider asks for what it wants."""
    required: bool
    """The company asks the person's role for it: it cannot be turned off."""
    since: float | None
    """null: off."""
    recovery_codes_left: int
    ask_password: bool


class RecoveryCodes(Value, frozen=True, kw_only=True):
    """Shown this once; each is good once."""

    codes: tuple[str, ...]


@router.get("", responses=answers(SecondStepState))
async def state(session: AnySession, deps: Deps) -> Response:
    user, found = await _user(deps, session), await deps.second_steps.state(session.me.user_id)
    shown = SecondStepState(
        possible=bool(user.password_hash),
        required=user.role in deps.config.web.second_step_roles,
        since=found.since,
        recovery_codes_left=found.recovery_codes_left,
        ask_password=not _is_fresh(deps, session),
    )
    return answer(shown)


@router.post("", responses=answers(SetUp, 403, 409, 429))
async def start(body: Starting, session: AnySession, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """A key for an authenticator app, in force once a code of it was sent to `/confirm`."""
    user = await _user(deps, session)
    if not user.password_hash:
        raise ApiError(409, "no_password", "You sign in with your identity provider, which asks for a second step itself.")
    if not _is_fresh(deps, session):
        await _check_password(deps, request, trail, user, body.password)
    made = await deps.second_steps.start(user)
    if made is None:
        raise ApiError(409, "second_step_on", "Two-step verification is on already.")
    return answer(made)


@router.post("/confirm", responses=answers(RecoveryCodes, 403, 429))
async def confirm(body: Shown, session: AnySession, request: Request, deps: Deps) -> Response:
    """Two-step verification is on from now on; other sign-ins stay."""
    me = session.me
    counted = await deps.sign_ins.count_code(me.user_id, me.username, network(request))
    codes = await deps.second_steps.confirm(me.user_id, body.code, actor(request, me))
    if codes is None:
        raise ApiError(403, "wrong_code", "This code is not right. Is the clock of your phone right?")
    await counted.taken_back()
    await deps.accounts.prove(me.user_id, session.session_id)
    return answer(RecoveryCodes(codes=codes))


@router.post("/recovery-codes", responses=answers(RecoveryCodes, 403, 409, 429))
async def new_recovery_codes(body: Shown, session: AnySession, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """In place of all earlier ones."""
    await _check_own_code(deps, session, request, trail, body.code)
    return answer(RecoveryCodes(codes=await deps.second_steps.new_recovery_codes(session.me.user_id, actor(request, session.me))))


@router.post("/remove", status_code=204, responses=answers(None, 403, 409, 429))
async def remove(body: Shown, session: AnySession, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """Signs in with the password alone again."""
    if session.me.role in deps.config.web.second_step_roles:
        raise ApiError(409, "second_step_required", "Your role signs in with two steps.")
    await _check_own_code(deps, session, request, trail, body.code)
    await deps.second_steps.turn_off(session.me.user_id, actor(request, session.me))
    return done()


def _is_fresh(deps: Services, session: Session) -> bool:
    return deps.clock.now() - session.began_at < FRESH_S


async def _user(deps: Services, session: Session) -> User:
    user = await deps.users.by_id(session.me.user_id)
    if user is None:
        raise ApiError(401, "not_signed_in", "Please sign in.")
    return user


async def _check_password(deps: Services, request: Request, trail: Trail, user: User, password: str) -> None:
    """As slowly as at a sign-in when it is wrong."""
    attempt = await deps.sign_ins.begin(user.username, network(request))
    async with deps.sign_ins.checking:
        right = await asyncio.to_thread(verify_password, user.password_hash, password)
    if not right:
        await trail.note(user.user_id, "add_second_step", user.user_id, refused=True, reason="wrong_password")
        raise ApiError(403, "wrong_old_password", "The password is not right.")
    await attempt.succeeded()


async def _check_own_code(deps: Services, session: Session, request: Request, trail: Trail, code: str) -> None:
    user = await _user(deps, session)
    if not await deps.second_steps.is_on(user.user_id):
        raise ApiError(409, "second_step_off", "Two-step verification is off.")
    if not await is_right_code(deps, request, trail, user, code):
        raise ApiError(403, "wrong_code", "This code is not right, or was used already. Wait for the next one.")

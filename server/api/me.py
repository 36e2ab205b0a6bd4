"""What everybody does with their own account: another password, another language, an end to sign-ins elsewhere."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.ids import SessionId
from core.model import Value
from server.accounts import Actor, OpenSession
from server.api.access import COOKIE, AnySession, Deps, SignedIn, me_now, network
from server.api.answers import NO_CONTENT, answer, answers, done
from server.api.bodies import Body
from server.api.errors import ApiError, not_found
from server.api.person import Password, actor, change_told, weakness_told
from server.api.services import Services
from server.api.session import begin_session
from server.api.trail import WritesDown
from server.passwords import verify_password
from server.schemas import Me
from server.storage.sql.users import User

router = APIRouter(prefix="/me", tags=["me"])


class NewPassword(Body):
    old: Password
    password: Password


class MyChanges(Body):
    language: Annotated[str, Field(pattern="^(en|zh)$")]


class MySessions(Value, frozen=True, kw_only=True):
    items: tuple[OpenSession, ...]


@router.patch("", responses=answers(Me))
async def change(body: MyChanges, me: SignedIn, request: Request, deps: Deps) -> Response:
    """The language in which the person is spoken to, on every screen they sign in on."""
    user = await deps.accounts.change(me.user_id, actor(request, me), "change_language", {"language": body.language})
    if user is None:
        raise ApiError(401, "not_signed_in", "Please sign in.")
    found = await deps.accounts.find(request.cookies.get(COOKIE, ""))
    return answer(me if found is None else me_now(deps, found))


@router.post("/password", responses=answers(Me, 401, 403, 412, 429))
async def change_password(body: NewPassword, session: AnySession, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """Every sign-in of the person ends but this one, which goes on with a new cookie. The old password is asked for, as slowly
    as at a sign-in when it is wrong.
    """
    me = session.me
    attempt = await deps.sign_ins.begin(me.username, network(request))
    user = await deps.users.by_id(me.user_id)
    async with deps.sign_ins.checking:
        right = user is not None and await asyncio.to_thread(verify_password, user.password_hash, body.old)
    if user is None or not right:
        await trail.note(me.user_id, "change_password", me.user_id, refused=True, reason="wrong_password")
        raise ApiError(403, "wrong_old_password", "The old password is not right.")
    await attempt.succeeded()
    changed = await _changed(deps, user, body, actor(request, me))
    return await begin_session(deps, changed, request, session.proof)


async def _changed(deps: Services, user: User, body: NewPassword, by: Actor) -> User:
    if body.password == body.old:
        violation = {"place": "password", "code": "password_is_old", "params": {}}
        raise ApiError(422, "invalid", "The new password is the old one.", details={"violations": [violation]})
    with weakness_told(), change_told():
        deps.people.check_password(body.password, user.username, user.name, user.email)
        changed = await deps.accounts.change_password(user.user_id, body.password, by, expected=user.version)
    if changed is None:
        raise ApiError(401, "not_signed_in", "Please sign in.")
    return changed


@router.get("/sessions", responses=answers(MySessions))
async def sessions(session: AnySession, me: SignedIn, deps: Deps) -> Response:
    return answer(MySessions(items=await deps.accounts.of(me.user_id, session.session_id)))


@router.delete("/sessions", status_code=204, responses=NO_CONTENT)
async def sign_out_everywhere(me: SignedIn, request: Request, deps: Deps) -> Response:
    """Here too."""
    await deps.accounts.sign_out_everywhere(me.user_id, actor(request, me))
    return done()


@router.delete("/sessions/{session_id}", status_code=204, responses=answers(None, 404))
async def end_session(session_id: str, me: SignedIn, request: Request, deps: Deps) -> Response:
    if not await deps.accounts.end_one(me.user_id, SessionId(session_id), actor(request, me)):
        raise not_found("sign-in")
    return done()

"""Links with which somebody chooses a password: public, because who holds one has no account to sign in with yet.

A link's secret has 256 bits, so that nobody finds one by trying; tries are limited all the same, because each takes a lookup. It
comes in a body, never in an address: those stand in the logs of every proxy on the way.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.model import Value
from server.accounts import Proof
from server.api.access import Deps, Public, network
from server.api.answers import answer, answers
from server.api.bodies import Body
from server.api.codes import Code, code_needed, is_right_code, wrong_code
from server.api.errors import ApiError
from server.api.person import Password, PersonName, Username, link_told, refusals_told, source_of, weakness_told
from server.api.services import Services
from server.api.session import begin_session
from server.api.trail import Trail, WritesDown
from server.people.service import Acceptance
from server.schemas import Me

router = APIRouter(prefix="/invitations", tags=["invitations"], dependencies=[Public])
Token = Annotated[str, Field(min_length=20, max_length=100, pattern="^[A-Za-z0-9_-]+$")]


class Opening(Body):
    token: Token
    """What stands behind «#» in the link."""


class Accepting(Opening):
    name: PersonName
    password: Password
    username: Username = ""
    """Of the first administrator; others have one."""
    language: Annotated[str, Field(pattern="^(en|zh)$")] | None = None
    code: Code = ""
    """Of somebody whose sign-in has a second step: a link that resets a password does not replace it."""


class OpenedInvitation(Value, frozen=True, kw_only=True):
    """What the page of a link shows."""

    kind: Literal["first_administrator", "invitation", "reset"]
    installation: str
    name: str
    username: str
    language: str
    expires_at: float
    shortest_password: int
    second_step: bool
    """A code is asked for, too."""


@router.post("/open", responses=answers(OpenedInvitation, 410, 429))
async def opened(body: Opening, request: Request, deps: Deps) -> Response:
    await _slowly(deps, request)
    with link_told():
        found = await deps.people.opened(body.token)
    user = found.user
    shown = OpenedInvitation(
        kind="first_administrator" if user is None else "reset" if user.password_hash else "invitation",
        installation=deps.config.general.name,
        name=user.name if user else "",
        username=user.username if user else "",
        language=user.language if user else deps.config.general.language,
        expires_at=found.invitation.expires_at,
        shortest_password=deps.config.web.shortest_password,
        second_step=user is not None and await deps.second_steps.is_on(user.user_id),
    )
    return answer(shown, headers={"Cache-Control": "no-store"})


@router.post("/accept", responses=answers(Me, 401, 409, 410, 429))
async def accept(body: Accepting, request: Request, deps: Deps, trail: WritesDown) -> Response:
    """Sets name and password and signs in; the link is used up."""
    await _slowly(deps, request)
    proof = await _second_step(deps, request, trail, body.token, body.code)
    answered = Acceptance(name=body.name, password=body.password, username=body.username, language=body.language or "")
    with refusals_told(), weakness_told(), link_told():
        user = await deps.people.accept(body.token, answered, source_of(request))
    return await begin_session(deps, user, request, proof)


async def _second_step(deps: Services, request: Request, trail: Trail, token: str, code: str) -> Proof:
    """Raises 401 `code_needed` and `wrong_code`; the link is not used up then."""
    with link_told():
        user = (await deps.people.opened(token)).user
    if user is None or not await deps.second_steps.is_on(user.user_id):
        return "password"
    if not code:
        raise code_needed()
    if not await is_right_code(deps, request, trail, user, code):
        raise wrong_code()
    return "two_steps"


async def _slowly(deps: Services, request: Request) -> None:
    wait_s = await deps.limits.seconds_to_wait("invitation", network(request), deps.config.limits.invitation_tries_per_minute)
    if wait_s:
        text = f"Too many attempts. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_tries", text, {"Retry-After": str(wait_s)})

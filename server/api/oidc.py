"""Signing in with the identity provider: there, and back. Both are visits of a browser; what went wrong the sign-in page says."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

import msgspec
import structlog
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from core.model import Value
from core.ports import Unavailable
from server.api.access import Deps, Public, network
from server.api.answers import answer, answers, refusals
from server.api.errors import not_found
from server.api.https_first import host_of
from server.api.own_address import own_address
from server.api.person import source_of
from server.api.services import Services
from server.api.session import is_secure, open_session, set_cookie
from server.api.trail import WritesDown
from server.https.names import is_loopback
from server.oidc.flow import PENDING_S, Pending, Untrusted, begun, check_return
from server.oidc.people import NotAdmitted
from server.oidc.provider import Away, Unusable
from server.outbox.vault import Sealed
from server.storage.sql.users import UserRefused

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/session", tags=["session"], dependencies=[Public])
COOKIE = "patchbay_provider"
PATH = "/api/v1/session/provider"
PLACE = "sign-in at the identity provider"
Problem = Literal["away", "misconfigured", "refused", "not_believed", "unknown", "disabled", "taken", "too_many", "not_now"]
TOLD: dict[str, Problem] = {
    "server_error": "away",
    "temporarily_unavailable": "away",
    "invalid_request": "misconfigured",
    "unauthorized_client": "misconfigured",
    "unsupported_response_type": "misconfigured",
    "invalid_scope": "misconfigured",
}
"""What the provider sends a browser back with (RFC 6749 §4.1.2.1); whatever else it is, nobody was signed in there."""


class Returned(BaseModel):
    """What the provider's redirect brings; what else it brings is its own business."""

    state: str = Field("", max_length=4000)
    code: str = Field("", max_length=4000)
    iss: str = Field("", max_length=4000)
    error: str = Field("", max_length=4000)


class SignInWays(Value, frozen=True, kw_only=True):
    """What the sign-in page offers."""

    provider: str | None
    """Its name on the button; null: there is none."""
    passwords: Literal["everybody", "administrators"]
    needs_administrator: bool
    """Nobody can administer it yet; who may, is said where the server runs. False while the database is away."""
    own_authority: bool
    """The browser has this page by a certificate of the installation's own authority, about which it may have warned."""


@router.get("/ways", responses=answers(SignInWays))
async def ways(request: Request, deps: Deps) -> Response:
    rules, host = deps.config.oidc, host_of(request.scope) or ""
    made = SignInWays(
        provider=rules.name if rules.issuer else None,
        passwords=rules.passwords,
        needs_administrator=await _needs_administrator(deps),
        own_authority=is_secure(request) and deps.tls.kind_of(host) == "own" and not is_loopback(host),
    )
    return answer(made)


async def _needs_administrator(deps: Services) -> bool:
    try:
        return not await deps.people.has_administrator()
    except Unavailable:
        return False


@router.get("/provider", status_code=303, responses=refusals(404))
async def leave(request: Request, deps: Deps) -> Response:
    """A browser's visit: goes to the provider, or back to the sign-in page with `?provider=` and what is wrong."""
    if deps.provider is None:
        raise not_found("identity provider")
    if await deps.limits.seconds_to_wait("provider", network(request), deps.config.limits.invitation_tries_per_minute):
        return _home("too_many")
    pending = begun(own_address(request, deps) + f"{PATH}/return", deps.clock.now())
    try:
        response: Response = RedirectResponse(await deps.provider.address(pending), 303)
    except Away as away:
        return _home(_failure(away))
    sealed = base64.urlsafe_b64encode(deps.vault.seal(msgspec.json.encode(pending).decode(), PLACE)).decode()
    # Lax: the provider's page sends the browser back here, which is a visit from elsewhere.
    response.set_cookie(
        COOKIE, sealed, max_age=int(PENDING_S), path=PATH, httponly=True, samesite="lax", secure=is_secure(request)
    )
    return response


@router.get("/provider/return", status_code=303, responses=refusals(404))
async def come_back(request: Request, back: Annotated[Returned, Query()], deps: Deps, trail: WritesDown) -> Response:
    """A browser's visit: from the provider to the first page, or to the sign-in page with `?provider=` and what is wrong."""
    if deps.provider is None:
        raise not_found("identity provider")
    problem: Problem
    try:
        pending = _pending(request, deps)
        check_return(pending, back.state, back.iss, deps.config.oidc, deps.clock.now())
        if back.error or not back.code:
            return _home(TOLD.get(back.error, "refused"))
        who = await deps.provider.redeem(back.code, pending)
        user = await deps.provider_people.admit(who, source_of(request))
        begun_session = await open_session(deps, user, request, "provider")
    except Away as away:
        return _home(_failure(away))
    except Unavailable as error:
        log.warning("nobody could be signed in", error=error)
        return _home("not_now")
    except Untrusted as untrusted:
        log.warning("a sign-in at the identity provider is not believed", reason=str(untrusted))
        problem, user_id = "not_believed", None
    except NotAdmitted as refused:
        problem, user_id = refused.why, refused.user.user_id if refused.user else None
    except UserRefused:
        problem, user_id = "taken", None
    else:
        if begun_session is None:
            return _home("not_now")
        token, _ = begun_session
        await trail.note(user.user_id, "sign_in", user.user_id, proof="provider")
        response: Response = RedirectResponse("/", 303)
        response.delete_cookie(COOKIE, path=PATH)
        set_cookie(deps, response, token, request)
        return response
    await trail.note(user_id, "sign_in_failed", user_id or "", refused=True, reason=f"provider_{problem}")
    return _home(problem)


def _pending(request: Request, deps: Services) -> Pending:
    """Raises `Untrusted`."""
    try:
        sealed = base64.urlsafe_b64decode(request.cookies.get(COOKIE, ""))
        return msgspec.json.decode(deps.vault.open(sealed, PLACE), type=Pending)
    except (binascii.Error, ValueError, Sealed, msgspec.DecodeError) as error:
        raise Untrusted("this browser was not sent there") from error


def _failure(away: Away) -> Problem:
    if isinstance(away, Unusable):
        log.error("the identity provider cannot be used", reason=str(away))
        return "misconfigured"
    log.warning("the identity provider is away", reason=str(away))
    return "away"


def _home(problem: Problem) -> Response:
    response = RedirectResponse(f"/?provider={problem}", 303)
    response.delete_cookie(COOKIE, path=PATH)
    return response

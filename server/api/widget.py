"""Callers from web pages that may place calls: no account, so everything they cost has a limit.

Per network (an IPv4 address, an IPv6 /64) and in all: calls begun in a minute, and calls at once. The rest of the legs is for
telephones and agents. That a browser answers at all is for its node to find out, which ends legs that never connect.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import Field

from core.causes import EndCause
from core.commands import CreateBrowserLeg, EndCall, HangUpLeg
from core.ids import CallId, LegId, NodeId, new_id
from core.model import LegPurpose, Value
from core.partitions import calls_of
from core.ports import StateStore, Unavailable
from core.ranges import fit_name
from core.saved import decoded, sorted_out
from server.api.access import Deps, OwnRule, network
from server.api.agent import MAX_SDP, create_browser_leg
from server.api.answers import answer, answers, done
from server.api.bodies import Body
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.api.strangers import CONNECTING_S, Strangers
from server.regions import region_of
from server.schemas import LiveCall

router = APIRouter(prefix="/widget/calls", tags=["widget"], dependencies=[OwnRule])
KIND = "widget_call"
HEADER = "X-Patchbay-Call"
"""Holds a call's token. In an address it would stand in the logs of every proxy on the way."""
LONGEST_TOKEN = 100
_STATES = {"wrap_up": "ended"}


def _token(
    header: Annotated[str | None, Header(alias=HEADER, max_length=LONGEST_TOKEN)] = None,
    token: Annotated[
        str | None,
        Query(max_length=LONGEST_TOKEN, deprecated=True, description="As 0.1's widget sends it; proxies write addresses down"),
    ] = None,
) -> str:
    """What came with the call."""
    given = header or token
    if not given:
        raise ApiError(422, "invalid", f"Send the call's token in {HEADER}.")
    return given


Token = Annotated[str, Depends(_token)]


class WidgetCall(Body):
    number: str = Field(min_length=1, max_length=40)
    sdp: str = Field(min_length=1, max_length=MAX_SDP)
    display_name: str | None = Field(None, max_length=100)


class WidgetAnswer(Value, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    sdp: str
    token: str


class WidgetState(Value, frozen=True, kw_only=True):
    state: str
    """``connecting``, ``ivr``, ``waiting``, ``ringing``, ``talking``, ``held`` or ``ended``."""
    cause: str | None = None
    position: int | None = None


class Caller(msgspec.Struct, frozen=True):
    """What is kept of a widget's call, so that only its page can ask and hang up."""

    token_hash: str
    leg_id: LegId
    node_id: NodeId
    begun_at: float
    network: str = ""
    """Its hash."""


async def take_up(store: StateStore, strangers: Strangers) -> None:
    """After a restart: the calls that pages may still ask about, in the order in which they began."""
    kept, _ = sorted_out(await store.load_all(KIND), Caller)
    for call_id, caller in sorted(kept.items(), key=lambda item: item[1].begun_at):
        strangers.remember(CallId(call_id), caller.begun_at)


@router.post("", responses=answers(WidgetAnswer, 404, 429))
async def call(body: WidgetCall, request: Request, deps: Deps) -> Response:
    here, limits = _hash(network(request))[:16], deps.config.limits
    await _count(deps, here)
    if await deps.numbers.plan.find(body.number) is None:
        raise not_found("number")
    if not await deps.strangers.may_begin(here, limits.widget_calls_per_network, limits.widget_calls, deps.clock.now()):
        raise ApiError(429, "too_many_calls", "Too many calls from here are open. Please try again later.", {"Retry-After": "60"})
    region = region_of(request.client.host if request.client else "", deps.config.regions)
    node_id = deps.fleet.node_for_new_leg(deps.clock.now(), region=region)
    if node_id is None:
        raise ApiError(503, "no_node", "All lines are busy. Please try again in a moment.", {"Retry-After": "5"})
    call_id, leg_id, token = CallId(new_id("call")), LegId(new_id("leg")), secrets.token_urlsafe(24)
    caller = Caller(_hash(token), leg_id, node_id, deps.clock.now(), here)
    await deps.store.save(KIND, call_id, msgspec.msgpack.encode(caller))
    command = CreateBrowserLeg(
        leg_id=leg_id,
        purpose=LegPurpose.CALLER,
        sdp_offer=body.sdp,
        call_id=call_id,
        called=body.number,
        display_name=fit_name(body.display_name or ""),
    )
    for forgotten in deps.strangers.to_forget(deps.clock.now()):
        await deps.store.delete(KIND, forgotten)
    await deps.strangers.begun(call_id, here, deps.clock.now())
    try:
        sdp = await create_browser_leg(deps, node_id, command)
    except (ApiError, Unavailable):
        await deps.strangers.ended(call_id)
        await deps.store.delete(KIND, call_id)
        raise
    return answer(WidgetAnswer(call_id=call_id, leg_id=leg_id, sdp=sdp, token=token))


async def _count(deps: Services, here: str) -> None:
    """Raises a 429 for who begins too many calls, and for everybody while all together do."""
    limits = deps.config.limits
    wait_s = await deps.limits.seconds_to_wait("widget", here, limits.widget_calls_per_minute)
    wait_s = wait_s or await deps.limits.seconds_to_wait("widgets", "all", limits.widget_calls_per_minute_in_all)
    if wait_s:
        text = f"Too many calls from here. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_calls", text, {"Retry-After": str(wait_s)})


@router.get("/{call_id}", responses=answers(WidgetState, 404))
async def state(call_id: str, token: Token, deps: Deps) -> Response:
    caller = await _caller(deps, call_id, token)
    return answer(await _state(deps, CallId(call_id), caller))


@router.delete("/{call_id}", status_code=204, responses=answers(None, 404))
async def hang_up(call_id: str, token: Token, deps: Deps) -> Response:
    caller = await _caller(deps, call_id, token)
    ended = await deps.bus.send(calls_of(CallId(call_id)), EndCall(call_id=CallId(call_id), cause=EndCause.CALLER_HUNG_UP))
    if not ended.ok:
        await deps.bus.send(f"node:{caller.node_id}", HangUpLeg(leg_id=caller.leg_id, cause=EndCause.CALLER_CANCELLED))
    await deps.strangers.ended(CallId(call_id))
    return done()


async def _caller(deps: Services, call_id: str, token: str) -> Caller:
    found = await deps.store.load(KIND, call_id)
    try:
        caller = None if found is None else decoded(found, Caller)
    except msgspec.DecodeError:  # of another release: the call itself goes on
        caller = None
    if caller is None or not hmac.compare_digest(caller.token_hash, _hash(token)):
        raise not_found("call")
    return caller


async def _state(deps: Services, call_id: CallId, caller: Caller) -> WidgetState:
    shown = deps.live.calls.get(call_id)
    if shown is not None:
        return WidgetState(state=_STATES.get(shown.state, shown.state), cause=shown.cause, position=_position(deps, shown))
    record = await deps.customers.call_record(call_id)
    if record is not None and record.ended_at is not None:
        return WidgetState(state="ended", cause=record.cause)
    late = deps.clock.now() - caller.begun_at > CONNECTING_S
    if record is None and late and call_id not in deps.live.living.calls:
        return WidgetState(state="ended")
    return WidgetState(state="connecting")


def _position(deps: Services, shown: LiveCall) -> int | None:
    if shown.work_id is None:
        return None
    try:
        return deps.acd.work(shown.work_id).position
    except KeyError:
        return None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

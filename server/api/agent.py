"""What an agent does: state, audio leg, offers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from core.causes import EndCause
from core.commands import AboutCall, AcceptOffer, AnyCommand, CreateBrowserLeg, DeclineOffer, SetAgentState
from core.ids import AgentId, LegId, NodeId, OfferId, new_id
from core.model import AgentState, LegPurpose, Value
from core.partitions import calls_of
from core.ranges import LONGEST_ID
from server.api.access import AsAgent, Deps, HasAudio
from server.api.answers import answer, answers, done
from server.api.bodies import Body, OneLine
from server.api.errors import ApiError, not_found
from server.api.services import Services
from server.regions import region_of
from server.schemas import Me

router = APIRouter(tags=["agent"])
MAX_SDP = 32_000
BAD_SDP = "bad_sdp"
"""The node's word for an offer that it cannot answer, whoever sent it."""
LEG_WITHIN_S = 8.0
"""Gathering candidates takes a moment."""


class RequestedState(Body):
    state: Literal["available", "away", "signed_out"]
    reason: OneLine = Field("", max_length=100)


class SdpOffer(Body):
    sdp: str = Field(min_length=1, max_length=MAX_SDP)
    avoid: OneLine | None = Field(None, max_length=LONGEST_ID)
    """The node of a leg that is silent: it may have died just now, and nobody else knows yet."""


class Refusal(Body):
    reason: OneLine = Field("", max_length=100)


class LegAnswer(Value, frozen=True, kw_only=True):
    leg_id: LegId
    sdp: str
    node_id: NodeId
    """Where it is: when the live view says that this node is lost or being drained, open another leg."""


async def ask(deps: Services, addressee: str, command: AnyCommand, code: str) -> None:
    """A refusal becomes a 409 with the reason in words, under its own code when it has one."""
    reply = await deps.bus.send(addressee, command)
    if not reply.ok:
        raise ApiError(409, str(reply.result.get("code", code)), reply.reason)


async def ask_calls(deps: Services, command: AboutCall, code: str) -> None:
    """The same of whoever has the call."""
    await ask(deps, calls_of(command.call_id), command, code)


@router.post("/agent/state", status_code=204, responses=answers(None, 409))
async def set_state(body: RequestedState, agent_id: AsAgent, deps: Deps) -> Response:
    """Effective after the present work."""
    await ask(deps, "acd", SetAgentState(agent_id=agent_id, state=AgentState(body.state), reason=body.reason), "state_refused")
    return done()


@router.post("/legs", responses=answers(LegAnswer, 403, 429))
async def open_leg(body: SdpOffer, request: Request, me: HasAudio, deps: Deps) -> Response:
    """A person's audio. An agent's stays up from signing in to signing out, and a running call moves to it when it is connected;
    that of somebody else is the only one of this person from now on.
    """
    await _slow_down(deps, me)
    agent_id = me.agent_id
    near = None if agent_id is None else _node_of_running_call(deps, agent_id)
    region = region_of(request.client.host if request.client else "", deps.config.regions)
    avoid = NodeId(body.avoid) if body.avoid else None
    node_id = deps.fleet.node_for_new_leg(deps.clock.now(), region=region, near=near, avoid=avoid)
    if node_id is None:
        raise ApiError(503, "no_node", "No media node can take your audio right now.", {"Retry-After": "2"})
    leg_id = LegId(new_id("leg"))
    purpose = LegPurpose.SUPERVISOR if agent_id is None else LegPurpose.AGENT
    command = CreateBrowserLeg(leg_id=leg_id, purpose=purpose, sdp_offer=body.sdp, agent_id=agent_id)
    sdp = await create_browser_leg(deps, node_id, command)
    await deps.legs.opened(leg_id, me.user_id, node_id)
    if agent_id is None:
        await deps.legs.hang_up_all(me.user_id, but=leg_id)
    return answer(LegAnswer(leg_id=leg_id, sdp=sdp, node_id=node_id))


async def _slow_down(deps: Services, me: Me) -> None:
    """Whoever opens leg after leg would have every place of a node: an offer needs no browser behind it. Raises a 429."""
    wait_s = await deps.limits.seconds_to_wait("legs", me.user_id, deps.config.limits.legs_per_minute)
    if wait_s:
        text = f"Too many audio connections. Please wait {wait_s} seconds."
        raise ApiError(429, "too_many_tries", text, {"Retry-After": str(wait_s)})


async def create_browser_leg(deps: Services, node_id: NodeId, command: CreateBrowserLeg) -> str:
    """The node's SDP answer. Raises a 422 for an offer that is none, else a 503, with the node's reason."""
    reply = await deps.bus.send(f"node:{node_id}", command, timeout_s=LEG_WITHIN_S)
    if not reply.ok and reply.result.get("code") == BAD_SDP:
        raise ApiError(422, BAD_SDP, reply.reason)
    if not reply.ok:
        raise ApiError(503, "leg_refused", reply.reason, {"Retry-After": "2"})
    return str(reply.result["sdp"])


def _node_of_running_call(deps: Services, agent_id: AgentId) -> NodeId | None:
    """Where its customer is."""
    call = deps.live.living.with_agent(agent_id)
    return None if call is None else call.node_id


@router.delete("/legs/{leg_id}", status_code=204, responses=answers(None, 403, 404))
async def close_leg(leg_id: str, me: HasAudio, deps: Deps) -> Response:
    node_id = await own_leg(deps, me, LegId(leg_id))
    if node_id is None:
        raise not_found("audio leg of yours")
    cause = EndCause.SUPERVISOR_ENDED if me.agent_id is None else EndCause.AGENT_HUNG_UP
    await deps.legs.hang_up(LegId(leg_id), node_id, cause)
    return done()


async def own_leg(deps: Services, me: Me, leg_id: LegId) -> NodeId | None:
    """Where the leg is, when it is this person's."""
    if me.agent_id is None:
        return await deps.legs.node_of(leg_id, me.user_id)
    known = deps.live.living.agent_legs.get(me.agent_id)
    return known.node_id if known is not None and known.leg_id == leg_id else await deps.legs.node_of(leg_id, me.user_id)


@router.post("/offers/{offer_id}/accept", status_code=204, responses=answers(None, 409))
async def accept(offer_id: str, agent_id: AsAgent, deps: Deps) -> Response:
    await ask(deps, "acd", AcceptOffer(offer_id=OfferId(offer_id), agent_id=agent_id), "offer_over")
    return done()


@router.post("/offers/{offer_id}/decline", status_code=204, responses=answers(None, 409))
async def decline(offer_id: str, agent_id: AsAgent, deps: Deps, body: Refusal | None = None) -> Response:
    reason = body.reason if body else ""
    await ask(deps, "acd", DeclineOffer(offer_id=OfferId(offer_id), agent_id=agent_id, reason=reason), "offer_over")
    return done()

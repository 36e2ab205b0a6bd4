"""Offers: made, accepted, declined, expired.

A ringing offer never leaves its customer without a place: whatever happens to it, the work is accepted, ended, or back in line
at its old rank and matched again in the same step.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

from acd.engine import callbacks
from acd.engine.matching import best_agents, best_work, score_of
from acd.engine.strategies import RINGS_MANY
from acd.engine.transitions import (
    activate,
    back_in_line,
    drop_offer,
    leave_behind,
    move,
    next_look,
    next_ringing_look,
    not_connected,
    withdraw,
    withdraw_from,
)
from acd.model.agents import Agent, Declined
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import Offer, Work, WorkState
from acd.rules.capacity import VOICE, has_room
from core.causes import WorkEnd
from core.commands import AcceptOffer, DeclineOffer
from core.events import CallConnected, OfferAccepted, OfferDeclined, OfferExpired, OfferMade
from core.ids import AgentId, OfferId, WorkId
from core.model import AgentState, Channel, Decision, Purpose

CONNECT_LIMIT_S = 10.0
"""From acceptance to two-way audio; after this the customer is offered to somebody else."""

SKIP_S = 60.0
"""Who declined a piece of work, or could not be connected to it, is not asked again for this long."""

NO_ANSWER = "did not answer"

ALREADY_TALKING = "was already talking with the caller"

NOBODY = AgentId("")


def make_offers(registry: Registry, now: float) -> None:
    """Makes every offer that can be made, looking only at what changed.

    The most urgent work goes first, whoever it goes to: of the agents who became available the best work of each, and the work
    that came (back) into a bucket. Before this step no other available agent had anything to do, so nothing else needs a look.
    """
    agents, work_items = list(registry.fresh_agents), list(registry.fresh_work)
    registry.fresh_agents.clear()
    registry.fresh_work.clear()
    queue = [_turn(registry, registry.work_items[work_id], NOBODY, now) for work_id in work_items]
    queue += [
        _turn(registry, work, agent_id, now) for agent_id in agents if (work := best_work(registry, agent_id, now)) is not None
    ]
    heapq.heapify(queue)
    while queue:
        turn = heapq.heappop(queue)
        work = registry.work_items[turn.work_id]
        if registry.in_bucket(work):
            _offer_to_best(registry, work, now)
        if turn.agent_id and (work := best_work(registry, turn.agent_id, now)) is not None:
            heapq.heappush(queue, _turn(registry, work, turn.agent_id, now))


class _Turn(NamedTuple):
    """Sort key of one question in a step: the most urgent work is asked for first."""

    negated_score: float
    arrival: int
    work_id: WorkId
    agent_id: AgentId
    """Who asks «what could I do»; empty: the work asks «who could do me»."""


def _turn(registry: Registry, work: Work, agent_id: AgentId, now: float) -> _Turn:
    return _Turn(-score_of(registry, work, now), work.arrival, work.work_id, agent_id)


def accept(registry: Registry, command: AcceptOffer, now: float) -> None:
    """The agent takes it; others it may ring at are relieved. Raises `Refused`, and `Repeated` to who has already taken it."""
    work, offer = _offer(registry, command.offer_id, command.agent_id)
    if work.state is not WorkState.OFFERED:
        raise Repeated("this offer is already accepted")
    withdraw(registry, work, [other for other in work.offers.values() if other is not offer], now)
    registry.leave_bucket(work)
    work.rings_all = False
    work.agent_id = offer.agent_id
    work.waited_s = now - work.waiting_since
    callbacks.name_call(registry, work, offer)
    move(registry, work, WorkState.ACCEPTED, now, now + callbacks.connect_limit_s(work, CONNECT_LIMIT_S))
    registry.emit(
        OfferAccepted(
            at=now,
            offer_id=offer.offer_id,
            work_id=work.work_id,
            call_id=work.call_id,
            queue_id=work.queue_id,
            agent_id=offer.agent_id,
            waited_s=work.waited_s,
            channel=work.channel,
            origin_call_id=work.origin_call_id,
            purpose=work.purpose,
        )
    )
    if work.channel not in VOICE:  # text needs no bridge: the conversation is open
        activate(registry, work, now)
    agent = registry.agents[offer.agent_id]
    agent.declined = None
    registry.show(agent, now)


def connected(registry: Registry, event: CallConnected, now: float) -> None:
    """Customer and agent hear each other. Raises `Refused` when the work is over or in other hands."""
    work = registry.work_items.get(event.work_id)
    if work is None or event.agent_id not in registry.agents or work.purpose is Purpose.CONSULTATION:
        raise Refused("late_connection", "this work is not being connected to this agent")
    if work.agent_id == event.agent_id:
        if work.state is not WorkState.ACCEPTED:
            raise Repeated("this work is already connected")
    elif work.channel is Channel.CALLBACK or not could_take_back(registry, work, registry.agents[event.agent_id]):
        raise Refused("late_connection", "this work is not being connected to this agent")
    else:
        take_back(registry, work, registry.agents[event.agent_id], now)
    leave_behind(registry, work, now)
    activate(registry, work, now)
    registry.show(registry.agents[event.agent_id], now)
    callbacks.called_again(registry, work, now)


def could_take_back(registry: Registry, work: Work, agent: Agent) -> bool:
    """In nobody's conversation, and what the agent does besides, but for calls that only ring, leaves room for it."""
    if work.state in {WorkState.ACTIVE, WorkState.WRAP_UP} or agent.removed or agent.requested is not AgentState.AVAILABLE:
        return False
    items = [registry.work_items[work_id] for work_id in agent.work]
    held = [item.channel for item in items if not (item.state is WorkState.OFFERED and item.channel in VOICE)]
    return agent.reaches(work.channel) and has_room(agent.config, held, work.channel)


def take_back(registry: Registry, work: Work, agent: Agent, now: float) -> None:
    """Call control was away for longer than connecting may take, and the work is in line again; but the two do talk. What is so
    wins over what was supposed: nobody else is asked or connected, and nothing else rings at this agent."""
    withdraw(registry, work, work.offers.values(), now)
    if work.state is WorkState.ACCEPTED:  # by somebody else, whom call control will not connect any more
        work.agent_id = None
        move(registry, work, WorkState.WAITING, now, next_look(work))
    withdraw_from(registry, agent, now, VOICE)
    registry.leave_bucket(work)
    work.rings_all, work.only_agent = False, None
    work.skipped.pop(agent.agent_id, None)
    decision = Decision(strategy=registry.queues[work.queue_id].config.strategy, candidates=(), summary=ALREADY_TALKING)
    offer = _ring(registry, work, agent, decision, now)
    accept(registry, AcceptOffer(offer_id=offer.offer_id, agent_id=agent.agent_id), now)


def decline(registry: Registry, command: DeclineOffer, now: float) -> None:
    """The next agent is asked at once; the decliner not again for a while. Raises `Refused`."""
    work, offer = _offer(registry, command.offer_id, command.agent_id)
    if work.state is not WorkState.OFFERED:
        raise Refused("offer_over", "this offer is already accepted")
    agent = drop_offer(registry, work, offer)
    registry.emit(
        OfferDeclined(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id, reason=command.reason)
    )
    agent.declined = Declined(at=now, reason=command.reason)
    work.skipped[offer.agent_id] = now + SKIP_S
    back_in_line(registry, work, now, why=WorkEnd.DECLINED)
    registry.show(agent, now)


def expire(registry: Registry, work: Work, now: float) -> None:
    """Not answered in time: each agent it rang at as long goes away with the reason, the customer keeps the place."""
    for offer in [offer for offer in work.offers.values() if offer.expires_at <= now]:
        agent = drop_offer(registry, work, offer)
        agent.requested, agent.requested_reason, agent.requested_by = AgentState.AWAY, NO_ANSWER, ""
        registry.emit(OfferExpired(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id))
        registry.show(agent, now)
    back_in_line(registry, work, now, why=WorkEnd.NOT_ANSWERED)


def connection_failed(registry: Registry, work: Work, now: float) -> None:
    """The time for connecting is over."""
    not_connected(registry, work, now, skip_until=now + SKIP_S)


def _offer_to_best(registry: Registry, work: Work, now: float) -> None:
    """Rings at the agent the queue's strategy puts first, or at all it names, if there is one."""
    choice = best_agents(registry, work, now)
    if choice is None:
        return
    if registry.queues[work.queue_id].config.strategy in RINGS_MANY and work.only_agent is None:
        work.rings_all = True
    if not work.rings_all:
        registry.leave_bucket(work)
    for agent in choice.agents:
        _ring(registry, work, agent, choice.decision, now)


def _ring(registry: Registry, work: Work, agent: Agent, decision: Decision, now: float) -> Offer:
    expires_at = now + registry.queues[work.queue_id].config.ring_timeout_s
    work.attempts += 1
    registry.offers_made += 1
    agent.turn = registry.offers_made
    offer = Offer(
        offer_id=_offer_id(work),
        agent_id=agent.agent_id,
        made_at=now,
        expires_at=expires_at,
        decision=decision,
    )
    work.offers[offer.offer_id] = offer
    registry.offers[offer.offer_id] = work.work_id
    agent.work[work.work_id] = work.channel
    if work.state is WorkState.WAITING:
        move(registry, work, WorkState.OFFERED, now, next_ringing_look(work))
    registry.emit(
        OfferMade(
            at=now,
            offer_id=offer.offer_id,
            work_id=work.work_id,
            call_id=work.call_id,
            queue_id=work.queue_id,
            agent_id=agent.agent_id,
            expires_at=expires_at,
            decision=decision,
            channel=work.channel,
            origin_call_id=work.origin_call_id,
            purpose=work.purpose,
            asked_by=work.asked_by,
        )
    )
    registry.show(agent, now)
    return offer


def _offer_id(work: Work) -> OfferId:
    """Made from the work and the number of the attempt, so that a replay makes the same ids."""
    return OfferId(f"offer_{work.work_id.removeprefix('work_')}_{work.attempts}")


def _offer(registry: Registry, offer_id: OfferId, agent_id: AgentId) -> tuple[Work, Offer]:
    """Raises `Refused` when the offer is over or somebody else's."""
    work_id = registry.offers.get(offer_id)
    if work_id is None:
        raise Refused("offer_over", "this offer is over")
    work = registry.work_items[work_id]
    offer = work.offers[offer_id]
    if offer.agent_id != agent_id:
        raise Refused("offer_over", "this offer is over")  # for this agent; nobody learns of other people's offers
    return work, offer

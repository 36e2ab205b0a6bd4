"""Offers: made, accepted, declined, expired.

A ringing offer never leaves its customer without a place: whatever happens to it, the work is accepted, ended, or back in line
at its old rank and matched again in the same step.
"""

from __future__ import annotations

from acd import callbacks
from acd.agents import Agent
from acd.capacity import VOICE
from acd.floor import Floor
from acd.matching import best_agent, best_work, score_of
from acd.moves import activate, back_in_lane, drop_offer, move, not_connected, withdraw
from acd.refusals import Refused, Repeated
from acd.work import Offer, Work, WorkState
from core.commands import AcceptOffer, DeclineOffer
from core.events import CallConnected, OfferAccepted, OfferDeclined, OfferExpired, OfferMade
from core.ids import AgentId, OfferId
from core.model import AgentState, Decision

CONNECT_LIMIT_S = 10.0
"""From acceptance to two-way audio; after this the customer is offered to somebody else."""

SKIP_S = 60.0
"""Who declined a piece of work, or could not be connected to it, is not asked again for this long."""

NO_ANSWER = "did not answer"


def make_offers(floor: Floor, now: float) -> None:
    """Makes every offer that can be made, looking only at what changed.

    Agents first: each takes the best of all that waits, in order of idle time. Then the work that came (back) into a lane looks
    for the agents still available; before this step none of those had anything to do, so nothing else needs a look.
    """
    agents = [floor.agents[agent_id] for agent_id in floor.fresh_agents]
    floor.fresh_agents.clear()
    for agent in sorted(agents, key=lambda agent: (agent.idle_since, agent.agent_id)):
        while (work := best_work(floor, agent, now)) is not None:
            _offer_to_best(floor, work, now)
    works = [floor.works[work_id] for work_id in floor.fresh_works]
    floor.fresh_works.clear()
    for work in sorted(works, key=lambda work: (-score_of(floor, work, now), work.arrival)):
        if work.state is WorkState.WAITING:
            _offer_to_best(floor, work, now)


def accept(floor: Floor, command: AcceptOffer, now: float) -> None:
    """The agent takes it; others it may ring at are relieved. Raises `Refused`, and `Repeated` to who has already taken it."""
    work, offer = _offer(floor, command.offer_id, command.agent_id)
    if work.state is not WorkState.OFFERED:
        raise Repeated("this offer is already accepted")
    withdraw(floor, work, [other for other in work.offers.values() if other is not offer], now)
    floor.leave_line(work)
    work.agent_id = offer.agent_id
    work.waited_s = now - work.enqueued_at
    callbacks.name_call(floor, work, offer)
    move(floor, work, WorkState.ACCEPTED, now, now + callbacks.connect_limit_s(work, CONNECT_LIMIT_S))
    floor.emit(
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
        )
    )
    if work.channel not in VOICE:  # text needs no bridge: the conversation is open
        activate(floor, work, now)
    floor.show(floor.agents[offer.agent_id], now)


def connected(floor: Floor, event: CallConnected, now: float) -> None:
    """Customer and agent hear each other. Raises `Refused` when this agent has not just accepted this work."""
    work = floor.works.get(event.work_id)
    if work is None or work.agent_id != event.agent_id:
        raise Refused("late_connection", "this work is not being connected to this agent")
    if work.state is not WorkState.ACCEPTED:
        raise Repeated("this work is already connected")
    activate(floor, work, now)
    floor.show(floor.agents[event.agent_id], now)


def decline(floor: Floor, command: DeclineOffer, now: float) -> None:
    """The next agent is asked at once; the decliner not again for a while. Raises `Refused`."""
    work, offer = _offer(floor, command.offer_id, command.agent_id)
    if work.state is not WorkState.OFFERED:
        raise Refused("offer_over", "this offer is already accepted")
    agent = drop_offer(floor, work, offer)
    floor.emit(
        OfferDeclined(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id, reason=command.reason)
    )
    work.skipped[offer.agent_id] = now + SKIP_S
    back_in_lane(floor, work, now)
    floor.show(agent, now)


def expire(floor: Floor, work: Work, now: float) -> None:
    """Nobody answered: each agent it rang at goes away with the reason, the customer keeps the place."""
    for offer in list(work.offers.values()):
        agent = drop_offer(floor, work, offer)
        agent.wish, agent.wish_reason, agent.wish_by = AgentState.AWAY, NO_ANSWER, ""
        floor.emit(OfferExpired(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id))
        floor.show(agent, now)
    back_in_lane(floor, work, now)


def connection_failed(floor: Floor, work: Work, now: float) -> None:
    """The time for connecting is over."""
    not_connected(floor, work, now, skip_until=now + SKIP_S)


def _offer_to_best(floor: Floor, work: Work, now: float) -> None:
    """Rings at the agent the queue's strategy puts first, if there is one."""
    choice = best_agent(floor, work, now)
    if choice is not None:
        _ring(floor, work, *choice, now)


def _ring(floor: Floor, work: Work, agent: Agent, decision: Decision, now: float) -> None:
    expires_at = now + floor.queues[work.queue_id].config.ring_timeout_s
    work.attempts += 1
    offer = Offer(
        offer_id=_offer_id(work),
        agent_id=agent.agent_id,
        made_at=now,
        expires_at=expires_at,
        decision=decision,
    )
    floor.leave_lane(work)
    work.offers[offer.offer_id] = offer
    floor.offers[offer.offer_id] = work.work_id
    agent.work[work.work_id] = work.channel
    move(floor, work, WorkState.OFFERED, now, expires_at)
    floor.emit(
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
        )
    )
    floor.show(agent, now)


def _offer_id(work: Work) -> OfferId:
    """Made from the work and the number of the attempt, so that a replay makes the same ids."""
    return OfferId(f"offer_{work.work_id.removeprefix('work_')}_{work.attempts}")


def _offer(floor: Floor, offer_id: OfferId, agent_id: AgentId) -> tuple[Work, Offer]:
    """Raises `Refused` when the offer is over or somebody else's."""
    work_id = floor.offers.get(offer_id)
    if work_id is None:
        raise Refused("offer_over", "this offer is over")
    work = floor.works[work_id]
    offer = work.offers[offer_id]
    if offer.agent_id != agent_id:
        raise Refused("offer_of_another", "this offer is for another agent")
    return work, offer

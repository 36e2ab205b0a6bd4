"""The ways a piece of work can move, each carried through every record: the work, its agent, the lines, the deadlines.

After each function here the records agree with each other; offers that became possible are made at the end of the step.
"""

from __future__ import annotations

from collections.abc import Iterable

from acd.engine.preferred import remember
from acd.model.agents import Agent
from acd.model.registry import Floor
from acd.model.work import IN_LINE, Offer, Work, WorkState
from core.causes import WorkEnd
from core.events import OfferWithdrawn, WorkEnded, WorkMoved
from core.ids import QueueId
from core.model import Channel

TALK_LIMIT_S = 8 * 3600.0
"""No conversation is longer: the guard against an end that was never told."""


def move(floor: Floor, work: Work, state: WorkState, now: float, until: float) -> None:
    """A new state with its deadline."""
    work.move(state, now, until)
    floor.deadlines.set(("work", work.work_id), until)


def activate(floor: Floor, work: Work, now: float) -> None:
    """Customer and agent are in conversation."""
    work.active_since = now
    remember(floor, work, now)
    move(floor, work, WorkState.ACTIVE, now, now + TALK_LIMIT_S)


def drop_offer(floor: Floor, work: Work, offer: Offer) -> Agent:
    """The offer is over and its agent no longer holds the work; the caller says what happened and shows the agent."""
    del work.offers[offer.offer_id]
    del floor.offers[offer.offer_id]
    agent = floor.agents[offer.agent_id]
    del agent.work[work.work_id]
    return agent


def withdraw(floor: Floor, work: Work, offers: Iterable[Offer], now: float) -> None:
    """These offers are taken back: the work ended, went to somebody else, or its agent cannot take it any more."""
    for offer in list(offers):
        agent = drop_offer(floor, work, offer)
        floor.emit(OfferWithdrawn(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id))
        floor.show(agent, now)


def withdraw_from(floor: Floor, agent: Agent, now: float, channels: Iterable[Channel] = tuple(Channel)) -> None:
    """What rings at this agent stops ringing and is offered to somebody else at once."""
    ringing = [floor.works[work_id] for work_id, channel in agent.work.items() if channel in channels]
    for work in ringing:
        if work.state is WorkState.OFFERED:
            withdraw(floor, work, [offer for offer in work.offers.values() if offer.agent_id == agent.agent_id], now)
            back_in_lane(floor, work, now)


def back_in_lane(floor: Floor, work: Work, now: float) -> None:
    """Nothing rings any more: the work waits at its old place, unless its time is over."""
    if work.offers:  # it still rings at others, and may ring at one more
        work.until = min(offer.expires_at for offer in work.offers.values())
        floor.deadlines.set(("work", work.work_id), work.until)
        floor.fresh_works[work.work_id] = None
        return
    work.rings_all = False
    if work.wait_until <= now:
        finish(floor, work, WorkEnd.TIMED_OUT, now)
        return
    work.agent_id = work.waited_s = None
    work.forget_skipped(now)
    move(floor, work, WorkState.WAITING, now, next_look(work))
    floor.enter_lane(work)


def change_queue(floor: Floor, work: Work, queue_id: QueueId, by: str, now: float) -> None:
    """Work in line goes on waiting in another queue, in its place by time; nobody is cut off sooner by being moved."""
    withdraw(floor, work, work.offers.values(), now)
    floor.leave_lane(work)
    floor.leave_line(work)
    left, work.queue_id = work.queue_id, queue_id
    work.been_in.append(left)
    work.step, work.relaxed = 0, ""
    work.wait_until = max(work.wait_until, work.enqueued_at + floor.queues[queue_id].config.max_wait_s)
    floor.enter_line(work)
    floor.emit(WorkMoved(at=now, work_id=work.work_id, call_id=work.call_id, from_queue_id=left, queue_id=queue_id, by=by))
    if work.state is WorkState.WAITING:
        look_later(floor, work)
        floor.enter_lane(work)
    else:
        back_in_lane(floor, work, now)
    floor.drop_queue_if_over(left)


def look_later(floor: Floor, work: Work) -> None:
    """Sets the deadline of waiting work anew."""
    work.until = next_look(work)
    floor.deadlines.set(("work", work.work_id), work.until)


def next_look(work: Work) -> float:
    """When something happens to waiting work by itself: an agent may be asked again, or the wait is over."""
    return min([work.wait_until, *work.skipped.values()])


def not_connected(floor: Floor, work: Work, now: float, skip_until: float) -> None:
    """Accepted, but the two were never brought together: back to the old place, and not to this agent for a while."""
    for offer in work.offers.values():
        work.skipped[offer.agent_id] = skip_until
    if work.channel is Channel.CALLBACK and work.call_id is not None:  # the next try is another call
        floor.work_of_call.pop(work.call_id, None)
        work.call_id = None
    floor.enter_line(work)
    withdraw(floor, work, work.offers.values(), now)
    back_in_lane(floor, work, now)


def conversation_over(floor: Floor, work: Work, cause: WorkEnd, now: float) -> None:
    """The agent writes it up, for as long as the queue allows."""
    limit_s = floor.queues[work.queue_id].config.wrap_up_limit_s
    work.end_cause = cause
    if limit_s <= 0:
        finish(floor, work, cause, now)
        return
    move(floor, work, WorkState.WRAP_UP, now, now + limit_s)
    if work.agent_id is not None:
        floor.show(floor.agents[work.agent_id], now)


def finish(floor: Floor, work: Work, cause: WorkEnd, now: float) -> None:
    """The one way out: exactly one `WorkEnded`, the agent freed, every index cleared."""
    floor.leave_lane(work)
    if work.state in IN_LINE:
        floor.leave_line(work)
    waited_s = work.waited_s if work.waited_s is not None else max(0.0, now - work.enqueued_at)
    agent = None
    if work.state in {WorkState.OFFERED, WorkState.ACCEPTED}:  # never connected: whoever it rang at is relieved
        waited_s = now - work.enqueued_at
        withdraw(floor, work, work.offers.values(), now)
    elif work.agent_id is not None:
        agent = _release(floor, work)
    active_since = work.active_since
    talked_until = work.since if work.state is WorkState.WRAP_UP else now
    work.move(WorkState.ENDED, now, now)
    floor.emit(
        WorkEnded(
            at=now,
            work_id=work.work_id,
            call_id=work.call_id,
            queue_id=work.queue_id,
            agent_id=agent.agent_id if agent is not None else None,
            cause=cause,
            waited_s=waited_s,
            handled_s=now - active_since if active_since is not None else 0.0,
            talk_s=talked_until - active_since if active_since is not None else 0.0,
            origin_call_id=work.origin_call_id,
        )
    )
    floor.drop_work(work, now)
    if agent is not None:
        floor.show(agent, now)


def _release(floor: Floor, work: Work) -> Agent:
    """The agent no longer holds the handled work."""
    (offer,) = work.offers.values()
    return drop_offer(floor, work, offer)

"""The ways a piece of work can move, each carried through every record: the work, its agent, the lines, the deadlines.

After each function here the records agree with each other; offers that became possible are made at the end of the step.
"""

from __future__ import annotations

from collections.abc import Iterable

from acd.engine.preferred import remember
from acd.model.agents import Agent
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Offer, Work, WorkState
from core.causes import WorkEnd
from core.events import OfferWithdrawn, WorkEnded, WorkMoved
from core.ids import QueueId, WorkId
from core.model import Channel, Purpose

TALK_LIMIT_S = 8 * 3600.0
"""No conversation is longer: the guard against an end that was never told."""


def move(registry: Registry, work: Work, state: WorkState, now: float, until: float) -> None:
    """A new state with its deadline, and in line or not as that state has it."""
    work.move(state, now, until)
    registry.deadlines.set(("work", work.work_id), until)
    registry.line_up(work)


def activate(registry: Registry, work: Work, now: float) -> None:
    """Customer and agent are in conversation, or two colleagues."""
    work.active_since, work.only_agent = now, None
    if work.purpose is not Purpose.CONSULTATION:
        remember(registry, work, now)
    move(registry, work, WorkState.ACTIVE, now, now + TALK_LIMIT_S)


def drop_offer(registry: Registry, work: Work, offer: Offer) -> Agent:
    """The offer is over and its agent no longer holds the work; the caller says what happened and shows the agent."""
    del work.offers[offer.offer_id]
    del registry.offers[offer.offer_id]
    agent = registry.agents[offer.agent_id]
    del agent.work[work.work_id]
    return agent


def withdraw(registry: Registry, work: Work, offers: Iterable[Offer], now: float) -> None:
    """These offers are taken back: the work ended, went to somebody else, or its agent cannot take it any more."""
    for offer in list(offers):
        agent = drop_offer(registry, work, offer)
        registry.emit(OfferWithdrawn(at=now, offer_id=offer.offer_id, work_id=work.work_id, agent_id=offer.agent_id))
        registry.show(agent, now)


def withdraw_from(registry: Registry, agent: Agent, now: float, channels: Iterable[Channel] = tuple(Channel)) -> None:
    """What rings at this agent stops ringing and is offered to somebody else at once."""
    ringing = [registry.work_items[work_id] for work_id, channel in agent.work.items() if channel in channels]
    for work in ringing:
        if work.state is WorkState.OFFERED:
            withdraw(registry, work, [offer for offer in work.offers.values() if offer.agent_id == agent.agent_id], now)
            back_in_line(registry, work, now)


def back_in_line(registry: Registry, work: Work, now: float, *, why: WorkEnd = WorkEnd.WITHDRAWN) -> None:
    """Nothing rings any more: the work waits at its old place, unless its time is over.

    A colleague who was asked for by name was the only one: a consultation ends (`why`), a transfer is the whole queue's now.
    """
    if work.offers:  # it still rings at others, and may ring at one more
        work.forget_skipped(now)
        ring_on(registry, work)
        registry.fresh_work[work.work_id] = None
        return
    work.rings_all = False
    if work.only_agent is not None and work.purpose is Purpose.CONSULTATION:
        finish(registry, work, why, now)
        return
    work.only_agent = None
    if work.wait_until <= now:
        finish(registry, work, WorkEnd.TIMED_OUT, now)
        return
    work.agent_id = work.waited_s = None
    work.forget_skipped(now)
    move(registry, work, WorkState.WAITING, now, next_look(work))
    registry.enter_bucket(work)


def change_queue(registry: Registry, work: Work, queue_id: QueueId, by: str, now: float) -> None:
    """Work in line goes on waiting in another queue, in its place by time; nobody is cut off sooner by being moved."""
    withdraw(registry, work, work.offers.values(), now)
    registry.leave_bucket(work)
    left, work.queue_id = work.queue_id, queue_id
    work.only_agent = None
    work.been_in.append(left)
    work.step, work.relaxed = 0, ""
    work.wait_until = max(work.wait_until, work.waiting_since + registry.queues[queue_id].config.max_wait_s)
    registry.line_up(work)
    registry.emit(
        WorkMoved(
            at=now,
            work_id=work.work_id,
            call_id=work.call_id,
            from_queue_id=left,
            queue_id=queue_id,
            by=by,
            skills=registry.skills_asked(work),
        )
    )
    if work.state is WorkState.WAITING:
        look_later(registry, work)
        registry.enter_bucket(work)
    else:
        back_in_line(registry, work, now)
    registry.drop_queue_if_over(left)


def look_later(registry: Registry, work: Work) -> None:
    """Sets the deadline of waiting work anew."""
    work.until = next_look(work)
    registry.deadlines.set(("work", work.work_id), work.until)


def ring_on(registry: Registry, work: Work) -> None:
    """Sets the deadline of ringing work anew."""
    work.until = next_ringing_look(work)
    registry.deadlines.set(("work", work.work_id), work.until)


def next_look(work: Work) -> float:
    """When something happens to waiting work by itself: an agent may be asked again, or the wait is over."""
    return min([work.wait_until, *work.skipped.values()])


def next_ringing_look(work: Work) -> float:
    """When something happens to ringing work: nobody has answered, or somebody else may be asked again beside who rings."""
    times = [offer.expires_at for offer in work.offers.values()]
    return min([*times, *work.skipped.values()] if work.rings_all else times)


def not_connected(registry: Registry, work: Work, now: float, skip_until: float) -> None:
    """Accepted, but the two were never brought together: back to the old place, and not to this agent for a while.

    Of a consultation nothing is left: whoever asked has the customer, and asks again or not.
    """
    if work.purpose is Purpose.CONSULTATION:
        finish(registry, work, WorkEnd.WITHDRAWN, now)
        return
    for offer in work.offers.values():
        work.skipped[offer.agent_id] = skip_until
    if work.channel is Channel.CALLBACK:  # the next try is another call
        registry.untie(work)
        work.call_id = None
    withdraw(registry, work, work.offers.values(), now)
    back_in_line(registry, work, now)


def conversation_over(registry: Registry, work: Work, cause: WorkEnd, now: float) -> None:
    """The agent writes it up, for as long as the queue allows. Colleagues who were asked leave, and have nothing to write."""
    if work.purpose is Purpose.CONSULTATION:
        finish(registry, work, WorkEnd.CONSULTED, now)
        return
    end_consultations(registry, work, now)
    limit_s = registry.queues[work.queue_id].config.wrap_up_limit_s
    work.end_cause = cause
    if limit_s <= 0:
        finish(registry, work, cause, now)
        return
    move(registry, work, WorkState.WRAP_UP, now, now + limit_s)
    if work.agent_id is not None:
        registry.show(registry.agents[work.agent_id], now)


def end_consultations(registry: Registry, about: Work, now: float) -> None:
    """Whoever asked is in this conversation no more."""
    for work in registry.works_of_call(about.call_id):
        if work.purpose is Purpose.CONSULTATION and work.continues == about.work_id:
            end_consultation(registry, work, now)


def leave_behind(registry: Registry, work: Work, now: float) -> None:
    """Somebody has the customer of a transfer: whoever handed it on is in the conversation no more, be that told or not."""
    transfer = work.purpose is Purpose.TRANSFER and work.continues is not None
    about = registry.work_items.get(work.continues or WorkId("")) if transfer else None
    if about is not None and about.state is WorkState.ACTIVE:
        conversation_over(registry, about, WorkEnd.TRANSFERRED, now)


def withdraw_transfers(registry: Registry, about: Work, now: float) -> None:
    """The conversation goes on in another way: what was to go on with it waits no longer."""
    for work in registry.works_of_call(about.call_id):
        goes_on = work.purpose is Purpose.TRANSFER and work.continues == about.work_id
        if goes_on and work.state in IN_LINE | {WorkState.ACCEPTED}:
            finish(registry, work, WorkEnd.WITHDRAWN, now)


def end_consultation(registry: Registry, work: Work, now: float) -> None:
    """By either of the two, or by the customer; before they talked it had not come about."""
    finish(registry, work, WorkEnd.CONSULTED if work.state is WorkState.ACTIVE else WorkEnd.WITHDRAWN, now)


def finish(registry: Registry, work: Work, cause: WorkEnd, now: float) -> None:
    """The one way out: exactly one `WorkEnded`, the agent freed, every index cleared."""
    registry.leave_bucket(work)
    if work.purpose is not Purpose.CONTACT and work.continues in registry.work_items:
        registry.work_items[work.continues].asked[work.work_id] = work.attempts
    waited_s = work.waited_s if work.waited_s is not None else max(0.0, now - work.waiting_since)
    agent = None
    if work.state in {WorkState.OFFERED, WorkState.ACCEPTED}:  # never connected: whoever it rang at is relieved
        waited_s = now - work.waiting_since
        withdraw(registry, work, work.offers.values(), now)
    elif work.agent_id is not None:
        agent = _release(registry, work)
    active_since = work.active_since
    talked_until = work.since if work.state is WorkState.WRAP_UP else now
    work.move(WorkState.ENDED, now, now)
    registry.emit(
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
            purpose=work.purpose,
        )
    )
    registry.drop_work(work, now)
    if agent is not None:
        registry.show(agent, now)


def _release(registry: Registry, work: Work) -> Agent:
    """The agent no longer holds the handled work."""
    (offer,) = work.offers.values()
    return drop_offer(registry, work, offer)

"""An agent hands a conversation on: to a colleague who is there, to one by name, or to a queue.

::

    conversation W1 (A) ──handed over (B is there)──▶ W1 in wrap-up; the consultation W2 is B's conversation
                        ──transferred (nobody yet)──▶ W1 in wrap-up; W2 waits at W1's old place, for one alone first perhaps

Invariants: what goes on with a conversation keeps its customer, its arrival, its priority and the time talked. Call control says
what is so: whoever has left a conversation is free, whatever else fits or does not, and the customer who was left waits with
that work, also when it ended in the same moment, or was refused.
"""

from __future__ import annotations

from acd.engine import callbacks
from acd.engine.arrival import enqueued
from acd.engine.offers import SKIP_S, could_take_back, take_back
from acd.engine.preferred import remember
from acd.engine.transitions import activate, conversation_over, look_later, ring_on, withdraw_transfers
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import Work, WorkState
from acd.rules.skills import combine
from core.causes import HANDED_ON, WorkEnd
from core.events import CallTransferred, WorkHandedOver
from core.ids import AgentId
from core.model import Channel, Purpose


def is_conversation(work: Work) -> bool:
    """Of an agent with a customer."""
    return work.state is WorkState.ACTIVE and work.purpose is not Purpose.CONSULTATION


def was_left(work: Work) -> bool:
    """By an agent who has handed the customer on, and writes it up."""
    return work.state is WorkState.WRAP_UP and work.end_cause in HANDED_ON


def take_place_of(registry: Registry, work: Work, about: Work, now: float) -> None:
    """Goes on with a conversation, for a customer who waits as if it had not been.

    What the flow asked for holds in the queue that it asked in; the rules never send the customer back into a queue left before.
    """
    work.purpose, work.continues = Purpose.TRANSFER, about.work_id
    if about.customer_id is not None:
        work.customer_id = about.customer_id
    work.arrival, work.enqueued_at = about.arrival, about.enqueued_at
    work.talked_s = about.talked_s + _talk_s(about, now)
    work.extra_priority += about.extra_priority
    work.been_in = [*about.been_in, *work.been_in]
    if work.queue_id == about.queue_id:
        work.extra_requirements = combine(work.extra_requirements, about.extra_requirements)
    else:
        work.been_in.append(about.queue_id)
    work.wait_until = max(about.wait_until, now + registry.queues[work.queue_id].config.max_wait_s)
    if work.asked_by is not None:
        work.skipped[work.asked_by] = now + SKIP_S


def _talk_s(work: Work, now: float) -> float:
    if work.active_since is None:
        return 0.0
    return (work.since if work.state is WorkState.WRAP_UP else now) - work.active_since


def transferred(registry: Registry, event: CallTransferred, now: float) -> None:
    """The agent has left the conversation to whoever was asked, or to whoever will take it. Raises `Refused`."""
    work = registry.work_items.get(event.work_id)
    if work is None:
        if event.work_id in registry.ended_work:
            raise Repeated("this conversation is already over")
        raise Refused("unknown_work", "this work is not known")
    if work.agent_id == event.agent_id and was_left(work):
        raise Repeated("this agent has already left")
    if work.agent_id != event.agent_id or not is_conversation(work):
        raise Refused("late_transfer", "this agent is not in this conversation")
    heir = registry.work_items.get(event.to_work_id)
    if heir is not None and (heir is work or heir.continues != work.work_id):
        raise Refused("late_transfer", "other work does not go on with this conversation")
    if heir is None and (event.to_work_id in work.asked or event.to_work_id not in registry.ended_work):
        _come_back(registry, event, work, now)
    elif heir is not None and heir.purpose is Purpose.CONSULTATION:
        withdraw_transfers(registry, work, now)
        _inherit(registry, heir, work, event.to_agent_id, now)
    conversation_over(registry, work, WorkEnd.CONFERENCED if event.conferenced else WorkEnd.TRANSFERRED, now)


def _inherit(registry: Registry, work: Work, about: Work, agent_id: AgentId | None, now: float) -> None:
    """A consultation becomes the customer's work: somebody's conversation, or one that waits."""
    if work.state is WorkState.ACCEPTED and work.agent_id == agent_id:  # that they talk was not told, or is told later
        activate(registry, work, now)
    if work.state is WorkState.ACTIVE:
        _is_handed_over(registry, work, about, now)
        return
    with registry.another_rank(work):
        take_place_of(registry, work, about, now)
        work.stood = True
    match work.state:
        case WorkState.WAITING:
            look_later(registry, work)
        case WorkState.OFFERED:
            ring_on(registry, work)
        case _:
            work.waited_s = now - work.waiting_since
    registry.to_route[work.work_id] = None
    enqueued(registry, work, now)
    for offer in work.offers.values():  # what an agent holds is shown in the order of arrival
        registry.show(registry.agents[offer.agent_id], now)


def _is_handed_over(registry: Registry, work: Work, about: Work, now: float) -> None:
    """With the customer from now on: what the two colleagues said to each other before is no conversation of a queue."""
    take_place_of(registry, work, about, now)
    work.active_since, work.waited_s = now, about.waited_s
    remember(registry, work, now)
    if work.agent_id is not None:
        registry.emit(
            WorkHandedOver(
                at=now,
                work_id=work.work_id,
                call_id=work.call_id,
                queue_id=work.queue_id,
                agent_id=work.agent_id,
                continues=about.work_id,
                arrived_at=work.enqueued_at,
                waited_s=work.waited_s or 0.0,
                talked_s=work.talked_s,
                skills=registry.skills_asked(work),
            )
        )
        registry.show(registry.agents[work.agent_id], now, always=True)  # as busy as before, with other work
    callbacks.called_again(registry, work, now)


def _come_back(registry: Registry, event: CallTransferred, about: Work, now: float) -> None:
    """What was asked is not here: it was refused, or it ended just before: nobody had answered, or it was not told in time that
    somebody had. The customer waits with it now, or is with that colleague; as an end of the asking it has been told, and
    as a transfer it ends another time."""
    agent = registry.agents.get(event.to_agent_id) if event.to_agent_id is not None else None
    work = Work(
        work_id=event.to_work_id,
        call_id=about.call_id,
        channel=Channel.CALL,
        queue_id=event.queue_id if event.queue_id in registry.queues else about.queue_id,
        customer_id=about.customer_id,
        extra_priority=0.0,
        extra_requirements=(),
        preferred_agent=None,
        arrival=about.arrival,
        enqueued_at=about.enqueued_at,
        wait_until=now,
        since=now,
        until=now,
        stood=True,
        attempts=about.asked.get(event.to_work_id, 0),
        asked_by=event.agent_id,
    )
    take_place_of(registry, work, about, now)
    if event.to_agent_id is not None and (agent is None or not could_take_back(registry, work, agent)):
        return
    withdraw_transfers(registry, about, now)
    registry.ended_work.pop(work.work_id, None)
    registry.work_items[work.work_id] = work
    registry.tie(work)
    look_later(registry, work)
    registry.line_up(work)
    registry.enter_bucket(work)
    enqueued(registry, work, now)
    if agent is not None:
        take_back(registry, work, agent, now)
        activate(registry, work, now)
        registry.show(agent, now)
        callbacks.called_again(registry, work, now)

"""Agents who ask a colleague, and agents who hand a conversation on: which work that is, and when it may be.

::

    conversation W1 (A) ──asks──▶ consultation W2 (B): rings → ACCEPTED ──joined──▶ ACTIVE ──left──▶ ENDED, consulted
         │                            └─ declined, not answered, withdrawn: ENDED ─┘    │
         ├──handed over (B is there)──▶ W1 in wrap-up, W2 is B's conversation ◀─────────┘
         └──transferred (nobody yet)──▶ W1 in wrap-up, W2 waits at W1's old place

Invariants: a consultation lives only as long as the conversation it is about; nobody writes it up, and no customer is counted
twice for it. What goes on with a conversation keeps its customer, its arrival, its priority and the time talked. Call control
says what is so: whoever has left a conversation is free, whatever else fits or does not.
"""

from __future__ import annotations

from acd.engine import callbacks
from acd.engine.arrival import enqueued
from acd.engine.offers import SKIP_S
from acd.engine.preferred import remember
from acd.engine.transitions import (
    activate,
    conversation_over,
    end_consultation,
    leave_behind,
    look_later,
    ring_on,
    withdraw_transfers,
)
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import Work, WorkState
from acd.rules.skills import combine
from core.causes import WorkEnd
from core.commands import EnqueueWork
from core.events import CallTransferred, PartyJoined, PartyLeft, WorkHandedOver
from core.ids import AgentId, WorkId
from core.model import Channel, Purpose
from core.parties import Role

HANDED_ON = frozenset({WorkEnd.TRANSFERRED, WorkEnd.CONFERENCED})
HELD_BY_ONE = frozenset({WorkState.ACCEPTED, WorkState.ACTIVE})


def wanted_for(registry: Registry, command: EnqueueWork) -> Work | None:
    """The conversation that a consultation is about, or a transfer goes on with; None: a customer's own work.

    Raises `Refused` for a second line of one call, and for what no agent can have meant.
    """
    calls = registry.works_of_call(command.call_id)
    if command.purpose is Purpose.CONTACT:
        if command.asked_by is not None or command.only_agent is not None or command.continues is not None:
            raise Refused("not_asked_for", "only a consultation or a transfer is an agent's wish")
        if any(_is_a_line(work) for work in calls):
            raise Refused("call_has_work", "this call already waits or is served")
        return None
    if command.asked_by is None or command.call_id is None or command.channel is not Channel.CALL:
        raise Refused("not_asked_for", "an agent consults a colleague, or transfers, in a call")
    about = _conversation(registry, command, calls)
    if command.purpose is Purpose.TRANSFER and any(work is not about and _is_a_line(work) for work in calls):
        raise Refused("call_has_work", "this call already goes on with other work")
    if command.only_agent is not None:
        _must_be_available(registry, command.only_agent, command.asked_by)
    return about


def _conversation(registry: Registry, command: EnqueueWork, calls: list[Work]) -> Work:
    """The one that the asking agent is in. Raises `Refused`."""
    if command.continues is not None and command.continues not in registry.work_items:
        if command.continues in registry.ended_work:
            raise Refused("work_over", "the work to go on with has already ended")
        raise Refused("unknown_work", "the work to go on with is not known")
    for work in calls:
        named = command.continues in {None, work.work_id}
        left = command.purpose is Purpose.TRANSFER and _was_left(work)  # that the agent has left came first
        if named and work.agent_id == command.asked_by and (is_conversation(work) or left):
            return work
    raise Refused("not_in_conversation", "whoever asks is not in conversation in this call")


def is_conversation(work: Work) -> bool:
    """Of an agent with a customer."""
    return work.state is WorkState.ACTIVE and work.purpose is not Purpose.CONSULTATION


def _was_left(work: Work) -> bool:
    """By an agent who has handed the customer on, and writes it up."""
    return work.state is WorkState.WRAP_UP and work.end_cause in HANDED_ON


def _is_a_line(work: Work) -> bool:
    """The customer waits or is served with it."""
    return work.purpose is not Purpose.CONSULTATION and work.state is not WorkState.WRAP_UP


def _must_be_available(registry: Registry, agent_id: AgentId, asked_by: AgentId) -> None:
    agent = registry.agents.get(agent_id)
    if agent_id == asked_by:
        raise Refused("agent_not_available", "nobody asks oneself")
    if agent is None:
        raise Refused("agent_not_available", "this agent is not known")
    obstacle = agent.obstacle(Channel.CALL)
    if obstacle is not None:
        raise Refused("agent_not_available", obstacle.words)


def take_place_of(registry: Registry, work: Work, about: Work, now: float) -> None:
    """Goes on with a conversation, for a customer who waits as if it had not been.

    What the flow asked for holds in the queue that it asked in; the rules never send the customer back into a queue left before.
    """
    work.purpose, work.continues = Purpose.TRANSFER, about.work_id
    work.customer_id = about.customer_id
    work.arrival, work.enqueued_at = about.arrival, about.enqueued_at
    work.talked_s = about.talked_s + _talk_s(about, now)
    work.extra_priority += about.extra_priority
    work.been_in = list(about.been_in)
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


# ── what call control says ────────────────────────────────────────────────────────────────────────────────────


def joined(registry: Registry, event: PartyJoined, now: float) -> None:
    """The colleague who was asked is there. Raises `Refused`."""
    work = _consultation(registry, event)
    if work.agent_id != event.agent_id or work.state not in HELD_BY_ONE or event.agent_id is None:
        raise Refused("late_connection", "this work is not being connected to this agent")
    if work.state is WorkState.ACTIVE:
        raise Repeated("this colleague is already there")
    leave_behind(registry, work, now)
    activate(registry, work, now)
    registry.show(registry.agents[event.agent_id], now)
    if is_conversation(work):  # whoever asked left just before
        callbacks.called_again(registry, work, now)


def left(registry: Registry, event: PartyLeft, now: float) -> None:
    """The colleague has left, or is not asked any more. Raises `Refused`, also when it has become the conversation."""
    work = _consultation(registry, event)
    if work.purpose is not Purpose.CONSULTATION:
        raise Refused("not_a_consultation", "this consultation has become the conversation")
    end_consultation(registry, work, now)


def _consultation(registry: Registry, event: PartyJoined | PartyLeft) -> Work:
    work = registry.work_items.get(event.work_id or WorkId(""))
    if event.role is not Role.CONSULTANT or event.work_id is None:
        raise Refused("not_for_the_acd", "this party has no work of the queues")
    if work is None:
        if event.work_id in registry.ended_work:
            raise Repeated("this consultation is already over")
        raise Refused("unknown_work", "this work is not known")
    if work.purpose is Purpose.CONTACT:
        raise Refused("not_a_consultation", "nobody was asked with this work")
    return work


def transferred(registry: Registry, event: CallTransferred, now: float) -> None:
    """The agent has left the conversation to whoever was asked, or to whoever will take it. Raises `Refused`."""
    work = registry.work_items.get(event.work_id)
    if work is None:
        if event.work_id in registry.ended_work:
            raise Repeated("this conversation is already over")
        raise Refused("unknown_work", "this work is not known")
    if work.agent_id == event.agent_id and _was_left(work):
        raise Repeated("this agent has already left")
    if work.agent_id != event.agent_id or not is_conversation(work):
        raise Refused("late_transfer", "this agent is not in this conversation")
    heir = registry.work_items.get(event.to_work_id)
    if heir is not None and (heir is work or heir.continues != work.work_id):
        raise Refused("late_transfer", "other work does not go on with this conversation")
    if heir is not None and heir.purpose is Purpose.CONSULTATION:
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
        registry.show(registry.agents[work.agent_id], now)
    callbacks.called_again(registry, work, now)

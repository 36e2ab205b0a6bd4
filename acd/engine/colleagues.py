"""An agent asks a colleague, while the customer waits: when that may be, and what the two are told to be doing.

::

    conversation W1 (A) ──asks──▶ consultation W2 (B): rings → ACCEPTED ──joined──▶ ACTIVE ──left──▶ ENDED, consulted
                                      └─ declined, not answered, withdrawn, not joined in time: ENDED

Invariants: a consultation lives only as long as the conversation it is about; nobody writes it up, and no customer is counted
twice for it. What becomes of it when the asking agent leaves is in `handing_on.py`.
"""

from __future__ import annotations

from acd.engine import callbacks
from acd.engine.handing_on import is_conversation
from acd.engine.transitions import activate, end_consultation, leave_behind
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Work, WorkState
from core.commands import EnqueueWork
from core.events import PartyJoined, PartyLeft
from core.ids import AgentId, WorkId
from core.model import Channel, Purpose
from core.parties import Role

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
        if named and work.agent_id == command.asked_by and is_conversation(work):
            return work
    raise Refused("not_in_conversation", "whoever asks is not in conversation in this call")


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
    if work.purpose is not Purpose.CONSULTATION and not _goes_on_without(registry, work):
        raise Refused("not_a_consultation", "this consultation has become the conversation")
    end_consultation(registry, work, now)


def _goes_on_without(registry: Registry, work: Work) -> bool:
    """Of a transfer whose agent stays: that it is in line was not heard."""
    about = registry.work_items.get(work.continues or WorkId(""))
    return about is not None and is_conversation(about) and work.state in IN_LINE | {WorkState.ACCEPTED}


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

"""A piece of work on its way to an agent: its states as a table, and its record.

Every state but the last has a deadline: SCHEDULED its own time,
WAITING the longest wait, OFFERED the ring time-out, ACCEPTED the time for
connecting, ACTIVE a talk limit against lost ends, WRAP_UP the queue's wrap-up limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from acd.rules.skills import Requirements
from core.causes import WorkEnd
from core.ids import AgentId, CallId, CustomerId, OfferId, QueueId, WorkId
from core.model import Channel, Decision, Purpose


class WorkState(StrEnum):
    """Where a piece of work is.

    ::

        SCHEDULED → WAITING ⇄ OFFERED → ACCEPTED → ACTIVE → WRAP_UP → ENDED
           ▲           │▲                   │         │
           ├(given later)┘├─(not connected)─┤         │          every state → ENDED
           │              └──────────(handed back)────┘
           └───────(customer not reached)───┘
    """

    SCHEDULED = "scheduled"
    """A callback outside the line, until its time."""
    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    """An agent said yes; call control is connecting the two."""
    ACTIVE = "active"
    """Customer and agent are in conversation."""
    WRAP_UP = "wrap_up"
    """The conversation is over; the agent writes it up."""
    ENDED = "ended"


TRANSITIONS: Mapping[WorkState, frozenset[WorkState]] = {
    WorkState.SCHEDULED: frozenset({WorkState.WAITING, WorkState.ENDED}),
    WorkState.WAITING: frozenset({WorkState.OFFERED, WorkState.SCHEDULED, WorkState.ENDED}),
    WorkState.OFFERED: frozenset({WorkState.WAITING, WorkState.ACCEPTED, WorkState.ENDED}),
    WorkState.ACCEPTED: frozenset({WorkState.WAITING, WorkState.ACTIVE, WorkState.SCHEDULED, WorkState.ENDED}),
    WorkState.ACTIVE: frozenset({WorkState.WAITING, WorkState.WRAP_UP, WorkState.ENDED}),
    WorkState.WRAP_UP: frozenset({WorkState.ENDED}),
    WorkState.ENDED: frozenset(),
}

IN_LINE = frozenset({WorkState.WAITING, WorkState.OFFERED})
"""It waits for an agent: ringing somewhere does not give the place away."""


class IllegalTransition(Exception):
    """A state table was asked for a move it does not have: a mistake in the engine, never in its input."""


class Offer(msgspec.Struct, kw_only=True, frozen=True):
    """One ringing or accepted attempt to give work to an agent."""

    offer_id: OfferId
    agent_id: AgentId
    made_at: float
    expires_at: float
    decision: Decision


class Work(msgspec.Struct, kw_only=True):
    """One contact request. Changed only by the engine, its state only through `move`."""

    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    extra_priority: float
    """Added to the queue's."""
    extra_requirements: Requirements
    """Beyond the queue's own."""
    preferred_agent: AgentId | None
    arrival: int
    """Running number: first come, first served."""
    enqueued_at: float
    wait_until: float
    """End of the longest wait."""
    state: WorkState = WorkState.WAITING
    since: float
    until: float
    """Deadline of the present state."""
    offers: dict[OfferId, Offer] = msgspec.field(default_factory=dict)
    """Ringing now; the accepted one while ACCEPTED or later."""
    attempts: int = 0
    """Offers made so far; numbers the offers."""
    skipped: dict[AgentId, float] = msgspec.field(default_factory=dict)
    """Agents not asked again before the given time, because they declined or could not be connected."""
    step: int = 0
    """Routing steps of its queue taken so far."""
    relaxed: str = ""
    """What was given up on the way, and when, in words."""
    alone_until: float | None = None
    """Waits for the preferred agent alone until then; None: anyone able may have it."""
    served_before: bool = False
    """The preferred agent is the one who last served this customer here; else somebody asked for that agent."""
    rings_all: bool = False
    """Rings at everybody able; more may join while it rings."""
    been_in: list[QueueId] = msgspec.field(default_factory=list)
    """Queues it was moved out of. The rules never move it back into one."""
    agent_id: AgentId | None = None
    """Who took it, from ACCEPTED on."""
    waited_s: float | None = None
    """From arrival to acceptance."""
    active_since: float | None = None
    talked_s: float = 0.0
    """In conversations that were handed back: no waiting."""
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in. `call_id` is then the one being dialled, from ACCEPTED on."""
    promised: bool = False
    """A callback that somebody promised, not one that its customer asked for while waiting."""
    stood: bool = False
    """Has been in line: a callback that waits for another try, or another time, is back, and not new."""
    tries: int = 0
    """Times the customer was dialled in vain."""
    end_cause: WorkEnd | None = None
    """Known from the end of the conversation on."""
    purpose: Purpose = Purpose.CONTACT
    asked_by: AgentId | None = None
    """Whose wish a consultation or a transfer is."""
    only_agent: AgentId | None = None
    """Rings at this agent and nobody else, who was asked for by name; None again when that one did not want to."""
    continues: WorkId | None = None
    """Of a consultation: the conversation it is about. Of a transfer: the one it went on with."""
    asked: dict[WorkId, int] = msgspec.field(default_factory=dict)
    """Consultations about this conversation, and transfers of it, that have ended; and how many offers were made of each."""

    @property
    def has_place(self) -> bool:
        """A customer waits with it, and has a position. A consultation waits beside the line: its customer was counted before."""
        return self.state in IN_LINE and self.purpose is not Purpose.CONSULTATION

    @property
    def waiting_since(self) -> float:
        """When it would have come, had it only waited."""
        return self.enqueued_at + self.talked_s

    def move(self, state: WorkState, now: float, until: float) -> None:
        """The only setter of `state`. Raises `IllegalTransition`."""
        if state not in TRANSITIONS[self.state]:
            raise IllegalTransition(f"{self.work_id}: {self.state} → {state}")
        self.state, self.since, self.until = state, now, until

    def forget_skipped(self, now: float) -> None:
        """Agents whose time has come may be asked again: also when it came while the work rang at somebody else."""
        for agent_id in [agent_id for agent_id, until in self.skipped.items() if until <= now]:
            del self.skipped[agent_id]

"""What the ACD tells: of work, offers, queues and agents."""

from __future__ import annotations

from core.causes import WorkEnd
from core.events.event import Event
from core.ids import AgentId, CallId, CustomerId, OfferId, QueueId, SkillId, WorkId
from core.model import AgentState, Channel, Decision, Purpose, WorkRecord
from core.ranges import Count, Instant, Name, Points, Seconds, Text


class WorkEnqueued(Event, frozen=True, kw_only=True):
    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    priority: Points
    position: Count
    """1 = next."""
    expected_p50_s: Seconds | None = None
    """The wait that half of the customers stay under, estimated at arrival; None: unknown."""
    expected_p90_s: Seconds | None = None
    agent_free: bool = False
    """Somebody could take it at once: only the ring was expected."""
    skills: tuple[SkillId, ...] | None = None
    """Asked for, by the queue and by the work itself; sorted."""
    purpose: Purpose = Purpose.CONTACT
    continues: WorkId | None = None
    """Of a consultation or a transfer: the work of the conversation."""
    arrived_at: Instant | None = None
    """Of a transfer: when its customer began to wait; None: now."""
    talked_s: Seconds = 0.0
    """Of a transfer: in conversation since then, which is no waiting."""


class WorkRelaxed(Event, frozen=True, kw_only=True):
    """A step of its queue's routing took effect for waiting work."""

    work_id: WorkId
    queue_id: QueueId
    step: Count
    """Which of the queue's steps, from 0."""
    skipped: bool
    """Before its time, because nobody signed in could have served what was asked for."""
    requirements: Text
    """What is asked for now, in words."""


class WorkMoved(Event, frozen=True, kw_only=True):
    """Work waits in another queue now, with its old arrival time."""

    work_id: WorkId
    call_id: CallId | None
    from_queue_id: QueueId
    queue_id: QueueId
    by: Name
    """Who moved it: a supervisor's user id, or empty for the rules (overflow)."""
    skills: tuple[SkillId, ...] | None = None
    """Asked for in the queue it came to, sorted."""
    record: WorkRecord | None = None
    """Of the stay in the queue it left."""


class WorkHandedBack(Event, frozen=True, kw_only=True):
    """A conversation whose agent left it: the work waits again, in the same queue, with its old arrival time."""

    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    """Who left."""
    talk_s: Seconds
    """Of the conversation that was cut short."""
    record: WorkRecord | None = None
    """Of the stay that ended with it."""


class WorkHandedOver(Event, frozen=True, kw_only=True):
    """A consultation is the conversation from now on: the colleague who was asked has the customer. It is a transfer then."""

    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    """Who has it now."""
    continues: WorkId
    """Whose agent has left."""
    arrived_at: Instant
    """When the customer began to wait."""
    waited_s: Seconds
    """Before somebody answered."""
    talked_s: Seconds
    """In conversation with those who had it before."""
    skills: tuple[SkillId, ...] | None = None


class WorkReprioritised(Event, frozen=True, kw_only=True):
    work_id: WorkId
    queue_id: QueueId
    priority: Points
    """With the queue's own."""
    by: Name


class CallbackRequested(Event, frozen=True, kw_only=True):
    """The caller will be called back; the place in line is kept and the call may end."""

    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    customer_id: CustomerId | None


class CallbackScheduled(Event, frozen=True, kw_only=True):
    """A callback waits outside the line until `due_at`: it was promised for then, or the customer could not be reached now."""

    work_id: WorkId
    queue_id: QueueId
    customer_id: CustomerId | None
    origin_call_id: CallId | None
    due_at: Instant
    tries: Count
    """Times the customer was dialled in vain; 0: not yet tried, and `WorkEnqueued` follows when it takes its place."""


class CallbackDue(Event, frozen=True, kw_only=True):
    """A callback that was tried in vain is back in line, at its old place."""

    work_id: WorkId
    queue_id: QueueId
    position: Count


class OfferMade(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    expires_at: Instant
    decision: Decision
    channel: Channel = Channel.CALL
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""
    purpose: Purpose = Purpose.CONTACT
    asked_by: AgentId | None = None
    """Of a consultation or a transfer: the colleague whose wish it is."""


class OfferAccepted(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    waited_s: Seconds
    channel: Channel = Channel.CALL
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""
    purpose: Purpose = Purpose.CONTACT


class OfferDeclined(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    agent_id: AgentId
    reason: Text = ""


class OfferExpired(Event, frozen=True, kw_only=True):
    """Rang without an answer; the agent is set away and the work goes back to its place."""

    offer_id: OfferId
    work_id: WorkId
    agent_id: AgentId


class OfferWithdrawn(Event, frozen=True, kw_only=True):
    """The work ended or was taken away while it rang."""

    offer_id: OfferId
    work_id: WorkId
    agent_id: AgentId


class WorkEnded(Event, frozen=True, kw_only=True):
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId | None
    cause: WorkEnd
    waited_s: Seconds
    handled_s: Seconds = 0.0
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""
    talk_s: Seconds = 0.0
    """The conversation's part of `handled_s`; the rest is wrap-up."""
    record: WorkRecord | None = None
    """None of a consultation."""
    purpose: Purpose = Purpose.CONTACT


class QueueMoved(Event, frozen=True, kw_only=True):
    """Positions in a queue changed; tells waiting flows their place and expected wait."""

    queue_id: QueueId
    waiting: tuple[WorkId, ...]
    """In order, the next first."""
    expected_wait_s: Seconds | None = None
    """Someone who joins now: half wait less than this."""
    expected_p90_s: Seconds | None = None


class AgentStateChanged(Event, frozen=True, kw_only=True):
    agent_id: AgentId
    state: AgentState
    reason: Text = ""
    since: Instant
    until: Instant | None = None
    """Deadline of the state, if it ends by itself (ring, wrap-up)."""
    queue_id: QueueId | None = None
    work: tuple[WorkId, ...] = ()
    by: Name = ""
    """The user who set a state that was requested; empty: the agent, or the rules."""

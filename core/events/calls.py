"""What call control tells of calls."""

from __future__ import annotations

from core.causes import EndCause
from core.events.event import Event
from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, PartyId, QueueId, UserId, WorkId
from core.model import CallerFacts, LegKind
from core.parties import Mode, Role
from core.ranges import Instant, Milliseconds, Name, Seconds, Text


class CallStarted(Event, frozen=True, kw_only=True):
    """The caller's leg is answered and its flow begins."""

    call_id: CallId
    leg_id: LegId
    node_id: NodeId
    kind: LegKind
    caller: Name
    called: Name
    display_name: Name = ""
    flow_id: FlowId
    language: Name = "en"
    customer_token: Text | None = None
    facts: CallerFacts = CallerFacts()
    outbound: bool = False
    """We call the customer (a callback): no flow runs, `flow_id` is empty, `caller` is the number that is dialled."""
    agent_id: AgentId | None = None
    """For whom an outbound call is dialled."""
    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    customer_id: CustomerId | None = None
    """Known before the call began."""
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""


class CallUnassigned(Event, frozen=True, kw_only=True):
    """Nothing answers the number that was called: the caller was refused, no call began."""

    call_id: CallId
    caller: Name
    called: Name
    trunk: Name = ""


class CallConnected(Event, frozen=True, kw_only=True):
    """Customer and agent hear each other."""

    call_id: CallId
    work_id: WorkId
    agent_id: AgentId
    queue_id: QueueId
    customer_leg: LegId
    agent_leg: LegId
    waited_s: Seconds
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""


class CallHeld(Event, frozen=True, kw_only=True):
    call_id: CallId
    agent_id: AgentId
    held: bool


class CallHandedBack(Event, frozen=True, kw_only=True):
    """The agent left in mid-conversation: the customer hears music, and waits in the queue again."""

    call_id: CallId
    work_id: WorkId
    agent_id: AgentId
    queue_id: QueueId


class PartyJoined(Event, frozen=True, kw_only=True):
    """Somebody takes part beside customer and agent, or does so in another way than before."""

    call_id: CallId
    party_id: PartyId
    role: Role
    mode: Mode
    user_id: UserId | None = None


class PartyLeft(Event, frozen=True, kw_only=True):
    """Of those who were told by `PartyJoined`; with the call's end all leave without a word."""

    call_id: CallId
    party_id: PartyId
    role: Role
    cause: EndCause
    user_id: UserId | None = None


class CallEnded(Event, frozen=True, kw_only=True):
    """The last event of a call, exactly once."""

    call_id: CallId
    cause: EndCause
    started_at: Instant
    connected_at: Instant | None = None
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    recording_path: Name | None = None
    recording_ms: Milliseconds = 0

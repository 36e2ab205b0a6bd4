"""What call control tells of calls."""

from __future__ import annotations

from core.causes import EndCause
from core.events.event import Event
from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, PartyId, QueueId, UserId, WorkId
from core.model import CallerFacts, LegKind, Purpose
from core.parties import Mode, Party, Role
from core.ranges import Count, Instant, Milliseconds, Name, Seconds, Text


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


class PartiesChanged(Event, frozen=True, kw_only=True):
    """Who takes part in a call now, and what each of them does: the whole picture, after any change of it."""

    call_id: CallId
    parties: tuple[Party, ...]
    version: Count
    """Counts up with every change of the call; an older picture that comes late means nothing."""


class ColleagueAsked(Event, frozen=True, kw_only=True):
    """An agent asks somebody else in, or hands the conversation on: what whoever it rings at should know."""

    call_id: CallId
    work_id: WorkId
    """Of the consultation, or of what goes on with the conversation."""
    purpose: Purpose
    agent_id: AgentId
    """Who asks."""
    to_agent_id: AgentId | None = None
    queue_id: QueueId
    """Its line, also of work for one agent."""
    note: Text = ""


class CallTransferred(Event, frozen=True, kw_only=True):
    """The agent left the conversation to somebody else."""

    call_id: CallId
    work_id: WorkId
    """That ended for the agent who left."""
    agent_id: AgentId
    """Who left."""
    to_work_id: WorkId
    to_agent_id: AgentId | None = None
    """Who has the conversation now; None: nobody yet, the customer waits and is led on by the flow."""
    queue_id: QueueId
    """Of the work that goes on."""
    conferenced: bool = False
    """The two agents and the customer talked together when the one left."""


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
    agent_id: AgentId | None = None
    """Of a colleague."""
    work_id: WorkId | None = None
    """Of a colleague: the consultation."""


class PartyLeft(Event, frozen=True, kw_only=True):
    """Of those who were told by `PartyJoined`, and of a colleague who was asked in vain.

    With the call's end all leave without a word.
    """

    call_id: CallId
    party_id: PartyId
    role: Role
    cause: EndCause
    user_id: UserId | None = None
    agent_id: AgentId | None = None
    work_id: WorkId | None = None


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

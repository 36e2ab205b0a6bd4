"""What is known about customers and their conversations: the values of this package.

`Customer`, `TimelineItem`, `Segment` and `CallRecord` have exactly the fields that `docs/api.md` promises; the rest is what
storage keeps. Times are seconds since the epoch.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.ids import AgentId, CallId, ChatId, CustomerId, FlowId, InteractionId, LegId, QueueId, StreamId, TicketId, WorkId
from core.model import Certainty, Channel, LegKind, Speaker, Value, Word
from customers.engagements import Engagement
from customers.messages import NewMessage


class Status(StrEnum):
    """What became of an interaction, in one word for every channel."""

    OPEN = "open"
    CLOSED = "closed"
    UNANSWERED = "unanswered"
    MISSED = "missed"
    NONE = ""


class IdentifierKind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    DEVICE = "device"
    EXTERNAL = "external"


class Provenance(StrEnum):
    """How we learned that an identifier belongs to a customer."""

    IMPORT = "import"
    SIGNED_IN = "signed_in"
    AGENT = "agent"
    CALL = "call"
    WIDGET = "widget"


class Identifier(Value, frozen=True, kw_only=True):
    """An edge from a customer to something they can be recognized by; `value` is normalized (E.164, lower-case address)."""

    kind: IdentifierKind
    value: str
    provenance: Provenance
    confidence: float
    """0…1: how sure it is that the identifier is this customer's."""
    shared: bool = False
    """Marked as several people's: a switchboard's number, a family's address."""


class Proof(StrEnum):
    """What has verified who a caller is."""

    ATTESTED = "attested"
    """The carrier vouches that the number is the caller's."""
    TOKEN = "token"
    PIN = "pin"


class Profile(Value, frozen=True, kw_only=True):
    """A customer as stored."""

    customer_id: CustomerId
    name: str = ""
    """Empty: nobody has asked yet."""
    tags: tuple[str, ...] = ()
    vip: bool = False
    location: str | None = None
    local_time_zone: str | None = None
    since: float | None = None
    language: str = "en"
    identifiers: tuple[Identifier, ...] = ()
    version: int = 1
    """Counts up with every change of the record."""


class Customer(Value, frozen=True, kw_only=True):
    """A customer as the desk shows it: the profile, and how sure we are and by what."""

    customer_id: CustomerId | None
    """None: it is not known which record is the caller's, or there is none."""
    name: str
    is_new: bool
    certainty: Certainty
    certainty_by: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    tags: tuple[str, ...]
    vip: bool
    location: str | None
    local_time_zone: str | None
    since: float | None
    language: str
    certainty_code: str = ""
    """With `certainty_params` the same as `certainty_by`, for other languages."""
    certainty_params: dict[str, str | int | float] = msgspec.field(default_factory=dict)
    version: int = 1
    """Of the record: a change says which one it was made on (`If-Match`)."""


class Candidate(Value, frozen=True, kw_only=True):
    """One of several people who a caller may be: enough to ask, and no more."""

    customer_id: CustomerId
    name: str
    last_contact: float | None = None
    last_title: str = ""
    """What their last contact was about."""


class Fact(Value, frozen=True, kw_only=True):
    """Something another system knows about a customer ("two captures on one order"), for the screen-pop."""

    text: str
    source: str
    at: float
    suggestion: str | None = None


class Interaction(Value, frozen=True, kw_only=True):
    """One row of history, the same for every channel."""

    interaction_id: InteractionId
    customer_id: CustomerId | None
    """None: filed under nobody."""
    channel: Channel
    at: float
    title: str
    text: str = ""
    status: Status = Status.NONE
    by: str | None = None
    """Name of the agent who handled it; of several, the last one."""
    by_before: tuple[str, ...] = ()
    """Names of those who had it before that one, in order."""
    call_id: CallId | None = None
    ticket_number: int | None = None
    duration_s: float | None = None
    waited_s: float | None = None
    """How long the customer waited for somebody."""
    answered_at: float | None = None
    """When one of us last answered; None: nobody has."""
    due_at: float | None = None
    """When it was promised for."""
    last_activity_at: float | None = None
    """When something last happened in it; None: nothing since it began."""
    last_from: str = ""
    """Whose the last word is: ``customer``, ``us``; empty: nobody has said anything yet."""
    waiting_since: float | None = None
    """Since when the customer waits for us; None: the customer does not."""
    priority: str = ""
    """``low``, ``normal``, ``high``, ``urgent``, where a conversation has one."""
    identifier_kind: str | None = None
    """What it came from: a number or address, as it was looked up."""
    identifier_value: str | None = None
    filed_by: str | None = None
    """User id of who said whose it is; None: nobody did, or it was plain."""
    filed_at: float | None = None
    filed_how: str = ""
    """`customers.filing.FiledHow`."""
    has_recording: bool = False
    has_transcript: bool = False

    @property
    def active_at(self) -> float:
        """What the timeline is ordered by."""
        return self.at if self.last_activity_at is None else self.last_activity_at


class TimelineItem(Value, frozen=True, kw_only=True):
    """An interaction as the desk lists it."""

    interaction_id: InteractionId
    channel: Channel
    at: float
    title: str
    text: str
    status: Status
    by: str | None
    call_id: CallId | None
    ticket_number: int | None
    duration_s: float | None
    last_activity_at: float
    """The timeline's order."""
    by_before: tuple[str, ...] = ()
    """Names of those who had it before `by`, in order."""
    has_recording: bool
    has_transcript: bool


class TimelinePage(Value, frozen=True, kw_only=True):
    items: tuple[TimelineItem, ...]
    next: str | None
    """Cursor of the next, older page."""


class Neighbours(Value, frozen=True, kw_only=True):
    """The conversations of the same customer beside one, in the timeline's order."""

    earlier: InteractionId | None = None
    later: InteractionId | None = None


class Step(Value, frozen=True, kw_only=True):
    """One step of the caller's way through the flow."""

    at: float
    step: str
    verb: str
    detail: str = ""


class Call(Value, frozen=True, kw_only=True):
    """A call as stored."""

    call_id: CallId
    customer_id: CustomerId | None
    """None: the number is withheld or several people's."""
    interaction_id: InteractionId
    kind: LegKind
    caller: str
    """As the trunk sent it."""
    identifier: Identifier | None = None
    """What the caller was recognized by; None when the number is withheld."""
    withheld: bool = False
    proof: Proof | None = None
    """Of who the caller is."""
    decided_by: str = ""
    """Name of the person who has said whose it is; empty: nobody has."""
    diverted_from: str = ""
    """The number that sent the caller on to us."""
    called: str
    display_name: str = ""
    flow_id: FlowId | None = None
    language: str = "en"
    started_at: float
    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    queue_name: str | None = None
    waiting_since: float | None = None
    agent_id: AgentId | None = None
    """Whose it was last."""
    agent_name: str | None = None
    connected_at: float | None = None
    """When the first agent came."""
    waited_s: float | None = None
    ended_at: float | None = None
    cause: str | None = None
    recording_path: str | None = None
    recording_ms: int = 0
    disposition: str = ""
    """As the last agent who had it, and has written something, wrote it; so is the summary."""
    summary: str = ""
    has_transcript: bool = False
    engagements: tuple[Engagement, ...] = ()
    """Who had it and who was asked, in the order in which they came."""


class CallChanges(Value, frozen=True, kw_only=True):
    """What an event adds to a call; None leaves a field as it is, so that a replayed event changes nothing."""

    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    waiting_since: float | None = None
    agent_id: AgentId | None = None
    connected_at: float | None = None
    first_connected_at: float | None = None
    """Only for a call that was not connected before; so is the wait."""
    first_waited_s: float | None = None
    ended_at: float | None = None
    cause: str | None = None
    recording_path: str | None = None
    recording_ms: int | None = None


class Segment(Value, frozen=True, kw_only=True):
    """One utterance of one side."""

    call_id: CallId
    leg_id: LegId
    utterance: int
    speaker: Speaker
    text: str
    start_ms: int
    """From the moment the call was connected."""
    end_ms: int
    at: float
    """When the recognizer told it; late ones come long after they were spoken."""
    final: bool = True
    late: bool = False
    words: tuple[Word, ...] = ()


class StoredSegment(Value, frozen=True, kw_only=True):
    """A final as storage keeps it: unique by call, stream and utterance."""

    stream_id: StreamId
    segment: Segment


class CallRecord(Value, frozen=True, kw_only=True):
    """A call as the history shows it. `segments` is given for a single call only."""

    call_id: CallId
    customer_id: CustomerId | None
    customer_name: str
    caller: str
    """The number that was looked up (E.164); as it was shown when it is none; empty: withheld."""
    called: str
    diverted_from: str
    """The number that sent the caller on to us; empty: none did."""
    queue_id: QueueId | None
    agent_id: AgentId | None
    """Whose it was last; all of them are in `engagements`."""
    agent_name: str | None
    started_at: float
    connected_at: float | None
    ended_at: float | None
    """None while it runs."""
    cause: str | None
    disposition: str
    summary: str
    path: tuple[Step, ...]
    recording_ms: int
    has_recording: bool
    segments: tuple[Segment, ...] | None = None
    engagements: tuple[Engagement, ...] = ()
    """Who had it and who was asked, in the order in which they came."""


class Whose(Value, frozen=True, kw_only=True):
    """Which calls somebody may list: those in which one agent took part, and those of some queues."""

    agent_id: AgentId | None
    queues: frozenset[QueueId] = frozenset()


class CallPage(Value, frozen=True, kw_only=True):
    items: tuple[CallRecord, ...]
    next: str | None


class NewTicket(Value, frozen=True, kw_only=True):
    """A ticket to open; its number is given by storage."""

    ticket_id: TicketId
    interaction_id: InteractionId
    customer_id: CustomerId | None
    subject: str
    text: str
    opened_at: float
    opened_by: AgentId | None = None


class NewCallback(Value, frozen=True, kw_only=True):
    """A promise to call back."""

    interaction_id: InteractionId
    customer_id: CustomerId | None
    call_id: CallId
    due_at: float
    """When it was promised for."""
    promised_at: float
    agent_id: AgentId | None = None
    reason: str = ""


class Chat(Value, frozen=True, kw_only=True):
    chat_id: ChatId
    interaction_id: InteractionId
    customer_id: CustomerId | None
    started_at: float
    ended_at: float | None = None
    messages: tuple[NewMessage, ...] = ()


class Ticket(Value, frozen=True, kw_only=True):
    ticket_id: TicketId
    interaction_id: InteractionId
    customer_id: CustomerId | None
    number: int | None
    """None: storage gives the next free number."""
    subject: str
    status: Status
    priority: str = "normal"
    opened_at: float
    closed_at: float | None = None
    comments: tuple[NewMessage, ...] = ()


class Email(Value, frozen=True, kw_only=True):
    interaction_id: InteractionId
    customer_id: CustomerId | None
    subject: str
    at: float
    messages: tuple[NewMessage, ...]


def to_builtins(value: Value) -> dict[str, object]:
    """As plain JSON-ready values, for the API and the live view."""
    result: dict[str, object] = msgspec.to_builtins(value)
    return result

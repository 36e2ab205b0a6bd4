"""Everything that can happen, in one union: the system's table of contents.

Events are facts: frozen, in the past tense, with the ids they concern and the time `at` (seconds since the epoch, UTC).
They are published on one ordered stream and may be replayed; a handler meets an event at least once. Unknown fields and
unknown types are refused at the border (`core/codec.py`). No event carries sound; texts and numbers of people are in events
because the desk needs them, and never in a log.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.causes import EndCause, WorkEnd
from core.ids import (
    AgentId,
    CallId,
    CustomerId,
    FlowId,
    InteractionId,
    LegId,
    NodeId,
    OfferId,
    PlaybackId,
    QueueId,
    RecordingId,
    StreamId,
    WorkerId,
    WorkId,
)
from core.model import AgentState, Channel, Decision, LegKind, LegPurpose, LegQuality, Speaker, Word, WorkRecord


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag=True):
    """Base of all events."""

    at: float
    """When it happened, seconds since the epoch."""


# ── media node ────────────────────────────────────────────────────────────────────────────────────────────────


class NodeStarted(Event, frozen=True, kw_only=True):
    node_id: NodeId
    pid: int


class NodeHeartbeat(Event, frozen=True, kw_only=True):
    """Sent every second; three missing ones mean that the node is lost."""

    node_id: NodeId
    legs: int
    max_legs: int
    loop_lag_ms: float
    refused: dict[str, int] = msgspec.field(default_factory=dict)
    """Count of refused INVITEs since start, by `EndCause` value."""


class NodeLost(Event, frozen=True, kw_only=True):
    """The supervisor or the heartbeat watcher found a node dead; its legs are gone."""

    node_id: NodeId
    reason: str


class LegOffered(Event, frozen=True, kw_only=True):
    """A caller is at the door: an INVITE, or a browser widget's leg. Unclaimed for 3 s it is refused with 503."""

    call_id: CallId
    leg_id: LegId
    node_id: NodeId
    kind: LegKind
    caller: str
    """User part of From, or what the widget said; empty when withheld."""
    called: str
    """User part of the request URI."""
    display_name: str = ""
    trunk: str = ""
    source: str = ""
    """Address and port the request came from; empty for a browser."""
    customer_token: str | None = None
    """A widget may carry a signed token that says who its visitor is."""


class LegAnswered(Event, frozen=True, kw_only=True):
    call_id: CallId | None
    leg_id: LegId
    codec: str


class LegConnected(Event, frozen=True, kw_only=True):
    """A browser leg's ICE and DTLS are up and its first RTP has arrived: it could take a call now."""

    leg_id: LegId
    node_id: NodeId
    purpose: LegPurpose
    agent_id: AgentId | None = None
    call_id: CallId | None = None


class LegImpaired(Event, frozen=True, kw_only=True):
    """A leg receives no RTP any more (or again): the screen says so, and an agent's leg gets no offers meanwhile."""

    leg_id: LegId
    agent_id: AgentId | None = None
    impaired: bool
    reason: str = ""


class LegEnded(Event, frozen=True, kw_only=True):
    leg_id: LegId
    node_id: NodeId
    call_id: CallId | None
    purpose: LegPurpose
    agent_id: AgentId | None = None
    cause: EndCause


class DigitPressed(Event, frozen=True, kw_only=True):
    leg_id: LegId
    call_id: CallId | None
    digit: str
    """One of 0–9 * # A–D (RFC 4733 §3.2)."""
    duration_ms: int
    method: str
    """``rfc4733``, ``info`` or ``inband``."""


class PlaybackFinished(Event, frozen=True, kw_only=True):
    leg_id: LegId
    call_id: CallId | None
    playback_id: PlaybackId
    outcome: str
    """``completed``, ``stopped`` or ``failed``."""


class LegsBridged(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_a: LegId
    leg_b: LegId


class LegsUnbridged(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_a: LegId
    leg_b: LegId


class RecordingStarted(Event, frozen=True, kw_only=True):
    call_id: CallId
    recording_id: RecordingId
    path: str
    """Relative to the data directory."""


class RecordingFinished(Event, frozen=True, kw_only=True):
    call_id: CallId
    recording_id: RecordingId
    path: str
    duration_ms: int
    size_bytes: int


class RecordingFailed(Event, frozen=True, kw_only=True):
    """Recording stopped (full disk, I/O error); the call goes on."""

    call_id: CallId
    recording_id: RecordingId
    reason: str


class LegMeasured(Event, frozen=True, kw_only=True):
    """Quality of a leg, every five seconds while it is in a call."""

    leg_id: LegId
    call_id: CallId | None
    agent_id: AgentId | None = None
    quality: LegQuality


# ── call control ──────────────────────────────────────────────────────────────────────────────────────────────


class CallStarted(Event, frozen=True, kw_only=True):
    """The caller's leg is answered and its flow begins."""

    call_id: CallId
    leg_id: LegId
    node_id: NodeId
    kind: LegKind
    caller: str
    called: str
    display_name: str = ""
    flow_id: FlowId
    language: str = "en"
    customer_token: str | None = None
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


class CallConnected(Event, frozen=True, kw_only=True):
    """Customer and agent hear each other."""

    call_id: CallId
    work_id: WorkId
    agent_id: AgentId
    queue_id: QueueId
    customer_leg: LegId
    agent_leg: LegId
    waited_s: float
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""


class CallHeld(Event, frozen=True, kw_only=True):
    call_id: CallId
    agent_id: AgentId
    held: bool


class AgentLegReplaced(Event, frozen=True, kw_only=True):
    """The agent's page was reloaded or the network changed: the call was bridged to the new leg."""

    call_id: CallId
    agent_id: AgentId
    old_leg: LegId | None
    new_leg: LegId


class CallEnded(Event, frozen=True, kw_only=True):
    """The last event of a call, exactly once."""

    call_id: CallId
    cause: EndCause
    started_at: float
    connected_at: float | None = None
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    recording_path: str | None = None
    recording_ms: int = 0


# ── IVR ───────────────────────────────────────────────────────────────────────────────────────────────────────


class FlowStepped(Event, frozen=True, kw_only=True):
    """One step of a flow, for the live trace and the record (features I5)."""

    call_id: CallId
    flow_id: FlowId
    step: str
    """Name of the step entered."""
    verb: str
    detail: str = ""
    """What led here, in words for the agent: «pressed 2 (billing)», «said “billing”»."""


class FlowFinished(Event, frozen=True, kw_only=True):
    call_id: CallId
    flow_id: FlowId
    outcome: str
    """``enqueued``, ``hung_up``, ``connected``, ``failed``."""
    variables: dict[str, str] = msgspec.field(default_factory=dict)


# ── ACD ───────────────────────────────────────────────────────────────────────────────────────────────────────


class WorkEnqueued(Event, frozen=True, kw_only=True):
    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    priority: float
    position: int
    """1 = next."""
    expected_p50_s: float | None = None
    """The wait that half of the customers stay under, estimated at arrival; None: unknown."""
    expected_p90_s: float | None = None
    agent_free: bool = False
    """Somebody could take it at once: only the ring was expected."""


class WorkRelaxed(Event, frozen=True, kw_only=True):
    """A step of its queue's routing took effect for waiting work."""

    work_id: WorkId
    queue_id: QueueId
    step: int
    """Which of the queue's steps, from 0."""
    skipped: bool
    """Before its time, because nobody signed in could have served what was asked for."""
    requirements: str
    """What is asked for now, in words."""


class WorkMoved(Event, frozen=True, kw_only=True):
    """Work waits in another queue now, with its old arrival time."""

    work_id: WorkId
    call_id: CallId | None
    from_queue_id: QueueId
    queue_id: QueueId
    by: str
    """Who moved it: a supervisor's user id, or empty for the rules (overflow)."""
    record: WorkRecord | None = None
    """Of the stay in the queue it left."""


class WorkReprioritised(Event, frozen=True, kw_only=True):
    work_id: WorkId
    queue_id: QueueId
    priority: float
    """With the queue's own."""
    by: str


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
    due_at: float
    tries: int
    """Times the customer was dialled in vain; 0: not yet tried, and `WorkEnqueued` follows when it takes its place."""


class CallbackDue(Event, frozen=True, kw_only=True):
    """A callback that was tried in vain is back in line, at its old place."""

    work_id: WorkId
    queue_id: QueueId
    position: int


class OfferMade(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    expires_at: float
    decision: Decision
    channel: Channel = Channel.CALL
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""


class OfferAccepted(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    waited_s: float
    channel: Channel = Channel.CALL
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""


class OfferDeclined(Event, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    agent_id: AgentId
    reason: str = ""


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
    waited_s: float
    handled_s: float = 0.0
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in."""
    talk_s: float = 0.0
    """The conversation's part of `handled_s`; the rest is wrap-up."""
    record: WorkRecord | None = None


class QueueMoved(Event, frozen=True, kw_only=True):
    """Positions in a queue changed; tells waiting flows their place and expected wait."""

    queue_id: QueueId
    waiting: tuple[WorkId, ...]
    """In order, the next first."""
    expected_wait_s: float | None = None
    """Someone who joins now: half wait less than this."""
    expected_p90_s: float | None = None


class AgentStateChanged(Event, frozen=True, kw_only=True):
    agent_id: AgentId
    state: AgentState
    reason: str = ""
    since: float
    until: float | None = None
    """Deadline of the state, if it ends by itself (ring, wrap-up)."""
    queue_id: QueueId | None = None
    work: tuple[WorkId, ...] = ()
    by: str = ""
    """The user who set a state that was wished for; empty: the agent, or the rules."""


# ── speech ────────────────────────────────────────────────────────────────────────────────────────────────────


class AsrWorkerHeartbeat(Event, frozen=True, kw_only=True):
    worker_id: WorkerId
    model: str | None
    """Language of the loaded model, or None: nothing is transcribed."""
    streams: int
    load: float
    """0…1: share of the decoding budget in use."""
    shedding: str = "none"
    """``none``, ``rare_partials``, ``defer_agent``, ``no_new``."""
    dropped_packets: int = 0
    """Refused (malformed, from strangers) or thrown away (the cores could not follow) since the start."""
    lost_packets: int = 0
    """Never came, by their sequence numbers, since the start."""
    started_at: float = 0.0
    """A later one from the same worker: its process was started anew, and the streams it had are gone."""


class AsrWorkerLost(Event, frozen=True, kw_only=True):
    """No heartbeat for too long: its streams need another recognizer."""

    worker_id: WorkerId


class TranscriptPartial(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    utterance: int
    """Counts up within the stream; the final of the same number replaces its partials."""
    text: str
    start_ms: int


class TranscriptFinal(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    utterance: int
    text: str
    start_ms: int
    """From the moment the call was connected."""
    end_ms: int
    words: tuple[Word, ...] = ()
    late: bool = False
    """Decoded from the recording after the call."""


class SpeechHeard(Event, frozen=True, kw_only=True):
    """A phrase-list recognizer heard a choice (or something outside its list: `phrase` empty)."""

    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    phrase: str
    confidence: float


class TranscriptionFailed(Event, frozen=True, kw_only=True):
    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    reason: str


class TranscriptionDeferred(Event, frozen=True, kw_only=True):
    """The recognizers are full: from `from_ms` on this leg is not decoded live, and shall be decoded from the recording
    after the call (`TranscribeRecording`)."""

    call_id: CallId
    leg_id: LegId
    stream_id: StreamId
    speaker: Speaker
    from_ms: int
    """From the beginning of the call's recording; 0 when it was never decoded."""
    until_ms: int | None = None
    """Decoded live again from here on; None: not again."""
    reason: str
    language: str = "en"


# ── customers ─────────────────────────────────────────────────────────────────────────────────────────────────


class CallerIdentified(Event, frozen=True, kw_only=True):
    """Who is calling is known and the screen-pop is ready."""

    call_id: CallId
    customer_id: CustomerId
    interaction_id: InteractionId
    is_new: bool
    name: str
    variables: dict[str, str] = msgspec.field(default_factory=dict)
    """Facts a flow may branch on: ``vip``, ``open_tickets``, ``last_channel``, ``language``."""


class WrapUpFinished(Event, frozen=True, kw_only=True):
    call_id: CallId | None
    work_id: WorkId
    agent_id: AgentId
    disposition: str
    summary: str = ""
    next_step: str = "none"
    """``none``, ``ticket`` or ``callback``."""
    ticket_subject: str = ""
    """Of the follow-up ticket, when that is the next step; empty: the disposition."""
    callback_at: float | None = None
    """When the callback was promised for, when that is the next step."""


class InteractionSaved(Event, frozen=True, kw_only=True):
    """A row of the customer's timeline was written or changed."""

    interaction_id: InteractionId
    customer_id: CustomerId
    channel: Channel


# ── operations ────────────────────────────────────────────────────────────────────────────────────────────────


class ChildRestarted(Event, frozen=True, kw_only=True):
    """The supervisor started a child process again; the board says so."""

    name: str
    reason: str
    attempt: int


class Alert(Event, frozen=True, kw_only=True):
    """Something people must know: disk full, no model, Redis lost."""

    key: str
    """Stable name; a later alert with the same key replaces it."""
    severity: str
    """``info``, ``warning``, ``critical`` or ``cleared``."""
    text: str
    details: dict[str, Any] = msgspec.field(default_factory=dict)


AnyEvent = (
    NodeStarted | NodeHeartbeat | NodeLost | LegOffered | LegAnswered | LegConnected | LegImpaired | LegEnded | DigitPressed
    | PlaybackFinished | LegsBridged | LegsUnbridged | RecordingStarted | RecordingFinished | RecordingFailed | LegMeasured
    | CallStarted | CallConnected | CallHeld | AgentLegReplaced | CallEnded
    | FlowStepped | FlowFinished
    | WorkEnqueued | WorkRelaxed | WorkMoved | WorkReprioritised | CallbackRequested
    | CallbackScheduled | CallbackDue
    | OfferMade | OfferAccepted | OfferDeclined | OfferExpired | OfferWithdrawn | WorkEnded | QueueMoved
    | AgentStateChanged
    | AsrWorkerHeartbeat | AsrWorkerLost
    | TranscriptPartial | TranscriptFinal | SpeechHeard | TranscriptionFailed | TranscriptionDeferred
    | CallerIdentified | WrapUpFinished | InteractionSaved
    | ChildRestarted | Alert
)  # fmt: skip

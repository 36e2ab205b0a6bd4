"""Everything that can be asked, in one union: imperative, one addressee, answered once.

A command travels in an `Envelope` with an id; its `Answer` says ok with a result, or the reason why not. A command may be
delivered twice after a failure: each is harmless when repeated with the same ids.
"""

from __future__ import annotations

from typing import Any

import msgspec

from core.causes import EndCause
from core.ids import (
    AgentId,
    CallId,
    CommandId,
    CustomerId,
    LegId,
    NodeId,
    OfferId,
    PartyId,
    PlaybackId,
    QueueId,
    RecordingId,
    StreamId,
    TapId,
    UserId,
    WorkId,
)
from core.model import AgentConfig, AgentState, Channel, LegPurpose, Purpose, QueueConfig, SkillRequirement, Speaker, Value
from core.opening_hours import OpeningHours
from core.parties import Mode
from core.ranges import Count, Encoded, IdText, Instant, Milliseconds, Name, Points, Sealed, Seconds, Size, Text


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag=True):
    """Base of all commands."""


# ── to a media node (`node:<node_id>`) ────────────────────────────────────────────────────────────────────────


class AnswerLeg(Command, frozen=True, kw_only=True):
    leg_id: LegId


class RejectLeg(Command, frozen=True, kw_only=True):
    leg_id: LegId
    cause: EndCause
    retry_after_s: Count | None = None


class HangUpLeg(Command, frozen=True, kw_only=True):
    leg_id: LegId
    cause: EndCause


class DialLeg(Command, frozen=True, kw_only=True):
    """Calls a phone: INVITE through a trunk. `LegAnswered`, or `LegEnded` with a ``peer:`` cause, follows; never repeated."""

    leg_id: LegId
    call_id: CallId
    number: Name
    """As to be dialled: digits, perhaps with a leading +."""
    trunk: Name = ""
    """Name of an outbound trunk; empty: the first one."""
    ring_s: Seconds = 30.0
    """How long it may ring; then it ends as not answered."""


class CreateBrowserLeg(Command, frozen=True, kw_only=True):
    """Answered with ``{"sdp": …}``. `call_id` is given for a caller's leg, `agent_id` for an agent's."""

    leg_id: LegId
    purpose: LegPurpose
    sdp_offer: Text
    call_id: CallId | None = None
    agent_id: AgentId | None = None
    caller: Name = ""
    called: Name = ""
    display_name: Name = ""
    customer_token: Text | None = None


class PlayPrompt(Command, frozen=True, kw_only=True):
    """Plays WAV files one after the other to a leg, replacing what plays there. Paths are relative to the data directory."""

    leg_id: LegId
    playback_id: PlaybackId
    files: tuple[Name, ...]
    loop: bool = False


class StopPlayback(Command, frozen=True, kw_only=True):
    leg_id: LegId


class SendDigits(Command, frozen=True, kw_only=True):
    """Sends DTMF (RFC 4733) to a phone: the agent's keypad. Refused for a browser, which does nothing with digits."""

    leg_id: LegId
    sealed: Sealed
    """The keys, sealed to the node for this leg (`core/sealing.py`): what an agent types may be a customer's card number."""


class MixRecording(Value, frozen=True, kw_only=True):
    """A stereo recording of a call: whoever is on the left is heard there, as the customer's side, the others on the right."""

    recording_id: RecordingId
    path: Name
    """Relative to the data directory."""
    left: tuple[LegId, ...]
    right: tuple[LegId, ...]


class SetMix(Command, frozen=True, kw_only=True):
    """All of a call's sound at this node: who hears whom, what whoever hears nobody hears, what is recorded.

    The node does what differs from what it has; an older version, or the same again, changes nothing. A leg that is not named any
    more is heard by nobody and hears nobody; one that was in another call leaves that one; one that is not up is left out, and
    answered as ``{"missing": [LegId, …]}``. Without legs and recordings the call is over. What a leg plays ends when the leg
    begins to hear somebody, and only then.
    """

    call_id: CallId
    version: Count
    """Counts up with every change of a call."""
    hears: dict[LegId, tuple[LegId, ...]]
    """Every leg with sound in this call, and the legs that it hears."""
    sounds: dict[LegId, Name] = {}
    """For legs that hear nobody, a WAV file (relative to the data directory) that is played for as long as nothing else is."""
    recordings: tuple[MixRecording, ...] = ()
    """One that is not named any more ends; one that is, runs on with its new sides."""


class OpenLink(Command, frozen=True, kw_only=True):
    """One end of a way to another node, for one leg in one call; mixes name it like a leg. It ends when its mix names it no more.

    Answered with ``{"host": …, "port": …, "public_key": …}``: where this end receives, and what the other one needs to agree upon
    keys with it. Both ends are opened with the same ids, the first one without an address, and once more with the second one's:
    from then on nobody else is heard, and all is encrypted. Said again it changes nothing.
    """

    link_id: LegId
    call_id: CallId
    host: Name = ""
    port: Count = 0
    public_key: Sealed = b""
    """The other end's (`core/agreeing.py`), with its address."""


class StartTap(Command, frozen=True, kw_only=True):
    """Sends what a leg says as G.711 µ-law RTP (payload type 0, 20 ms) to an address."""

    tap_id: TapId
    leg_id: LegId
    host: Name
    port: Count
    ssrc: Size
    public_key: Sealed = b""
    """The recognizer's, for this tap alone: sound is encrypted for it (`core/agreeing.py`). Empty: it goes in the clear."""


class StopTap(Command, frozen=True, kw_only=True):
    tap_id: TapId


class SealDigits(Command, frozen=True, kw_only=True):
    """From now on the keys that people press are sealed to this public key (`core/sealing.py`); until the first one comes the
    node keeps them in memory. Who runs the flows says it to every node, and again when the key is another. Answered with
    ``{"public_key": …}``: what the node can open (`SendDigits`)."""

    public_key: Sealed


class ListLegs(Command, frozen=True, kw_only=True):
    """Answered with ``{"legs": [LegSnapshot, …], "public_key": …}``, that of the node's taps."""


class DrainNode(Command, frozen=True, kw_only=True):
    """Takes no new calls and no new legs from now on, or does again. What it has ends in its own time, desks move to other nodes;
    its heartbeats say when nothing is left. Answered with ``{"in_calls": …}``."""

    draining: bool = True


# ── to a recognizer (`asr:<worker_id>`) ───────────────────────────────────────────────────────────────────────


class StartTranscription(Command, frozen=True, kw_only=True):
    """Answered with ``{"host": …, "port": …, "ssrc": …, "public_key": …}``: where to send the tap, and for whom to encrypt it."""

    stream_id: StreamId
    call_id: CallId
    leg_id: LegId
    speaker: Speaker
    language: Name = "en"
    phrases: tuple[Name, ...] = ()
    """Not empty: hear only these (an IVR choice), answered by `SpeechHeard`."""
    offset_ms: Milliseconds = 0
    """Where this stream begins in the call: what it hears is timed from the connection, also when it takes over in mid-call."""
    first_utterance: Count = 0
    """Above all numbers that earlier streams of the same leg have used."""
    node_key: Sealed = b""
    """Public, of the node that will send (`NodeHeartbeat.public_key`). Empty: sound comes in the clear."""


class StopTranscription(Command, frozen=True, kw_only=True):
    """Flushes the last utterance as a final."""

    stream_id: StreamId


class TranscribeRecording(Command, frozen=True, kw_only=True):
    """Decodes one channel of a finished recording (0 = left = customer); finals come marked late."""

    stream_id: StreamId
    call_id: CallId
    leg_id: LegId
    speaker: Speaker
    path: Name
    channel: Count
    language: Name = "en"
    from_ms: Milliseconds = 0
    """What came before was decoded live (`TranscriptionDeferred.from_ms`)."""
    until_ms: Milliseconds | None = None
    """What comes after was decoded live; None: to the end."""
    first_utterance: Count = 0


# ── to call control (`calls`) ─────────────────────────────────────────────────────────────────────────────────


class TalkWith(Command, frozen=True, kw_only=True):
    """Whom the agent of a call talks with: the customer, a colleague, both, or nobody. Whoever is not named waits.

    So hold, taking up again, swapping and the conference are one wish: the picture as it shall be.
    """

    call_id: CallId
    agent_id: AgentId
    party_ids: tuple[PartyId, ...]


class AskFor(Command, frozen=True, kw_only=True):
    """Base of what the agent of a call wants of a colleague, or of whoever a queue has: one of the two is given."""

    call_id: CallId
    agent_id: AgentId
    work_id: WorkId
    """Of what rings there; made by whoever asks, so that a command that comes twice asks once."""
    to_agent: AgentId | None = None
    queue_id: QueueId | None = None
    note: Text = ""
    """For whoever it rings at."""


class Consult(AskFor, frozen=True, kw_only=True):
    """The agent of a call asks somebody while the customer waits."""


class Transfer(AskFor, frozen=True, kw_only=True):
    """The agent of a call leaves it at once, without asking. A colleague who does not answer leaves it to the queue's others."""


class HandOver(Command, frozen=True, kw_only=True):
    """The agent of a call leaves it to the colleague who was asked; one whose phone still rings has it when it is answered."""

    call_id: CallId
    agent_id: AgentId


class EndConsultation(Command, frozen=True, kw_only=True):
    """The colleague leaves, or is not asked any more: said by either of the two agents."""

    call_id: CallId
    agent_id: AgentId


class HandBackCall(Command, frozen=True, kw_only=True):
    """The agent leaves this call, in which the customer hears music and waits in the queue again, or goes on with a colleague."""

    call_id: CallId
    agent_id: AgentId


class Supervise(Command, frozen=True, kw_only=True):
    """Somebody who is not on the call listens to it, whispers to its agent, or joins it; said again, in another way.

    Whoever supervises another call leaves that one.
    """

    call_id: CallId
    user_id: UserId
    leg_id: LegId
    node_id: NodeId
    mode: Mode


class StopSupervising(Command, frozen=True, kw_only=True):
    call_id: CallId
    user_id: UserId


class EndCall(Command, frozen=True, kw_only=True):
    """Hangs up on the customer; the agent's nailed-up leg stays."""

    call_id: CallId
    cause: EndCause


# ── to the ACD (`acd`) ────────────────────────────────────────────────────────────────────────────────────────


class EnqueueWork(Command, frozen=True, kw_only=True):
    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None = None
    priority: Points = 0.0
    """Added to the queue's priority."""
    requirements: tuple[SkillRequirement, ...] = ()
    """Beyond the queue's own."""
    preferred_agent: AgentId | None = None
    not_before: Instant | None = None
    """A scheduled callback takes its place in line at this time, seconds since the epoch."""
    origin_call_id: CallId | None = None
    """Of a callback: the call it was promised in, whose record has the number and the reason."""
    purpose: Purpose = Purpose.CONTACT
    asked_by: AgentId | None = None
    """Of a consultation or a transfer: whose wish it is. A consultation never rings at that one, a transfer not for a minute."""
    only_agent: AgentId | None = None
    """Of a consultation or a transfer: who is asked for. Refused as ``agent_not_available`` when that one could not be rung now.
    Declined or not answered, a consultation ends, and a transfer goes to everybody whom its queue has."""
    continues: WorkId | None = None
    """Of a transfer: the work that it goes on with. It keeps its time of arrival, its priority, what it asks for, and the time
    talked; whoever has that work stays with it until `CallTransferred`."""


class RequestCallback(Command, frozen=True, kw_only=True):
    """The waiting caller hangs up and keeps the place: the work becomes a callback and outlives its call."""

    work_id: WorkId


class MoveWork(Command, frozen=True, kw_only=True):
    """A supervisor sends waiting work to another queue; it keeps its arrival time."""

    work_id: WorkId
    queue_id: QueueId
    by: Name


class ReprioritiseWork(Command, frozen=True, kw_only=True):
    """A supervisor changes what is added to the queue's priority for one waiting piece of work."""

    work_id: WorkId
    priority: Points
    by: Name


class WithdrawWork(Command, frozen=True, kw_only=True):
    """Waiting work is taken out of its queue, a promised callback out of the calendar; a caller is led on by the flow."""

    work_id: WorkId
    reason: Text
    by: Name


class RescheduleCallback(Command, frozen=True, kw_only=True):
    """A promised callback gets another time, or waits outside the line until then."""

    work_id: WorkId
    not_before: Instant
    """While the queue is closed then, its next opening."""
    by: Name


class FileWork(Command, frozen=True, kw_only=True):
    """Whose a call is has been decided: its work, and the callback promised in it, are this customer's."""

    call_id: CallId
    customer_id: CustomerId | None


class EndWork(Command, frozen=True, kw_only=True):
    """The caller hung up, or the conversation is over."""

    work_id: WorkId
    abandoned: bool


class AcceptOffer(Command, frozen=True, kw_only=True):
    offer_id: OfferId
    agent_id: AgentId


class DeclineOffer(Command, frozen=True, kw_only=True):
    offer_id: OfferId
    agent_id: AgentId
    reason: Text = ""


class SetAgentState(Command, frozen=True, kw_only=True):
    """SIGNED_OUT, AWAY or AVAILABLE at the agent's or a supervisor's request; takes effect after the present work."""

    agent_id: AgentId
    state: AgentState
    reason: Text = ""
    by: Name = ""
    """The supervisor's user id; empty: the agent's own request."""


class SetAgentReachable(Command, frozen=True, kw_only=True):
    """Whether the agent's browser could take a call now (leg up, microphone live)."""

    agent_id: AgentId
    channel: Channel
    reachable: bool
    reason: Text = ""
    """An `UnreachableReason`; in records of 0.1 a sentence, and empty stands for `NOT_CONNECTED`."""


class FindWork(Command, frozen=True, kw_only=True):
    """Which of these the queues do not have: their ids are the answer's `missing`."""

    work_ids: tuple[WorkId, ...]


class HandInEvent(Command, frozen=True, kw_only=True):
    """To a process: one of its services is given an event again that it has missed; whether it could handle it is `handled`."""

    service: Name
    event: Encoded
    """Encoded, as a dead letter keeps it."""


class FinishWrapUp(Command, frozen=True, kw_only=True):
    work_id: WorkId
    agent_id: AgentId


class ConfigureAcd(Command, frozen=True, kw_only=True):
    """Replaces queues and agents; waiting work stays."""

    queues: tuple[QueueConfig, ...]
    agents: tuple[AgentConfig, ...]
    hours: dict[Name, OpeningHours] = msgspec.field(default_factory=dict)
    """Opening hours by the name that queues use."""


AboutCall = TalkWith | Consult | Transfer | HandOver | EndConsultation | HandBackCall | Supervise | StopSupervising | EndCall
"""To whoever has the call (`core.partitions.calls_of`)."""
AnyCommand = (
    AnswerLeg | RejectLeg | HangUpLeg | DialLeg | CreateBrowserLeg
    | PlayPrompt | StopPlayback | SendDigits | SetMix | OpenLink | StartTap | StopTap | SealDigits | ListLegs | DrainNode
    | StartTranscription | StopTranscription | TranscribeRecording
    | AboutCall
    | EnqueueWork | RequestCallback | MoveWork | ReprioritiseWork | WithdrawWork | RescheduleCallback | FileWork | EndWork
    | AcceptOffer | DeclineOffer | SetAgentState | SetAgentReachable | FinishWrapUp | ConfigureAcd
    | FindWork | HandInEvent
)  # fmt: skip


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A command on its way."""

    command_id: CommandId
    reply_to: IdText
    """Stream that waits for the answer."""
    sent_at: Instant
    deadline: Instant
    """After this nobody waits for the answer, and a receiver that has not begun must not begin."""
    command: AnyCommand


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    command_id: CommandId
    ok: bool
    reason: Text = ""
    """Why not, in words, when not ok."""
    result: dict[str, Any] = msgspec.field(default_factory=dict)

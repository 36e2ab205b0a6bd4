"""What a media node tells: of itself, its legs, sounds and recordings."""

from __future__ import annotations

import msgspec

from core.causes import EndCause
from core.events.event import Event
from core.ids import AgentId, CallId, LegId, NodeId, PlaybackId, RecordingId
from core.model import CallerFacts, LegKind, LegPurpose, LegQuality, NodeState, TrunkReport
from core.ranges import Count, Measure, Milliseconds, Name, Sealed, Size, Text


class NodeStarted(Event, frozen=True, kw_only=True):
    node_id: NodeId
    pid: Count


class NodeHeartbeat(Event, frozen=True, kw_only=True):
    """Sent every second; three missing ones mean that the node is lost."""

    node_id: NodeId
    legs: Count
    max_legs: Count
    loop_lag_ms: Measure
    refused: dict[Name, Count] = msgspec.field(default_factory=dict)
    """Count of refused INVITEs since start, by `EndCause` value."""
    sip_refused: dict[Name, Count] = msgspec.field(default_factory=dict)
    """SIP requests refused since start, by status; ``unreadable``: what could not even be answered; ``too_many``: messages of
    strangers that were not looked at."""
    connections: Count = 0
    """Connections (TCP) that others have open to the SIP stack."""
    connections_ended: dict[Name, Count] = msgspec.field(default_factory=dict)
    """How many of them we have ended, and how many were not let in, since start, by reason (`media_engine.Connections`)."""
    trunks: tuple[TrunkReport, ...] = ()
    """Those that it asks whether they are there, and those that have calls."""
    claim_wait_ms: Measure = 0.0
    """How long the caller who waited longest for the control plane did so since the last heartbeat."""
    dropped_packets: dict[Name, Size] = msgspec.field(default_factory=dict)
    """Datagrams of browsers' legs that came to nothing since start, by reason: ``srtp`` (wrong key, replayed or broken),
    ``rtcp``, ``stun``, ``stray`` (from an unknown address, or of no known kind), ``unsent`` (ours)."""
    name: Name = ""
    """By which people know it; the same after a restart, which the id need not be."""
    region: Name = ""
    """Empty: none in particular."""
    state: NodeState = NodeState.UP
    in_calls: Count = 0
    """Of its legs, those in a call."""
    public_key: Sealed = b""
    """Of its taps: whoever is to hear one needs it (`core/agreeing.py`)."""


class NodeLost(Event, frozen=True, kw_only=True):
    """The supervisor or the heartbeat watcher found a node dead; its legs are gone."""

    node_id: NodeId
    reason: Text


class LegOffered(Event, frozen=True, kw_only=True):
    """A caller is at the door: an INVITE, or a browser widget's leg. Unclaimed for 3 s it is refused with 503."""

    call_id: CallId
    leg_id: LegId
    node_id: NodeId
    kind: LegKind
    caller: Name
    """The number that the trunk vouches for, or what the widget said; empty when withheld or nobody's."""
    called: Name
    """User part of the request URI."""
    display_name: Name = ""
    trunk: Name = ""
    source: Name = ""
    """Address and port the request came from; empty for a browser."""
    customer_token: Text | None = None
    """A widget may carry a signed token that says who its visitor is."""
    facts: CallerFacts = CallerFacts()


class LegAnswered(Event, frozen=True, kw_only=True):
    call_id: CallId | None
    leg_id: LegId
    codec: Name


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
    reason: Text = ""


class LegEnded(Event, frozen=True, kw_only=True):
    leg_id: LegId
    node_id: NodeId
    call_id: CallId | None
    purpose: LegPurpose
    agent_id: AgentId | None = None
    cause: EndCause


class DigitPressed(Event, frozen=True, kw_only=True):
    """A key; which one only who runs the flows can tell (`core/sealing.py`): it may be part of a card number."""

    leg_id: LegId
    call_id: CallId | None
    sealed: Sealed
    """One of 0–9 * # A–D (RFC 4733 §3.2), sealed for this leg."""
    duration_ms: Milliseconds
    method: Name
    """``rfc4733``, ``info`` or ``inband``."""


class PlaybackFinished(Event, frozen=True, kw_only=True):
    leg_id: LegId
    call_id: CallId | None
    playback_id: PlaybackId
    outcome: Name
    """``completed``, ``stopped`` or ``failed``."""


class RecordingStarted(Event, frozen=True, kw_only=True):
    call_id: CallId
    recording_id: RecordingId
    path: Name
    """Relative to the data directory."""


class RecordingFinished(Event, frozen=True, kw_only=True):
    call_id: CallId
    recording_id: RecordingId
    path: Name
    duration_ms: Milliseconds
    size_bytes: Size


class RecordingFailed(Event, frozen=True, kw_only=True):
    """Recording stopped (full disk, I/O error); the call goes on."""

    call_id: CallId
    recording_id: RecordingId
    reason: Text


class LegMeasured(Event, frozen=True, kw_only=True):
    """Quality of a leg, every five seconds while it is in a call."""

    leg_id: LegId
    call_id: CallId | None
    purpose: LegPurpose = LegPurpose.CALLER
    agent_id: AgentId | None = None
    quality: LegQuality

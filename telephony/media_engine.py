"""The contract between the media node (telephony/node) and the SIP and media engine (telephony/sip).

Everything that has sound has a *port id*: a SIP leg's id, or the id under which an RTP port was opened (a browser leg,
a tap). `play`, `connect`, `listen`, `start_recording` and `levels` take port ids and do not care which kind it is.

Invariants:
  * every coroutine returns when the engine's owner thread has done the work, or raises `EngineError`; none waits for a
    peer;
  * `on_event` is called on the event loop that called `start`, in the order in which things happened;
  * each offered or dialled leg ends with exactly one `SipLegEnded`; each playback with exactly one `PlaybackFinished`;
    each recording with exactly one `RecordingFinished` or `RecordingFailed`;
  * a port that goes away is disconnected from everything first, and what was played to it finishes as `stopped`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from core.agreeing import SrtpKeys
from core.model import CallerFacts
from telephony.engine_settings import Codec

if TYPE_CHECKING:
    from patchbay_media import MediaLink


class RtpDirection(StrEnum):
    """Which way sound flows through an RTP port, seen from the engine."""

    SEND_ONLY = "send_only"
    """A tap: what the bridge mixes for this port is sent, nothing is received."""
    BOTH = "both"
    """A browser leg, or a link to another node."""


class DigitMethod(StrEnum):
    """How a digit travelled."""

    RFC4733 = "rfc4733"
    SIP_INFO = "sip_info"


class PlaybackOutcome(StrEnum):
    """Why a playback ended."""

    COMPLETED = "completed"
    STOPPED = "stopped"
    """Stopped on request, replaced by another playback, or its port went away."""


# --- events -----------------------------------------------------------------------------------------------------------


class SipLegOffered(msgspec.Struct, frozen=True, kw_only=True):
    """An INVITE from a trunk is waiting; the caller has 100 Trying. Answer, ring or reject it."""

    leg_id: str
    call_id: str
    trunk: str
    caller_uri: str
    caller_number: str
    """Who calls, as far as the trunk may be believed (`telephony/sip/caller_identity.py`); empty: nobody, or withheld."""
    caller_name: str
    caller_facts: CallerFacts = CallerFacts()
    called_uri: str
    called_number: str
    """User part of the Request-URI."""
    sip_call_id: str
    """The Call-ID header, to find the call in the peer's logs."""
    remote_host: str
    remote_port: int
    transport: str
    """`udp` or `tcp`."""
    user_agent: str
    at: float


class SipLegRinging(msgspec.Struct, frozen=True, kw_only=True):
    """A dialled leg answered 180 or 183."""

    leg_id: str
    sip_status: int
    at: float


class SipLegAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The leg's dialog is confirmed (200 and ACK) and its sound is connected to a bridge port."""

    leg_id: str
    codec: str
    at: float


class SipLegEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The leg is gone; its id is never used again. A peer that was answered and then agrees to no sound ends with 488."""

    leg_id: str
    sip_status: int
    """Last status of the INVITE, or 200 after BYE."""
    reason: str
    by_remote: bool
    """True when the peer sent BYE or CANCEL or refused our INVITE."""
    statistics: LegStatistics | None
    at: float


class DigitPressed(msgspec.Struct, frozen=True, kw_only=True):
    """One DTMF digit arrived on a leg or an RTP port: reported once, at its start, also when a peer tells it in two ways."""

    port_id: str
    digit: str
    """`0`-`9`, `*`, `#`, `A`-`D`."""
    method: DigitMethod
    at: float


class PlaybackFinished(msgspec.Struct, frozen=True, kw_only=True):
    """A playback ended: the last sample went to the encoder, or it was stopped."""

    port_id: str
    playback_id: str
    outcome: PlaybackOutcome
    played_ms: int
    at: float


class RecordingFinished(msgspec.Struct, frozen=True, kw_only=True):
    """The file is complete and closed."""

    recording_id: str
    path: Path
    duration_ms: int
    size_bytes: int
    peak_left: int
    """Largest absolute sample, 0-32767."""
    peak_right: int
    dropped_ms: int
    """Sound replaced by silence because the disk did not keep up."""
    at: float


class RecordingFailed(msgspec.Struct, frozen=True, kw_only=True):
    """Writing stopped (disk full, I/O error); what was written until then is playable. The call goes on."""

    recording_id: str
    path: Path
    reason: str
    """The operating system's words, as `No space left on device`."""
    duration_ms: int
    at: float


class IncomingRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A request was refused before it became a leg. In a flood some are only counted (`EngineHealth.refused`)."""

    sip_status: int
    """403 no trunk, 405 a method we do not serve, 503 full or draining."""
    reason: str
    remote_host: str
    at: float


class PeerAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of `ask_peer`: exactly one for each question."""

    peer: str
    """The name that it was asked under."""
    sip_status: int
    reason: str
    """The peer's own words."""
    by_peer: bool
    """False: no answer came (408), or it could not be asked (503)."""
    round_trip_ms: float
    at: float


EngineEvent = (
    SipLegOffered
    | SipLegRinging
    | SipLegAnswered
    | SipLegEnded
    | DigitPressed
    | PlaybackFinished
    | RecordingFinished
    | RecordingFailed
    | IncomingRefused
    | PeerAnswered
)


# --- answers ----------------------------------------------------------------------------------------------------------


class RtpAddress(msgspec.Struct, frozen=True):
    """Where an RTP port receives; RTCP is one port higher."""

    host: str
    port: int


class PortLevels(msgspec.Struct, frozen=True):
    """Loudness now, each 0-255 on a logarithmic scale (the bridge's own meter)."""

    heard: int
    """What the peer says."""
    sent: int
    """What the peer is sent."""


class LegStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """RTP counters of a leg or an RTP port since it started (RFC 3550 §6.4)."""

    codec: str
    packets_sent: int
    packets_received: int
    packets_lost: int
    """Lost on the way to us."""
    packets_lost_remote: int
    """Lost on the way to the peer, as its receiver reports say."""
    jitter_ms: float
    rtt_ms: float | None
    """Round trip from RTCP; None before the first report came back."""
    sound_expected: bool = True
    """Whether the peer may send, by what its dialog says of directions: not on hold (RFC 3264 §6.1, §8.4)."""
    signs_of_life: int = 0
    """Packets of sound, reports (RTCP) and messages of the dialog that have come from the peer. Phones' legs only."""
    strangers: int = 0
    """Packets that were dropped because they did not come from the peer. Phones' legs only."""


class Connections(msgspec.Struct, frozen=True, kw_only=True):
    """The connections (TCP) that others have opened to the SIP stack."""

    open: int = 0
    of_strangers: int = 0
    """Of those, how many are of addresses that belong to no trunk."""
    ended: Mapping[str, int] = {}
    """By us, since the start: ``refused`` (no place), ``made_room`` (had said nothing yet, and somebody needed its place),
    ``silent`` (said nothing whole in time), ``unfinished`` (a message that did not end in time), ``too_long``, ``idle``,
    ``unread`` (asks and takes no answers)."""


class EngineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot that may be taken on any thread at any time, even when the owner thread hangs."""

    running: bool
    legs: int
    rtp_ports: int
    loop_age_s: float
    """Seconds since the owner thread last went round its loop; above 2 s the node should be restarted."""
    max_loop_lag_ms: float
    """The longest time one round took since `start`."""
    refused: Mapping[int, int]
    """Requests that the engine itself refused, by SIP status; also 400, 415, 488 for SDP. 0 for what could not be read, 1 for
    messages of strangers that were too many to be looked at."""
    connections: Connections = Connections()
    native_events_dropped: int
    """Events lost because the native queue was full; 0 in a healthy node."""


class EngineError(Exception):
    """The engine cannot do what was asked; `code` is for programs, the text for people."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        """`no_such_port`, `port_exists`, `not_answered`, `already_answered`, `bad_prompt`, `bad_argument`, `no_media`,
        `io_error`, `not_running`, `port_taken`, `sip_error`."""


# --- the engine -------------------------------------------------------------------------------------------------------


class MediaEngine(Protocol):
    """SIP legs, RTP ports, the bridge between them, prompts and recordings of one media node.

    The implementation is `telephony.sip.engine.SipMediaEngine(config: SipEngineConfig, on_event: OnEngineEvent)`.
    """

    @property
    def sip_port(self) -> int:
        """The UDP port in use (interesting when the configuration says 0); TCP has the same number."""

    async def start(self) -> None:
        """Binds the sockets and starts the owner thread. Raises EngineError when a port is taken."""

    async def stop(self) -> None:
        """Hangs up every leg, closes every port and file, joins the owner thread. Safe to call twice."""

    def health(self) -> EngineHealth:
        """Never blocks."""

    async def refuse_new_legs(self, reason: str | None, *, questions: bool = False) -> None:
        """From now on INVITEs get 503 with Retry-After and this reason; None accepts them again (drain, lost Redis). So do
        questions (OPTIONS outside dialogs), if `questions`: a proxy that asks all of us sends calls elsewhere then."""

    # SIP legs

    async def ring(self, leg_id: str) -> None:
        """180 Ringing."""

    async def answer(self, leg_id: str) -> None:
        """200 OK with our SDP; `SipLegAnswered` follows when the peer acknowledges."""

    async def reject(self, leg_id: str, sip_status: int, reason: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Ends an unanswered incoming leg with a final status, as (486, "Busy here"), (503, "", {"Retry-After": "5"})."""

    async def hang_up(self, leg_id: str) -> None:
        """BYE, CANCEL or 603, as the dialog's state asks for. A leg already gone is no error."""

    async def dial(self, leg_id: str, uri: str, *, caller_uri: str | None = None, trunk: str = "") -> None:
        """Sends an INVITE under the leg id that the caller chose; `SipLegRinging`, `…Answered`, `…Ended` follow.

        `trunk` names whose user name and password answer a challenge.
        """

    async def ask(self, leg_id: str) -> None:
        """Asks the peer of an answered leg whether it is there (OPTIONS in the dialog): its answer is a sign of life.

        A peer that knows nothing of the dialog ends the leg: `SipLegEnded` with 481 (RFC 3261 §12.2.1.2).
        """

    async def ask_peer(self, peer: str, uri: str, *, from_uri: str | None = None) -> None:
        """Asks somebody outside of any call whether he is there (OPTIONS, RFC 3261 §11); `PeerAnswered` follows, with `peer`."""

    async def send_digits(self, leg_id: str, digits: str, *, method: DigitMethod = DigitMethod.RFC4733) -> None:
        """Sends DTMF on an answered leg."""

    # RTP ports

    async def open_rtp_port(
        self,
        port_id: str,
        *,
        codec: Codec,
        remote: RtpAddress | None = None,
        direction: RtpDirection = RtpDirection.BOTH,
        local_port: int = 0,
        payload_type: int | None = None,
        event_payload_type: int | None = None,
        ptime_ms: int = 20,
        ssrc: int | None = None,
        keys: SrtpKeys | None = None,
    ) -> RtpAddress:
        """Opens an RTP socket as a bridge port and returns its address.

        `remote` may be None for a port that learns its peer from the packets that arrive. `payload_type` defaults to the
        static one (PCMU 0, PCMA 8, G722 9) or 96 for opus; `ssrc` (RFC 3550 §8) to a random number.
        `event_payload_type` is RFC 4733's telephone-event; None means that none is expected. Telephone events arriving are
        reported as `DigitPressed` with this port id. With `keys` it speaks SRTP and SRTCP (RFC 3711), and takes nothing else.
        """

    async def open_linked_port(
        self,
        port_id: str,
        *,
        link: MediaLink,
        codec: Codec,
        payload_type: int,
        event_payload_type: int | None = None,
    ) -> None:
        """Opens a bridge port at the engine's end of `link`; in all else an RTP port, and closed like one."""

    async def close_rtp_port(self, port_id: str) -> None:
        """Closes it; a port already gone is no error."""

    # prompts

    async def play(self, port_id: str, playback_id: str, files: Sequence[Path], *, loop: bool = False) -> None:
        """Plays WAV files (PCM16 mono, 8 or 16 kHz) one after the other to this port; replaces what was playing.

        Raises EngineError("bad_prompt") when a file cannot be read; then the old playback goes on.
        """

    async def stop_playback(self, port_id: str) -> None:
        """Ends what is playing to this port; nothing playing is no error."""

    # bridge

    async def listen(self, source: str, listener: str) -> None:
        """`listener` hears what the peer of `source` says, one way: a tap. `rewire` ends it."""

    async def rewire(self, *, part: Sequence[tuple[str, str]], join: Sequence[tuple[str, str]]) -> None:
        """Ends and begins `listen` for many pairs of source and listener, all at the same moment.

        A port that is gone is passed over: its end is told by itself.
        """

    # recordings

    async def start_recording(self, recording_id: str, path: Path, *, left: Set[str], right: Set[str]) -> None:
        """Stereo WAV, PCM16 at 8 kHz: what the peers of the ports in `left` say on the left, of those in `right` on the right.

        A side whose ports go away records silence until `record_sides` gives it others.
        """

    async def record_sides(self, recording_id: str, *, left: Set[str], right: Set[str]) -> None:
        """Changes who is heard on the sides of a running recording. A port that is gone is passed over."""

    async def stop_recording(self, recording_id: str) -> None:
        """`RecordingFinished` follows when the writer has closed the file."""

    # measurements

    async def levels(self, port_ids: Sequence[str]) -> Mapping[str, PortLevels]:
        """Loudness of each port; ports that are gone are left out. Ask every 200 ms at most."""

    async def statistics(self, port_id: str) -> LegStatistics:
        """RTP counters of a leg or an RTP port."""


OnEngineEvent = Callable[[EngineEvent], None]

"""What legs hear: prompts, bridges, recordings, taps.

Invariants: a file named in a command lies inside the data directory; a command repeated with the same ids changes nothing
(a recording repeated with another leg attaches that leg, so an agent's page may be reloaded); what cannot be recorded is
said by `RecordingFailed`, and the call goes on.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path

import msgspec
import structlog

from core.commands import (
    Answer,
    BridgeLegs,
    PlayPrompt,
    SealDigits,
    SendDigits,
    StartRecording,
    StartTap,
    StopPlayback,
    StopRecording,
    StopTap,
    UnbridgeLegs,
)
from core.events import (
    DigitPressed,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
)
from core.ids import CallId, LegId, PlaybackId, RecordingId, TapId
from core.model import LegKind
from core.ports import ok, refused
from core.sealing import Opener, seal
from telephony import media_engine
from telephony.media_engine import Codec, EngineError, EngineEvent, RtpAddress, RtpDirection
from telephony.node.legs import Bridge, IllegalTransition, LegState
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

UNSEALED_DIGITS = 200
"""Kept until it is known to whom they are sealed; beyond this the oldest go."""
TAP_PTIME_MS = 100
"""What a recognizer takes at a time: five packets of 20 ms would cost both sides five times as much and bring no word sooner."""


class _Recording(msgspec.Struct, frozen=True, kw_only=True):
    call_id: CallId
    path: str
    left: LegId
    right: LegId


class MediaOperations:
    """Handlers of the commands and engine events about sound; commands may raise `IllegalTransition` or `EngineError`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._recordings: dict[RecordingId, _Recording] = {}
        self._taps: dict[TapId, LegId] = {}
        self._opener = Opener.new()
        self._seal_to: bytes | None = None
        self._unsealed: deque[media_engine.DigitPressed] = deque(maxlen=UNSEALED_DIGITS)

    # ── prompts ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def play(self, command: PlayPrompt) -> Answer:
        leg = self._shared.legs.require_up(command.leg_id)
        if leg.playback_id == command.playback_id:
            return ok()
        if not command.files:
            return refused("a prompt needs at least one file")
        files = [self._inside(file) for file in command.files]
        # Noted first: the engine may report the end of what this one replaces before `play` returns.
        self._shared.legs.note(leg.leg_id, playback_id=command.playback_id)
        try:
            await self._shared.engine.play(leg.leg_id, command.playback_id, files, loop=command.loop)
        except EngineError:
            if self._shared.legs.find(leg.leg_id) is not None:
                self._shared.legs.note(leg.leg_id, playback_id=leg.playback_id)
            raise
        return ok()

    async def stop_playback(self, command: StopPlayback) -> Answer:
        if self._shared.legs.find(command.leg_id) is not None:
            await self._shared.engine.stop_playback(command.leg_id)
        return ok()

    async def send_digits(self, command: SendDigits) -> Answer:
        """The one command that is heard again when it comes again: a digit has no id at the phone."""
        leg = self._shared.legs.require_up(command.leg_id)
        if leg.kind is not LegKind.SIP:
            return refused("digits reach phones only")
        digits = self._opener.open(command.sealed, leg.leg_id)
        if digits is None:
            return refused("these digits are sealed to somebody else")
        await self._shared.engine.send_digits(leg.leg_id, digits)
        return ok()

    def _inside(self, file: str) -> Path:
        """The file's path, which must lie in the data directory. Raises `IllegalTransition`."""
        root = self._shared.config.data_dir.resolve()
        path = (root / file).resolve()
        if not path.is_relative_to(root):
            raise IllegalTransition("the path leads out of the data directory")
        return path

    # ── bridges ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def bridge(self, command: BridgeLegs) -> Answer:
        shared = self._shared
        already = shared.legs.bridge_of(command.leg_a)
        if already is not None and already.leg_b == command.leg_b and already.call_id == command.call_id:
            return ok()
        for left in shared.legs.bridge(command.call_id, command.leg_a, command.leg_b):
            await self._parted(left)
        for leg_id in (command.leg_a, command.leg_b):
            await shared.engine.stop_playback(leg_id)
        await shared.engine.connect(command.leg_a, command.leg_b)
        log.info("legs bridged", call_id=command.call_id, leg_a=command.leg_a, leg_b=command.leg_b)
        return ok()

    async def unbridge(self, command: UnbridgeLegs) -> Answer:
        bridge = self._shared.legs.unbridge(command.leg_a, command.leg_b)
        if bridge is not None:
            await self._parted(bridge)
        return ok()

    async def _parted(self, bridge: Bridge) -> None:
        await self._shared.engine.disconnect(bridge.leg_a, bridge.leg_b)
        log.info("legs unbridged", call_id=bridge.call_id, leg_a=bridge.leg_a, leg_b=bridge.leg_b)

    # ── recordings ──────────────────────────────────────────────────────────────────────────────────────────────

    async def start_recording(self, command: StartRecording) -> Answer:
        for leg_id in (command.left_leg, command.right_leg):
            self._shared.legs.require_up(leg_id)
        running = self._recordings.get(command.recording_id)
        if running is not None:
            return await self._attach(command, running)
        path = self._inside(command.path)
        self._recordings[command.recording_id] = _Recording(
            call_id=command.call_id, path=command.path, left=command.left_leg, right=command.right_leg
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            await self._shared.engine.start_recording(command.recording_id, path, left=command.left_leg, right=command.right_leg)
        except (EngineError, OSError) as error:
            self._recording_failed(command.recording_id, str(error))
            return refused(f"cannot record: {error}")
        now = self._shared.clock.now()
        self._shared.outbox.put(
            RecordingStarted(at=now, call_id=command.call_id, recording_id=command.recording_id, path=command.path)
        )
        return ok()

    async def _attach(self, command: StartRecording, running: _Recording) -> Answer:
        left = command.left_leg if command.left_leg != running.left else None
        right = command.right_leg if command.right_leg != running.right else None
        if left is not None or right is not None:
            await self._shared.engine.record_side(command.recording_id, left=left, right=right)
            self._recordings[command.recording_id] = msgspec.structs.replace(
                running, left=command.left_leg, right=command.right_leg
            )
        return ok()

    async def stop_recording(self, command: StopRecording) -> Answer:
        if command.recording_id in self._recordings:
            await self._shared.engine.stop_recording(command.recording_id)
        return ok()

    def _recording_failed(self, recording_id: RecordingId, reason: str) -> None:
        recording = self._recordings.pop(recording_id, None)
        if recording is None:
            return
        log.error("recording failed", call_id=recording.call_id, recording_id=recording_id, reason=reason)
        now = self._shared.clock.now()
        self._shared.outbox.put(RecordingFailed(at=now, call_id=recording.call_id, recording_id=recording_id, reason=reason))

    # ── taps ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start_tap(self, command: StartTap) -> Answer:
        if command.tap_id in self._taps:
            return ok()
        engine = self._shared.engine
        self._shared.legs.require_up(command.leg_id)
        await engine.open_rtp_port(
            command.tap_id,
            codec=Codec.PCMU,
            remote=RtpAddress(command.host, command.port),
            direction=RtpDirection.SEND_ONLY,
            ptime_ms=TAP_PTIME_MS,
            ssrc=command.ssrc,
        )
        self._taps[command.tap_id] = command.leg_id
        try:
            await engine.listen(command.leg_id, command.tap_id)
        except EngineError:
            await self._close_tap(command.tap_id)
            raise
        return ok()

    async def stop_tap(self, command: StopTap) -> Answer:
        if command.tap_id in self._taps:
            await self._close_tap(command.tap_id)
        return ok()

    async def close_orphaned_taps(self) -> None:
        """A tap ends with its leg, also when nobody says so."""
        for tap_id, leg_id in list(self._taps.items()):
            leg = self._shared.legs.find(leg_id)
            if leg is None or leg.state is LegState.ENDING:
                await self._close_tap(tap_id)

    async def _close_tap(self, tap_id: TapId) -> None:
        self._taps.pop(tap_id, None)
        await self._shared.engine.close_rtp_port(tap_id)

    # ── what the engine reports ─────────────────────────────────────────────────────────────────────────────────

    def handle(self, event: EngineEvent) -> None:
        if isinstance(event, media_engine.DigitPressed):
            self._digit(event)
        elif isinstance(event, media_engine.PlaybackFinished):
            self._playback_finished(event)
        elif isinstance(event, media_engine.RecordingFinished):
            self._recording_finished(event)
        elif isinstance(event, media_engine.RecordingFailed):
            self._recording_failed(RecordingId(event.recording_id), event.reason)

    async def seal_digits(self, command: SealDigits) -> Answer:
        try:
            seal(command.public_key, "", "")
        except ValueError:
            return refused("this is no public key")
        self._seal_to = command.public_key
        while self._unsealed:
            self._digit(self._unsealed.popleft())
        return ok(public_key=self._opener.public)

    def _digit(self, event: media_engine.DigitPressed) -> None:
        leg = self._shared.legs.find(LegId(event.port_id))
        if leg is None:
            return
        if self._seal_to is None:
            self._unsealed.append(event)
            return
        method = "info" if event.method is media_engine.DigitMethod.SIP_INFO else "rfc4733"
        sealed = seal(self._seal_to, event.digit, leg.leg_id)
        self._shared.outbox.put(
            DigitPressed(at=event.at, leg_id=leg.leg_id, call_id=leg.call_id, sealed=sealed, duration_ms=0, method=method)
        )

    def _playback_finished(self, event: media_engine.PlaybackFinished) -> None:
        leg_id, playback_id = LegId(event.port_id), PlaybackId(event.playback_id)
        leg = self._shared.legs.find(leg_id)
        if leg is not None and leg.playback_id == playback_id:
            self._shared.legs.note(leg_id, playback_id=None)
        call_id = leg.call_id if leg is not None else None
        self._shared.outbox.put(
            PlaybackFinished(at=event.at, leg_id=leg_id, call_id=call_id, playback_id=playback_id, outcome=event.outcome.value)
        )

    def _recording_finished(self, event: media_engine.RecordingFinished) -> None:
        recording = self._recordings.pop(RecordingId(event.recording_id), None)
        if recording is None:
            return
        log.info("recording finished", call_id=recording.call_id, recording_id=event.recording_id, dropped_ms=event.dropped_ms)
        self._shared.outbox.put(
            RecordingFinished(
                at=event.at,
                call_id=recording.call_id,
                recording_id=RecordingId(event.recording_id),
                path=recording.path,
                duration_ms=event.duration_ms,
                size_bytes=event.size_bytes,
            )
        )

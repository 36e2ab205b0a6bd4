"""Recordings of calls. What cannot be recorded is said by `RecordingFailed`, and the call goes on."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from core.commands import MixRecording
from core.events import RecordingFailed, RecordingFinished, RecordingStarted
from core.ids import CallId, RecordingId
from telephony import media_engine
from telephony.media_engine import EngineError
from telephony.node.prompts import Prompts
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)


class Recordings:
    """Owns the recordings that run at this node."""

    def __init__(self, shared: Shared, prompts: Prompts, hand_over: Callable[[str], None]) -> None:
        """`hand_over` is told of each file that is whole; it returns at once."""
        self._shared = shared
        self._prompts = prompts
        self._hand_over = hand_over
        self._running: dict[RecordingId, tuple[CallId, str]] = {}
        """Of which call, and the file as it was asked for."""

    async def begin(self, call_id: CallId, recording: MixRecording) -> None:
        recording_id = recording.recording_id
        path = self._prompts.inside(recording.path)
        self._running[recording_id] = (call_id, recording.path)
        left, right = frozenset(recording.left), frozenset(recording.right)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            await self._shared.engine.start_recording(recording_id, path, left=left, right=right)
        except (EngineError, OSError) as error:
            self.failed(recording_id, str(error))
            return
        now = self._shared.clock.now()
        self._shared.outbox.put(RecordingStarted(at=now, call_id=call_id, recording_id=recording_id, path=recording.path))

    async def go_on(self, recording: MixRecording) -> None:
        """With other sides."""
        if recording.recording_id in self._running:
            left, right = frozenset(recording.left), frozenset(recording.right)
            await self._shared.engine.record_sides(recording.recording_id, left=left, right=right)

    async def end(self, recording_id: RecordingId) -> None:
        if recording_id in self._running:
            await self._shared.engine.stop_recording(recording_id)

    # ── what the engine reports ─────────────────────────────────────────────────────────────────────────────────

    def failed(self, recording_id: RecordingId, reason: str) -> None:
        running = self._running.pop(recording_id, None)
        if running is None:
            return
        call_id, _ = running
        log.error("recording failed", call_id=call_id, recording_id=recording_id, reason=reason)
        now = self._shared.clock.now()
        self._shared.outbox.put(RecordingFailed(at=now, call_id=call_id, recording_id=recording_id, reason=reason))

    def finished(self, event: media_engine.RecordingFinished) -> None:
        recording_id = RecordingId(event.recording_id)
        running = self._running.pop(recording_id, None)
        if running is None:
            return
        call_id, path = running
        log.info("recording finished", call_id=call_id, recording_id=recording_id, dropped_ms=event.dropped_ms)
        self._hand_over(path)
        self._shared.outbox.put(
            RecordingFinished(
                at=event.at,
                call_id=call_id,
                recording_id=recording_id,
                path=path,
                duration_ms=event.duration_ms,
                size_bytes=event.size_bytes,
            )
        )

"""Turns what the media threads put into the native queue into engine events.

Handles are numbers that travel through C++ in place of ids. The owner thread hands them out; the event loop looks them up
and forgets those of playbacks and recordings when they end. Single dictionary and deque operations, so the GIL is lock enough.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from telephony.media_engine import (
    DigitMethod,
    DigitPressed,
    EngineEvent,
    IncomingRefused,
    PeerAnswered,
    PlaybackFinished,
    PlaybackOutcome,
    RecordingFailed,
    RecordingFinished,
)
from telephony.sip.sdk import native
from telephony.sip.text import field

OUTCOMES = (PlaybackOutcome.COMPLETED, PlaybackOutcome.STOPPED)
REASONS = {400: "broken request", 403: "no trunk", 405: "method not allowed", 503: "full or draining"}


class PortHandle(NamedTuple):
    port_id: str


class PlaybackHandle(NamedTuple):
    port_id: str
    playback_id: str


class RecordingHandle(NamedTuple):
    recording_id: str
    path: Path


class QuestionHandle(NamedTuple):
    peer: str


Handle = PortHandle | PlaybackHandle | RecordingHandle | QuestionHandle


class Handles:
    def __init__(self) -> None:
        self._next = itertools.count(1)
        self._known: dict[int, Handle] = {}
        self._over: deque[tuple[str, int]] = deque()

    def for_port(self, port_id: str) -> int:
        return self._add(PortHandle(port_id))

    def for_playback(self, port_id: str, playback_id: str) -> int:
        return self._add(PlaybackHandle(port_id, playback_id))

    def for_recording(self, recording_id: str, path: Path) -> int:
        return self._add(RecordingHandle(recording_id, path))

    def for_question(self, peer: str) -> int:
        return self._add(QuestionHandle(peer))

    def answered_question(self, number: int) -> QuestionHandle | None:
        found = self._known.pop(number, None)
        return found if isinstance(found, QuestionHandle) else None

    def forget(self, number: int) -> None:
        self._known.pop(number, None)

    def port(self, number: int) -> PortHandle | None:
        found = self._known.get(number)
        return found if isinstance(found, PortHandle) else None

    def ended_playback(self, number: int) -> PlaybackHandle | None:
        found = self._known.pop(number, None)
        if not isinstance(found, PlaybackHandle):
            return None
        self._over.append((found.port_id, number))
        return found

    def playbacks_over(self) -> Iterator[tuple[str, int]]:
        """Port and handle of those that have ended since the last call; for the owner thread."""
        while self._over:
            yield self._over.popleft()

    def ended_recording(self, number: int) -> RecordingHandle | None:
        found = self._known.pop(number, None)
        return found if isinstance(found, RecordingHandle) else None

    def recordings_open(self) -> bool:
        return any(isinstance(handle, RecordingHandle) for handle in list(self._known.values()))

    def _add(self, handle: Handle) -> int:
        number = next(self._next)
        self._known[number] = handle
        return number


def translate(raw: native.NativeEvent, handles: Handles, now: float) -> EngineEvent | None:
    """None when the event's port is gone already."""
    if raw.kind == native.DIGIT:
        return _digit(raw, handles.port(raw.handle), now)
    if raw.kind == native.PLAYBACK_FINISHED:
        return _playback(raw, handles.ended_playback(raw.handle), now)
    if raw.kind in {native.RECORDING_FINISHED, native.RECORDING_FAILED}:
        return _recording(raw, handles.ended_recording(raw.handle), now)
    if raw.kind == native.PEER_ANSWERED:
        return _answer(raw, handles.answered_question(raw.handle), now)
    return IncomingRefused(sip_status=raw.code, reason=REASONS.get(raw.code, "refused"), remote_host=raw.text, at=now)


def _digit(raw: native.NativeEvent, port: PortHandle | None, now: float) -> EngineEvent | None:
    if port is None:
        return None
    method = DigitMethod.SIP_INFO if raw.v0 == native.BY_INFO else DigitMethod.RFC4733
    return DigitPressed(port_id=port.port_id, digit=chr(raw.code), method=method, at=now)


def _answer(raw: native.NativeEvent, question: QuestionHandle | None, now: float) -> EngineEvent | None:
    if question is None:
        return None
    return PeerAnswered(
        peer=question.peer,
        sip_status=raw.code,
        reason=field(raw.text),
        by_peer=bool(raw.v0),
        round_trip_ms=raw.v1 / 1000,
        at=now,
    )


def _playback(raw: native.NativeEvent, playback: PlaybackHandle | None, now: float) -> EngineEvent | None:
    if playback is None:
        return None
    return PlaybackFinished(
        port_id=playback.port_id,
        playback_id=playback.playback_id,
        outcome=OUTCOMES[raw.code],
        played_ms=raw.v0,
        at=now,
    )


def _recording(raw: native.NativeEvent, recording: RecordingHandle | None, now: float) -> EngineEvent | None:
    if recording is None:
        return None
    if raw.kind == native.RECORDING_FAILED:
        return RecordingFailed(
            recording_id=recording.recording_id,
            path=recording.path,
            reason=os.strerror(raw.code),
            duration_ms=raw.v0,
            at=now,
        )
    return RecordingFinished(
        recording_id=recording.recording_id,
        path=recording.path,
        duration_ms=raw.v0,
        size_bytes=raw.v1,
        peak_left=raw.v2,
        peak_right=raw.v3,
        dropped_ms=raw.v4,
        at=now,
    )

"""Recordings that are transcribed after the call: one at a time, at low priority, and only while live text leaves room."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog

from asr.admission import Shedding
from asr.config import AsrConfig
from asr.listener import Listener
from asr.recognizer import RecognitionFailed, Recognizers, for_language
from asr.recording import UnreadableRecording, transcribe
from asr.transcript import FinalText
from asr.voice_activity import WebRtcDetector
from asr.voice_activity_gate import VoiceActivityGate
from core.commands import Answer, TranscribeRecording
from core.events import AnyEvent, TranscriptFinal, TranscriptionFailed
from core.files import BadName, Copies, checked
from core.ports import Clock, Unavailable, ok, refused

log = structlog.get_logger(__name__)

_MAX_WAITING = 1000
_NICENESS = 10
_ROOM_CHECK_S = 1.0
_FETCHED_WITHIN_S = 86_400.0
"""A recording that its node has not handed over for so long, or whose store is away, is not waited for any more."""


class InFolder:
    """Implements `core.files.Copies` for recordings that never leave the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[Path]:
        yield self._folder / checked(name)


class _Waiting(NamedTuple):
    command: TranscribeRecording
    since: float


class LateTranscription:
    """The queue of recordings and the one thread that works it off."""

    def __init__(
        self,
        config: AsrConfig,
        recognizers: Recognizers,
        clock: Clock,
        send: Callable[[AnyEvent], None],
        *,
        shedding: Callable[[], Shedding],
        recordings: Copies,
    ) -> None:
        self._config = config
        self._recognizers = recognizers
        self._clock = clock
        self._send = send
        self._shedding = shedding
        self._recordings = recordings
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(_MAX_WAITING)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decode-late", initializer=_yield_to_live_text)

    async def accept(self, command: TranscribeRecording) -> Answer:
        """Queued, or refused when the language has no model or too many wait: the sender tries again later."""
        if for_language(self._recognizers, command.language) is None:
            return refused(f"no speech model for “{command.language}”")
        try:
            checked(command.path)
        except BadName:
            return refused("the recording lies outside the data directory")
        try:
            self._waiting.put_nowait(_Waiting(command, self._clock.now()))
        except asyncio.QueueFull:
            return refused(f"{_MAX_WAITING} recordings are already waiting")
        return ok(waiting=self._waiting.qsize())

    async def run(self) -> None:
        """Works until cancelled."""
        while True:
            waiting = await self._waiting.get()
            try:
                await self._transcribe(waiting.command)
            except (UnreadableRecording, RecognitionFailed, BadName) as error:
                self._failed(waiting.command, str(error))
            except FileNotFoundError:
                self._failed(waiting.command, "the recording does not exist")
            except Unavailable as error:
                await self._put_off(waiting, str(error))

    async def _put_off(self, waiting: _Waiting, reason: str) -> None:
        """Behind the others, which may be nearer."""
        if self._clock.now() - waiting.since > _FETCHED_WITHIN_S or self._waiting.full():
            self._failed(waiting.command, reason)
            return
        self._waiting.put_nowait(waiting)
        await asyncio.sleep(self._config.fetch_again_s)

    def _failed(self, command: TranscribeRecording, reason: str) -> None:
        log.warning("late_transcription_failed", call_id=command.call_id, leg_id=command.leg_id, reason=reason)
        self._send(
            TranscriptionFailed(
                at=self._clock.now(),
                call_id=command.call_id,
                leg_id=command.leg_id,
                stream_id=command.stream_id,
                reason=reason,
            )
        )

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _transcribe(self, command: TranscribeRecording) -> None:
        async with self._recordings.copy(command.path) as path:
            await self._decode(command, path)

    async def _decode(self, command: TranscribeRecording, path: Path) -> None:
        factory = for_language(self._recognizers, command.language)
        assert factory is not None  # checked when it was accepted; models do not go away
        listener = Listener(
            factory.dictation(),
            WebRtcDetector(self._config.vad_mode),
            VoiceActivityGate(self._config.gate),
            partial_interval_s=float("inf"),
        )
        slices = transcribe(path, command.channel, listener, command.from_ms, command.until_ms)
        loop = asyncio.get_running_loop()
        while (finals := await loop.run_in_executor(self._executor, _next_slice, slices)) is not None:
            for final in finals:
                self._send(self._event(command, final))
            await self._room()

    async def _room(self) -> None:
        while self._shedding() is not Shedding.NONE:  # noqa: ASYNC110 -- the level is measured once a second, not announced
            await asyncio.sleep(_ROOM_CHECK_S)

    def _event(self, command: TranscribeRecording, final: FinalText) -> TranscriptFinal:
        return TranscriptFinal(
            at=self._clock.now(),
            call_id=command.call_id,
            leg_id=command.leg_id,
            stream_id=command.stream_id,
            speaker=command.speaker,
            utterance=command.first_utterance + final.utterance,
            text=final.text,
            start_ms=final.start_ms,
            end_ms=final.end_ms,
            words=final.words,
            late=True,
        )


def _next_slice(slices: Iterator[list[FinalText]]) -> list[FinalText] | None:
    return next(slices, None)


def _yield_to_live_text() -> None:
    # On Linux a thread has a niceness of its own.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

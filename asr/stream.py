"""One leg's transcription while it runs: the thread between socket, decoding thread and events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from asr.chunker import Chunk
from asr.decoding import DecodingStream, DecodingThreads
from asr.jitter import JitterCounts
from asr.listener import Listener
from asr.phrases import pick
from asr.recognizer import RATE_HZ
from asr.rtp_receiver import RtpReceiver, StreamInput
from asr.secret_sound import SecretSound
from asr.transcript import FinalText, Heard, in_call
from core.commands import StartTranscription
from core.events import AnyEvent, SpeechHeard, TranscriptFinal, TranscriptionFailed, TranscriptPartial
from core.ids import CallId, LegId, StreamId
from core.ports import Clock


class Stream:
    """Owned by the worker; all methods run on the event loop."""

    def __init__(
        self,
        command: StartTranscription,
        listener: Listener,
        ssrc: int,
        clock: Clock,
        send: Callable[[AnyEvent], None],
        *,
        secret: SecretSound | None = None,
    ) -> None:
        """`secret`: what its sound is opened with; None: it comes in the clear."""
        self.command = command
        self.listener = listener
        self.ssrc = ssrc
        self.closing = False
        self._clock = clock
        self._send = send
        self._secret = secret
        self._decoding: DecodingStream
        self._input: StreamInput
        self._end = 0

    @property
    def stream_id(self) -> StreamId:
        return self.command.stream_id

    @property
    def call_id(self) -> CallId:
        return self.command.call_id

    @property
    def leg_id(self) -> LegId:
        return self.command.leg_id

    @property
    def public_key(self) -> bytes:
        """For whom its sound is encrypted; empty: for nobody."""
        return self._secret.public_key if self._secret is not None else b""

    @property
    def counts(self) -> JitterCounts:
        return self._input.counts

    @property
    def last_packet_at(self) -> float:
        return self._input.last_packet_at

    @property
    def dropped_packets(self) -> int:
        """A tap's packet holds a chunk."""
        return self._decoding.dropped_chunks

    def heard_until_ms(self) -> int:
        """How far sound has come in, from the moment the call was connected."""
        return self.command.offset_ms + self._end * 1000 // RATE_HZ

    def connect(
        self,
        threads: DecodingThreads,
        receiver: RtpReceiver,
        loop: asyncio.AbstractEventLoop,
        on_finished: Callable[[Stream], None],
    ) -> None:
        """From now on packets become events; `on_finished` after the last of them."""

        def on_heard(heard: Sequence[Heard], finished: bool) -> None:
            loop.call_soon_threadsafe(self._heard, heard)
            if finished:
                loop.call_soon_threadsafe(on_finished, self)

        def on_failed(reason: str) -> None:
            loop.call_soon_threadsafe(self.fail, reason, receiver)

        self._decoding = threads.add(self.listener, on_heard, on_failed)
        self._input = receiver.add(self.ssrc, self._take, self._secret)

    def close(self, receiver: RtpReceiver) -> None:
        """Takes no more packets; the last utterance follows as a final."""
        receiver.remove(self.ssrc)  # hands on what is still held, so before `closing`
        self.closing = True
        self._decoding.finish()

    def _take(self, chunk: Chunk) -> None:
        self._end = chunk.position + len(chunk.ulaw)
        self._decoding.push(chunk)

    def fail(self, reason: str, receiver: RtpReceiver) -> None:
        """Ends the stream and says why."""
        if self.closing:
            return
        command, now = self.command, self._clock.now()
        self._send(
            TranscriptionFailed(
                at=now, call_id=command.call_id, leg_id=command.leg_id, stream_id=command.stream_id, reason=reason
            )
        )
        self.close(receiver)

    def _heard(self, heard: Sequence[Heard]) -> None:
        for text in heard:
            event = self._choice(text) if self.command.phrases else self._event(text)
            if event is not None:
                self._send(event)

    def _event(self, text: Heard) -> AnyEvent:
        command, now = self.command, self._clock.now()
        text = in_call(text, command.offset_ms, command.first_utterance)
        if isinstance(text, FinalText):
            return TranscriptFinal(
                at=now,
                call_id=command.call_id,
                leg_id=command.leg_id,
                stream_id=command.stream_id,
                speaker=command.speaker,
                utterance=text.utterance,
                text=text.text,
                start_ms=text.start_ms,
                end_ms=text.end_ms,
                words=text.words,
            )
        return TranscriptPartial(
            at=now,
            call_id=command.call_id,
            leg_id=command.leg_id,
            stream_id=command.stream_id,
            speaker=command.speaker,
            utterance=text.utterance,
            text=text.text,
            start_ms=text.start_ms,
        )

    def _choice(self, text: Heard) -> AnyEvent | None:
        if not isinstance(text, FinalText):
            return None
        choice = pick(self.command.phrases, text.words)
        if choice is None:
            return None
        return SpeechHeard(
            at=self._clock.now(),
            call_id=self.call_id,
            leg_id=self.leg_id,
            stream_id=self.stream_id,
            phrase=choice.phrase,
            confidence=choice.confidence,
        )

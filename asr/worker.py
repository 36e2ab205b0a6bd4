"""The recognizer's asyncio shell: commands and RTP in, transcript events out.

Follow a sentence: `rtp_receiver` (socket, order, chunks) → `decoding` (a thread per core) → `listener` (gate,
recognizer, utterances) → here → `outbox` → bus. Who is taken on, and what is shed when the cores are full, is
`admission`'s to say.

Runs without any model too: it says so in its heartbeat and refuses every stream with the reason.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from asr.admission import Admission, Limits, Measured, Shedding
from asr.config import AsrConfig
from asr.decoding import SAMPLES_PER_CHUNK, DecodingThreads
from asr.late import InFolder, LateTranscription
from asr.listener import Listener
from asr.outbox import Outbox
from asr.recognizer import NoPhrases, Recognizer, RecognizerFactory, Recognizers, for_language
from asr.rtp_receiver import RtpReceiver
from asr.secret_sound import SecretSound
from asr.stream import Stream
from asr.voice_activity import WebRtcDetector
from asr.voice_activity_gate import CHOICE_GATE, VoiceActivityGate
from core.agreeing import BadKey
from core.commands import Answer, AnyCommand, StartTranscription, StopTranscription, TranscribeRecording
from core.events import AnyEvent, AsrWorkerHeartbeat, TranscriptionDeferred
from core.files import Copies
from core.ids import StreamId
from core.model import Speaker
from core.ports import Bus, Clock, Unavailable, ok, refused
from core.retrying import until_available

log = structlog.get_logger(__name__)

_PARTIAL_INTERVAL_S = {Shedding.NONE: 0.2, Shedding.RARE_PARTIALS: 1.0, Shedding.DEFER_AGENT: 1.0, Shedding.NO_NEW: 1.0}


class AsrWorker:
    """One worker: its socket, threads, streams and events."""

    def __init__(
        self, bus: Bus, config: AsrConfig, recognizers: Recognizers, clock: Clock, recordings: Copies | None = None
    ) -> None:
        """`recordings`: where finished ones are found; None: in the data directory."""
        self._bus = bus
        self._config = config
        self._recognizers = recognizers
        self._clock = clock
        self._admission = Admission(Limits(max_streams=config.max_streams))
        self._threads = DecodingThreads(config.threads)
        self._receiver = RtpReceiver(clock.now, SAMPLES_PER_CHUNK)
        self._streams: dict[StreamId, Stream] = {}
        self._dropped = 0
        self._lost = 0
        """Packets of streams that have ended."""
        self._outbox = Outbox()
        self._something_to_send = asyncio.Event()
        self._late = LateTranscription(
            config,
            recognizers,
            clock,
            self._send,
            shedding=lambda: self._admission.shedding,
            recordings=recordings or InFolder(config.data_dir),
        )
        self._port = 0
        self._started_at = clock.now()
        self._handlers: dict[type[Any], Callable[[Any], Awaitable[Answer]]] = {
            StartTranscription: self._start,
            StopTranscription: self._stop,
            TranscribeRecording: self._late.accept,
        }

    async def run(self) -> None:
        """Serves until cancelled. Raises `OSError` when the address cannot be had."""
        self._port = self._receiver.open(self._config.host, self._config.rtp_port)
        self._threads.start()
        log.info("asr_worker_started", worker_id=self._config.worker_id, port=self._port, languages=sorted(self._recognizers))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._bus.serve(f"asr:{self._config.worker_id}", self._handle), name="asr-commands")
                tasks.create_task(self._pump(), name="asr-outbox")
                tasks.create_task(self._beat(), name="asr-heartbeat")
                tasks.create_task(self._late.run(), name="asr-late")
        finally:
            self._receiver.close()
            await asyncio.to_thread(self._threads.stop)
            self._late.close()

    async def _handle(self, command: AnyCommand) -> Answer:
        handler = self._handlers.get(type(command))
        if handler is None:
            return refused(f"a recognizer does not know {type(command).__name__}")
        return await handler(command)

    async def _start(self, command: StartTranscription) -> Answer:
        known = self._streams.get(command.stream_id)
        if known is not None:
            return self._endpoint(known)
        factory = for_language(self._recognizers, command.language)
        if factory is None:
            return refused(f"no speech model for “{command.language}”")
        reason = self._admission.refusal(command.speaker, bool(command.phrases), len(self._streams))
        if reason is not None:
            return refused(reason)  # whoever asked puts it off when no other recognizer takes it
        try:
            secret = SecretSound(command.node_key) if command.node_key else None
            recognizer = await self._recognizer(factory, command)
        except (BadKey, NoPhrases) as error:
            return refused(str(error))
        return self._endpoint(self._open(command, recognizer, secret))

    async def _recognizer(self, factory: RecognizerFactory, command: StartTranscription) -> Recognizer:
        if not command.phrases:
            return factory.dictation()
        if unknown := factory.unknown_words(command.phrases):
            log.warning("phrases_with_unknown_words", call_id=command.call_id, leg_id=command.leg_id, count=len(unknown))
        # The first phrase list loads its graph, which takes a moment.
        return await asyncio.to_thread(factory.choice, command.phrases)

    def _open(self, command: StartTranscription, recognizer: Recognizer, secret: SecretSound | None) -> Stream:
        gate = VoiceActivityGate(CHOICE_GATE if command.phrases else self._config.gate)
        interval = math.inf if command.phrases else _PARTIAL_INTERVAL_S[self._admission.shedding]
        listener = Listener(recognizer, WebRtcDetector(self._config.vad_mode), gate, partial_interval_s=interval)
        stream = Stream(command, listener, self._free_ssrc(), self._clock, self._send, secret=secret)
        stream.connect(self._threads, self._receiver, asyncio.get_running_loop(), self._finished)
        self._streams[command.stream_id] = stream
        log.info("transcription_started", call_id=command.call_id, leg_id=command.leg_id, stream_id=command.stream_id)
        return stream

    async def _stop(self, command: StopTranscription) -> Answer:
        stream = self._streams.get(command.stream_id)
        if stream is None:
            return ok()  # repeated, or deferred meanwhile: it is stopped
        self._close(stream)
        return ok()

    def _close(self, stream: Stream) -> None:
        if not stream.closing:
            stream.close(self._receiver)

    def _finished(self, stream: Stream) -> None:
        self._streams.pop(stream.stream_id, None)
        self._dropped += stream.dropped_packets
        self._lost += stream.counts.lost
        ids = {"call_id": stream.call_id, "leg_id": stream.leg_id, "stream_id": stream.stream_id}
        log.info("transcription_ended", lost_packets=stream.counts.lost, late_packets=stream.counts.late, **ids)

    def _endpoint(self, stream: Stream) -> Answer:
        return ok(host=self._config.host, port=self._port, ssrc=stream.ssrc, public_key=stream.public_key)

    def _free_ssrc(self) -> int:
        taken = {stream.ssrc for stream in self._streams.values()}
        # RFC 3550 §8.1: random. It also keeps strangers out, who would have to guess it.
        return next(ssrc for ssrc in iter(lambda: secrets.randbits(32), None) if ssrc not in taken)

    def _send(self, event: AnyEvent) -> None:
        self._outbox.put(event)
        self._something_to_send.set()

    async def _pump(self) -> None:
        while True:
            await self._something_to_send.wait()
            self._something_to_send.clear()
            while len(self._outbox):
                await until_available(self._publish_oldest, "recognizer", log, asyncio.sleep)

    async def _publish_oldest(self) -> None:
        event = self._outbox.take()
        if event is None:
            return
        try:
            await self._bus.publish(event)
        except Unavailable:
            self._outbox.put_back(event)
            raise

    async def _beat(self) -> None:
        while True:
            now = self._clock.now()
            before = self._admission.shedding
            measured = Measured(load=self._threads.load(now), lag_s=self._threads.lag_s())
            shedding = self._admission.measure(measured, now)
            if shedding is not before:
                self._change_level(shedding, measured)
            self._end_silent_streams(now)
            self._send(self._heartbeat(now, measured))
            await asyncio.sleep(self._config.heartbeat_s)

    def _heartbeat(self, now: float, measured: Measured) -> AsrWorkerHeartbeat:
        counts, streams = self._receiver.counts, self._streams.values()
        return AsrWorkerHeartbeat(
            at=now,
            worker_id=self._config.worker_id,
            model=", ".join(sorted(self._recognizers)) or None,
            streams=len(self._streams),
            load=round(measured.load, 3),
            shedding=self._admission.shedding.value,
            dropped_packets=counts.refused + self._dropped + sum(s.dropped_packets for s in streams),
            lost_packets=self._lost + sum(s.counts.lost for s in streams),
            started_at=self._started_at,
        )

    def _change_level(self, shedding: Shedding, measured: Measured) -> None:
        log.warning("asr_shedding", level=shedding.value, load=round(measured.load, 2), lag_s=round(measured.lag_s, 1))
        live = [stream for stream in self._streams.values() if not stream.closing and not stream.command.phrases]
        for stream in live:
            stream.listener.partial_interval_s = _PARTIAL_INTERVAL_S[shedding]
        if shedding in (Shedding.DEFER_AGENT, Shedding.NO_NEW):
            for stream in live:
                if stream.command.speaker is Speaker.AGENT:
                    reason = "the recognizer is nearly full: the rest of the agent's side is transcribed after the call"
                    self._send(self._deferred(stream.command, stream.heard_until_ms(), reason))
                    self._close(stream)

    def _end_silent_streams(self, now: float) -> None:
        for stream in list(self._streams.values()):
            if not stream.closing and now - stream.last_packet_at > self._config.silence_limit_s:
                stream.fail(f"no sound came for {self._config.silence_limit_s:.0f} s", self._receiver)

    def _deferred(self, command: StartTranscription, from_ms: int, reason: str) -> TranscriptionDeferred:
        return TranscriptionDeferred(
            at=self._clock.now(),
            call_id=command.call_id,
            leg_id=command.leg_id,
            stream_id=command.stream_id,
            speaker=command.speaker,
            from_ms=from_ms,
            reason=reason,
            language=command.language,
        )

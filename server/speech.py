"""Brings a leg's sound and a recognizer together: the ports `Transcribing` and `Listening`.

Follow a stream: pick a worker → `StartTranscription` (the answer says where to send) → `StartTap` at the node that has the leg →
words come as events. Streams are saved, so that after a restart of the control server they can still be stopped.
"""

from __future__ import annotations

import msgspec
import structlog

from core.commands import AnyCommand, ListLegs, StartTap, StartTranscription, StopTap, StopTranscription
from core.events import TranscriptionDeferred
from core.ids import CallId, LegId, NodeId, StreamId, TapId, WorkerId, new_id
from core.model import LegSnapshot, Speaker
from core.ports import Bus, Clock, StateStore, Unavailable
from server.fleet import Fleet

log = structlog.get_logger(__name__)

KIND = "speech_stream"
START_WITHIN_S = 15.0
"""The first phrase list of a recognizer loads a graph."""


class _Stream(msgspec.Struct, frozen=True):
    stream_id: StreamId
    worker_id: WorkerId
    node_id: NodeId
    tap_id: TapId


class _SoundAddress(msgspec.Struct, frozen=True):
    host: str
    port: int
    ssrc: int


class Speech:
    """Owns the streams between nodes and recognizers."""

    def __init__(self, bus: Bus, store: StateStore, fleet: Fleet, clock: Clock) -> None:
        self._clock = clock
        self._bus = bus
        self._store = store
        self._fleet = fleet
        self._streams: dict[StreamId, _Stream] = {}

    async def start_up(self) -> None:
        """Takes back the streams of an earlier process. Raises `Unavailable`."""
        saved = await self._store.load_all(KIND)
        streams = [msgspec.msgpack.decode(data, type=_Stream) for data in saved.values()]
        self._streams = {stream.stream_id: stream for stream in streams}

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str) -> StreamId:
        """`Transcribing.start`. A leg that nobody can take now is put off: its recording is decoded after the call."""
        try:
            return await self._open(call_id, leg_id, speaker, language, ())
        except Unavailable as error:
            await self._put_off(call_id, leg_id, speaker, language, str(error))
            raise

    async def listen(self, call_id: CallId, leg_id: LegId, phrases: tuple[str, ...], language: str) -> StreamId:
        """`Listening.listen`."""
        return await self._open(call_id, leg_id, Speaker.CUSTOMER, language, phrases)

    async def stop(self, stream_id: StreamId) -> None:
        """The recognizer first: it finishes the sentence that it has heard."""
        stream = self._streams.pop(stream_id, None)
        if stream is None:
            return
        await self._try(f"asr:{stream.worker_id}", StopTranscription(stream_id=stream_id))
        await self._try(f"node:{stream.node_id}", StopTap(tap_id=stream.tap_id))
        await self._store.delete(KIND, stream_id)

    async def _open(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, phrases: tuple[str, ...]) -> StreamId:
        node_id = await self._node_of(leg_id)
        command = StartTranscription(
            stream_id=StreamId(new_id("stream")),
            call_id=call_id,
            leg_id=leg_id,
            speaker=speaker,
            language=language,
            phrases=phrases,
        )
        worker_id, address = await self._recognizer(command)
        tap_id = TapId(new_id("tap"))
        tap = StartTap(tap_id=tap_id, leg_id=leg_id, host=address.host, port=address.port, ssrc=address.ssrc)
        stream = _Stream(command.stream_id, worker_id, node_id, tap_id)
        answer = await self._bus.send(f"node:{node_id}", tap)
        if not answer.ok:
            await self._try(f"asr:{worker_id}", StopTranscription(stream_id=command.stream_id))
            raise Unavailable(f"the node sends no sound: {answer.reason}")
        self._streams[command.stream_id] = stream
        await self._store.save(KIND, command.stream_id, msgspec.msgpack.encode(stream))
        return command.stream_id

    async def _put_off(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, reason: str) -> None:
        deferred = TranscriptionDeferred(
            at=self._clock.now(),
            call_id=call_id,
            leg_id=leg_id,
            stream_id=StreamId(new_id("stream")),
            speaker=speaker,
            language=language,
            from_ms=0,
            reason=reason,
        )
        await self._bus.publish(deferred)

    async def _recognizer(self, command: StartTranscription) -> tuple[WorkerId, _SoundAddress]:
        """The first that takes the stream. Raises `Unavailable` with the last one's reason."""
        reason = "no recognizer is running" if not self._fleet.workers else "no recognizer has a model and room"
        for worker_id in self._fleet.workers_for(command.language):
            answer = await self._bus.send(f"asr:{worker_id}", command, timeout_s=START_WITHIN_S)
            if answer.ok:
                return worker_id, msgspec.convert(answer.result, _SoundAddress)
            reason = answer.reason
        raise Unavailable(reason)

    async def _node_of(self, leg_id: LegId) -> NodeId:
        known = self._fleet.node_of(leg_id)
        if known is not None:
            return known
        for node_id in tuple(self._fleet.nodes):
            answer = await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=2.0)
            for leg in msgspec.convert(answer.result.get("legs", []), list[LegSnapshot]):
                self._fleet.learn(LegId(leg.leg_id), node_id)
        found = self._fleet.node_of(leg_id)
        if found is None:
            raise Unavailable("no node has this leg")
        return found

    async def _try(self, addressee: str, command: AnyCommand) -> None:
        answer = await self._bus.send(addressee, command)
        if not answer.ok:
            log.info("stream end was refused", addressee=addressee, command=type(command).__name__)

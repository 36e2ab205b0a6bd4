"""Brings a leg's sound and a recognizer together: the ports `Transcribing` and `Listening`.

Follow a stream: pick a worker → `StartTranscription` (the answer says where to send) → `StartTap` at the node that has the leg →
words come as events. Streams are saved, so that after a restart of the control server they can still be stopped.

When a recognizer dies its streams go on at another one, or at itself once it is back; what was said in between is decoded from
the recording after the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

import msgspec
import structlog

from asr.ports import Fleet
from core.commands import AnyCommand, ListLegs, StartTap, StartTranscription, StopTap, StopTranscription
from core.events import (
    AnyEvent,
    AsrWorkerHeartbeat,
    AsrWorkerLost,
    CallEnded,
    TranscriptFinal,
    TranscriptionDeferred,
    TranscriptionFailed,
    TranscriptPartial,
)
from core.ids import CallId, LegId, NodeId, StreamId, TapId, WorkerId, new_id
from core.model import LegSnapshot, Speaker, first_utterance
from core.partitions import partition_of
from core.ports import Bus, Clock, Gone, StateStore, Unavailable, came_too_late
from core.saved import sorted_out, take_back

log = structlog.get_logger(__name__)

KIND = "speech"
START_WITHIN_S = 15.0
"""The first phrase list of a recognizer loads a graph."""


class _Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A leg's way to a recognizer, as it is now. Whoever asked for it keeps the first stream's id."""

    command: StartTranscription
    worker_id: WorkerId
    worker_started_at: float
    node_id: NodeId
    tap_id: TapId
    opened_at: float
    over: bool = False
    """The recognizer gave it up for good: shed, or failed."""
    unheard_ms: int | None = None
    """Lost here, and no recognizer has taken it since."""

    def offset_ms(self, now: float) -> int:
        """Where in the call we are."""
        return self.command.offset_ms + max(0, round((now - self.opened_at) * 1000))


class _Said(msgspec.Struct):
    """How far a stream's text is."""

    end_ms: int
    partial: TranscriptPartial | None = None
    """On screens, without its final so far."""


class _SoundAddress(msgspec.Struct, frozen=True):
    host: str
    port: int
    ssrc: int
    public_key: bytes


class Speech:
    """Owns the streams between nodes and recognizers."""

    def __init__(self, bus: Bus, store: StateStore, fleet: Fleet, clock: Clock) -> None:
        self._clock = clock
        self._bus = bus
        self._store = store
        self._fleet = fleet
        self._streams: dict[StreamId, _Stream] = {}
        """By the id that `start` or `listen` gave."""
        self._started_at: dict[WorkerId, float] = {}
        self._said: dict[StreamId, _Said] = {}
        """By the present stream's id. Not saved: after a restart a lost stream is decoded anew from its beginning."""

    async def take(self, partitions: Set[int]) -> None:
        """Takes back the streams that an earlier process had of these calls. Raises `Unavailable`."""
        saved = await take_back(self._store, KIND, _Stream)
        taken = {StreamId(key): stream for key, stream in saved.items() if partition_of(stream.command.call_id) in partitions}
        self._streams |= taken
        self._said |= {stream.command.stream_id: _Said(stream.command.offset_ms) for stream in taken.values()}

    def drop(self, partitions: Set[int]) -> None:
        """Somebody else has these calls; their streams go on."""
        gone = {key: stream for key, stream in self._streams.items() if partition_of(stream.command.call_id) in partitions}
        for key, stream in gone.items():
            del self._streams[key]
            self._said.pop(stream.command.stream_id, None)

    @property
    def followed(self) -> int:
        """Streams whose text is followed now."""
        return len(self._said)

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, offset_ms: int = 0) -> StreamId:
        """`Transcribing.start`. A leg that nobody can take now is put off: its recording is decoded after the call.

        One that is written down already goes on: whoever asked for it was killed before that was noted.
        """
        for key, stream in self._streams.items():
            if (stream.command.call_id, stream.command.leg_id) == (call_id, leg_id) and not (
                stream.command.phrases or stream.over
            ):
                return key
        command = StartTranscription(
            stream_id=StreamId(new_id("stream")),
            call_id=call_id,
            leg_id=leg_id,
            speaker=speaker,
            language=language,
            offset_ms=offset_ms,
            first_utterance=first_utterance(offset_ms),
        )
        try:
            return await self._begin(command)
        except Unavailable as error:
            await self._put_off(command, offset_ms, None, str(error))
            raise

    async def listen(self, call_id: CallId, leg_id: LegId, phrases: tuple[str, ...], language: str) -> StreamId:
        """`Listening.listen`."""
        return await self._begin(
            StartTranscription(
                stream_id=StreamId(new_id("stream")),
                call_id=call_id,
                leg_id=leg_id,
                speaker=Speaker.CUSTOMER,
                language=language,
                phrases=phrases,
            )
        )

    async def stop(self, stream_id: StreamId) -> None:
        """The recognizer first: it finishes the sentence that it has heard."""
        stream = self._streams.pop(stream_id, None)
        if stream is None:
            return
        if stream.unheard_ms is None:
            await self._close(stream)
        await self._store.delete(KIND, stream_id)

    # ── recognizers that die ──────────────────────────────────────────────────────────────────────────────────

    async def handle(self, event: AnyEvent) -> None:
        """A service of the dispatcher: notes how far each text is, and brings streams of dead recognizers to living ones."""
        match event:
            case TranscriptPartial() | TranscriptFinal():
                self._note(event)
            case CallEnded():
                await self._leave(event.call_id)
            case TranscriptionDeferred(until_ms=None) | TranscriptionFailed():
                await self._given_up(event.stream_id)
            case AsrWorkerLost():
                await self._move_on(lambda stream: stream.worker_id == event.worker_id and stream.opened_at < event.at)
            case AsrWorkerHeartbeat() if event.model is not None:
                self._started_at[event.worker_id] = event.started_at
                await self._move_on(
                    lambda stream: stream.worker_id == event.worker_id and stream.worker_started_at < event.started_at
                )
            case _:
                pass

    async def _leave(self, call_id: CallId) -> None:
        """Stops what is still heard of a call: whoever began it may have been killed before it could note the stream.

        An agent's leg outlives the call, and nobody may go on reading along.
        """
        for key in [key for key, stream in self._streams.items() if stream.command.call_id == call_id]:
            await self.stop(key)

    def _note(self, event: TranscriptPartial | TranscriptFinal) -> None:
        said = self._said.get(event.stream_id)
        if said is None:  # the last words of a stream that was stopped, or decoded late
            return
        if isinstance(event, TranscriptFinal):
            said.end_ms, said.partial = event.end_ms, None
        else:
            said.partial = event

    async def _given_up(self, stream_id: StreamId) -> None:
        for key, stream in self._streams.items():
            if stream.command.stream_id == stream_id and stream.unheard_ms is None:
                await self._keep(key, msgspec.structs.replace(stream, over=True))
                return

    async def _move_on(self, is_lost: Callable[[_Stream], bool]) -> None:
        """Those that are lost now, and those that still wait for a recognizer."""
        for key, stream in list(self._streams.items()):
            if not stream.over and (stream.unheard_ms is not None or is_lost(stream)):
                await self._resume(key, stream)

    async def _resume(self, key: StreamId, stream: _Stream) -> None:
        """The same leg with another stream that counts on; a flow that listens for a choice keeps its stream's id."""
        old, now = stream.command, self._clock.now()
        said = self._said.pop(old.stream_id, None)
        offset_ms = stream.offset_ms(now)
        command = msgspec.structs.replace(old, offset_ms=offset_ms, first_utterance=first_utterance(offset_ms))
        if not old.phrases:
            command = msgspec.structs.replace(command, stream_id=StreamId(new_id("stream")))
        if said is not None and said.partial is not None:
            await self._bus.publish(_without_text(said.partial, now))
        unheard_ms = stream.unheard_ms
        if unheard_ms is None:
            unheard_ms = said.end_ms if said is not None else old.offset_ms
            await self._try(f"node:{stream.node_id}", StopTap(tap_id=stream.tap_id))
        try:
            resumed = await self._open(command)
        except Unavailable as error:
            if stream.unheard_ms is None and key in self._streams:
                log.warning("transcription_lost", call_id=old.call_id, leg_id=old.leg_id, reason=error)
                await self._keep(key, msgspec.structs.replace(stream, unheard_ms=unheard_ms))
                await self._put_off_gap(old, unheard_ms, None)
            return
        if key not in self._streams:  # the call ended meanwhile
            await self._close(resumed)
            return
        log.info("transcription_resumed", call_id=old.call_id, leg_id=old.leg_id, worker_id=resumed.worker_id)
        await self._put_off_gap(old, unheard_ms, offset_ms)
        await self._keep(key, resumed)

    async def _put_off_gap(self, lost: StartTranscription, from_ms: int, until_ms: int | None) -> None:
        if not lost.phrases:
            await self._put_off(lost, from_ms, until_ms, "the recognizer stopped")

    # ── one stream ────────────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self, command: StartTranscription) -> StreamId:
        await self._keep(command.stream_id, await self._open(command))
        return command.stream_id

    async def _open(self, command: StartTranscription) -> _Stream:
        node_id = await self._node_of(command.leg_id)
        command = msgspec.structs.replace(command, node_key=await self._key_of(node_id))
        worker_id, address = await self._recognizer(command)
        tap_id = TapId(new_id("tap"))
        tap = StartTap(
            tap_id=tap_id,
            leg_id=command.leg_id,
            host=address.host,
            port=address.port,
            ssrc=address.ssrc,
            public_key=address.public_key,
        )
        answer = await self._bus.send(f"node:{node_id}", tap)
        if not answer.ok:
            await self._try(f"asr:{worker_id}", StopTranscription(stream_id=command.stream_id))
            why = Gone if came_too_late(answer) else Unavailable
            raise why(f"the node sends no sound: {answer.reason}")
        self._said[command.stream_id] = _Said(command.offset_ms)
        return _Stream(
            command=command,
            worker_id=worker_id,
            worker_started_at=self._worker_started_at(worker_id),
            node_id=node_id,
            tap_id=tap_id,
            opened_at=self._clock.now(),
        )

    def _worker_started_at(self, worker_id: WorkerId) -> float:
        """By the newest heartbeat that the fleet or this service, each in its own time, has read."""
        beat = self._fleet.workers.get(worker_id)
        return max(self._started_at.get(worker_id, 0.0), beat.started_at if beat is not None else 0.0)

    async def _close(self, stream: _Stream) -> None:
        self._said.pop(stream.command.stream_id, None)
        await self._try(f"asr:{stream.worker_id}", StopTranscription(stream_id=stream.command.stream_id))
        await self._try(f"node:{stream.node_id}", StopTap(tap_id=stream.tap_id))

    async def _keep(self, key: StreamId, stream: _Stream) -> None:
        self._streams[key] = stream
        await self._store.save(KIND, key, msgspec.msgpack.encode(stream))

    async def _put_off(self, command: StartTranscription, from_ms: int, until_ms: int | None, reason: str) -> None:
        deferred = TranscriptionDeferred(
            at=self._clock.now(),
            call_id=command.call_id,
            leg_id=command.leg_id,
            stream_id=command.stream_id,
            speaker=command.speaker,
            language=command.language,
            from_ms=from_ms,
            until_ms=until_ms,
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

    async def _key_of(self, node_id: NodeId) -> bytes:
        """Nothing is sent in the clear."""
        known = self._fleet.key_of(node_id)
        if not known:  # it has only just begun, or we have
            answer = await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=2.0)
            known = answer.result.get("public_key", b"")
        if not isinstance(known, bytes) or not known:
            raise Unavailable("the node tells no key for its sound")
        return known

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
            raise Gone("no node has this leg")
        return found

    async def _try(self, addressee: str, command: AnyCommand) -> None:
        answer = await self._bus.send(addressee, command)
        if not answer.ok:
            log.info("stream end was refused", addressee=addressee, command=type(command).__name__)


def workers_heard(saved: Mapping[str, bytes]) -> frozenset[WorkerId]:
    """Recognizers that hear a stream, by what was saved of streams."""
    read, _ = sorted_out(saved, _Stream)
    return frozenset(stream.worker_id for stream in read.values())


def _without_text(partial: TranscriptPartial, now: float) -> TranscriptFinal:
    """Ends an utterance whose recognizer died in it; its words come later from the recording."""
    return TranscriptFinal(
        at=now,
        call_id=partial.call_id,
        leg_id=partial.leg_id,
        stream_id=partial.stream_id,
        speaker=partial.speaker,
        utterance=partial.utterance,
        text="",
        start_ms=partial.start_ms,
        end_ms=partial.start_ms,
    )

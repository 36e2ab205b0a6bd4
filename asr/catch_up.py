"""Sees to it that what was not decoded live is decoded from the recording after the call.

A service of the control process: it hears which legs were put off (`TranscriptionDeferred`), waits for the call's
recording, and asks a recognizer with room for it. What is pending is saved, so that a restart forgets nothing.

::

    put off ──(RecordingFinished)──▶ ready ──(a recognizer takes it)──▶ done
       └──(CallEnded without a recording, or a day gone by)──▶ given up, and logged
"""

from __future__ import annotations

from collections.abc import Set

import msgspec
import structlog

from asr.admission import Shedding
from core.commands import TranscribeRecording
from core.events import AnyEvent, AsrWorkerHeartbeat, CallEnded, RecordingFinished, TranscriptionDeferred
from core.ids import CallId, LegId, StreamId, new_id
from core.model import Speaker, Value, first_utterance
from core.partitions import partition_of
from core.ports import Bus, StateStore
from core.saved import take_back

log = structlog.get_logger(__name__)

KIND = "late_transcription"
_GIVEN_UP_S = 86_400.0
_ANSWER_S = 1.0
# The recorder's channels: left = customer, right = agent (core.commands.MixRecording).
_CHANNEL = {Speaker.CUSTOMER: 0, Speaker.AGENT: 1}


class PutOff(Value, frozen=True, kw_only=True):
    """One leg's stretch that has no text yet."""

    late_stream: StreamId
    """Of the text to come: a stream of its own, as its utterances are numbered anew."""
    call_id: CallId
    leg_id: LegId
    speaker: Speaker
    language: str
    from_ms: int
    until_ms: int | None = None
    since: float
    path: str = ""
    """Of the recording; empty while the call goes on."""


class CatchUp:
    """Owns what is pending; `handle` is given every event, and each event may come twice."""

    def __init__(self, bus: Bus, store: StateStore) -> None:
        self._bus = bus
        self._store = store
        self._pending: dict[str, PutOff] = {}
        """By the stream that was put off, and from where."""

    @property
    def pending(self) -> int:
        return len(self._pending)

    async def take(self, partitions: Set[int]) -> None:
        """Takes back what an earlier process left of these calls. Raises `Unavailable`."""
        saved = await take_back(self._store, KIND, PutOff)
        self._pending |= {key: leg for key, leg in saved.items() if partition_of(leg.call_id) in partitions}

    def drop(self, partitions: Set[int]) -> None:
        """Somebody else has these calls."""
        self._pending = {key: leg for key, leg in self._pending.items() if partition_of(leg.call_id) not in partitions}

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`."""
        match event:
            case TranscriptionDeferred():
                await self._put_off(event)
            case RecordingFinished():
                await self._recorded(event)
            case CallEnded(recording_path=None):
                for key in [key for key, leg in self._pending.items() if leg.call_id == event.call_id and not leg.path]:
                    await self._give_up(key, "the call was not recorded")
            case AsrWorkerHeartbeat(shedding=Shedding.NONE.value) if event.model is not None:
                await self._hand_over(event)
            case _:
                pass

    async def _put_off(self, event: TranscriptionDeferred) -> None:
        key = f"{event.stream_id}:{event.from_ms}"
        known = self._pending.get(key)
        if known is not None:
            if known.until_ms != event.until_ms and not known.path:
                await self._keep(key, msgspec.structs.replace(known, until_ms=event.until_ms))
            return
        leg = PutOff(
            late_stream=StreamId(new_id("stream")),
            call_id=event.call_id,
            leg_id=event.leg_id,
            speaker=event.speaker,
            language=event.language,
            from_ms=event.from_ms,
            until_ms=event.until_ms,
            since=event.at,
        )
        await self._keep(key, leg)

    async def _recorded(self, event: RecordingFinished) -> None:
        for key, leg in list(self._pending.items()):
            if leg.call_id == event.call_id and not leg.path:
                await self._keep(key, msgspec.structs.replace(leg, path=event.path))

    async def _hand_over(self, beat: AsrWorkerHeartbeat) -> None:
        """One for each heartbeat: the recognizer's next one says whether it has room for another."""
        for key, leg in list(self._pending.items()):
            if beat.at - leg.since > _GIVEN_UP_S:
                await self._give_up(key, "no recording and no recognizer in a day")
            elif leg.path:
                answer = await self._bus.send(f"asr:{beat.worker_id}", _command(leg), timeout_s=_ANSWER_S)
                if answer.ok:
                    log.info("late_transcription_begins", call_id=leg.call_id, leg_id=leg.leg_id)
                    await self._forget(key)
                return

    async def _keep(self, key: str, leg: PutOff) -> None:
        await self._store.save(KIND, key, msgspec.msgpack.encode(leg))
        self._pending[key] = leg

    async def _give_up(self, key: str, reason: str) -> None:
        leg = self._pending[key]
        log.warning("late_transcription_given_up", call_id=leg.call_id, leg_id=leg.leg_id, reason=reason)
        await self._forget(key)

    async def _forget(self, key: str) -> None:
        await self._store.delete(KIND, key)
        del self._pending[key]


def _command(leg: PutOff) -> TranscribeRecording:
    return TranscribeRecording(
        stream_id=leg.late_stream,
        call_id=leg.call_id,
        leg_id=leg.leg_id,
        speaker=leg.speaker,
        path=leg.path,
        channel=_CHANNEL[leg.speaker],
        language=leg.language,
        from_ms=leg.from_ms,
        until_ms=leg.until_ms,
        first_utterance=first_utterance(leg.from_ms),
    )

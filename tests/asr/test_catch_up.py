"""What the recognizers put off is decoded after the call, also when the control process was restarted in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from asr.catch_up import CatchUp
from core.causes import EndCause
from core.commands import Answer, AnyCommand, TranscribeRecording
from core.events import AsrWorkerHeartbeat, CallEnded, RecordingFinished, TranscriptionDeferred
from core.ids import CallId, LegId, RecordingId, StreamId, WorkerId
from core.model import Speaker
from core.partitions import ALL
from core.ports import ok, refused
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore

CALL = CallId("call_1")


def deferred(stream: str = "stream_1", from_ms: int = 0, until_ms: int | None = None) -> TranscriptionDeferred:
    return TranscriptionDeferred(
        at=0.0,
        call_id=CALL,
        leg_id=LegId("leg_agent"),
        stream_id=StreamId(stream),
        speaker=Speaker.AGENT,
        from_ms=from_ms,
        until_ms=until_ms,
        reason="full",
    )


RECORDED = RecordingFinished(
    at=60.0, call_id=CALL, recording_id=RecordingId("rec_1"), path="recordings/a.wav", duration_ms=60_000, size_bytes=1
)


def beat(at: float = 61.0, shedding: str = "none", model: str | None = "en") -> AsrWorkerHeartbeat:
    return AsrWorkerHeartbeat(at=at, worker_id=WorkerId("asr_1"), model=model, streams=0, load=0.1, shedding=shedding)


def ended(recording: str | None) -> CallEnded:
    return CallEnded(at=61.0, call_id=CALL, cause=EndCause.CALLER_HUNG_UP, started_at=0.0, recording_path=recording)


@asynccontextmanager
async def recognizer(bus: MemoryBus, answer: Answer) -> AsyncIterator[list[AnyCommand]]:
    """Answers everything the same way and keeps what it was asked."""
    asked: list[AnyCommand] = []

    async def handle(command: AnyCommand) -> Answer:
        asked.append(command)
        return answer

    serving = asyncio.create_task(bus.serve("asr:asr_1", handle))
    yield asked
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


async def test_a_leg_that_was_put_off_is_decoded_once_its_recording_is_there() -> None:
    bus = MemoryBus()
    catch_up = CatchUp(bus, MemoryStore())
    async with recognizer(bus, ok()) as asked:
        for event in (deferred(from_ms=12_000), beat(), RECORDED, beat(), beat()):
            await catch_up.handle(event)
    (command,) = asked
    assert isinstance(command, TranscribeRecording)
    assert (command.path, command.channel, command.from_ms) == ("recordings/a.wav", 1, 12_000)
    assert command.stream_id != "stream_1"
    assert catch_up.pending == 0


async def test_a_gap_ends_where_live_text_went_on() -> None:
    bus = MemoryBus()
    catch_up = CatchUp(bus, MemoryStore())
    async with recognizer(bus, ok()) as asked:
        for event in (deferred(from_ms=12_000), deferred(from_ms=12_000, until_ms=20_000), RECORDED, beat(), beat()):
            await catch_up.handle(event)
    (command,) = asked
    assert isinstance(command, TranscribeRecording)
    assert (command.from_ms, command.until_ms, command.first_utterance) == (12_000, 20_000, 120)


async def test_events_that_come_twice_change_nothing() -> None:
    bus = MemoryBus()
    catch_up = CatchUp(bus, MemoryStore())
    async with recognizer(bus, ok()) as asked:
        for event in (deferred(), deferred(), RECORDED, RECORDED, beat(), beat()):
            await catch_up.handle(event)
    assert len(asked) == 1


async def test_a_restart_forgets_nothing() -> None:
    bus, store = MemoryBus(), MemoryStore()
    before = CatchUp(bus, store)
    await before.handle(deferred())
    await before.handle(RECORDED)
    after = CatchUp(bus, store)
    await after.take(ALL)
    async with recognizer(bus, ok()) as asked:
        await after.handle(beat())
    assert len(asked) == 1
    assert await store.load_all("late_transcription") == {}


async def test_a_full_recognizer_and_one_without_a_model_are_left_alone() -> None:
    bus = MemoryBus()
    catch_up = CatchUp(bus, MemoryStore())
    async with recognizer(bus, ok()) as asked:
        for event in (deferred(), RECORDED, beat(shedding="rare_partials"), beat(model=None)):
            await catch_up.handle(event)
    assert asked == []
    assert catch_up.pending == 1


async def test_a_refusal_is_tried_again() -> None:
    bus = MemoryBus()
    catch_up = CatchUp(bus, MemoryStore())
    await catch_up.handle(deferred())
    await catch_up.handle(RECORDED)
    async with recognizer(bus, refused("1000 recordings are already waiting")):
        await catch_up.handle(beat())
    assert catch_up.pending == 1
    async with recognizer(bus, ok()) as asked:
        await catch_up.handle(beat())
    assert len(asked) == 1


async def test_a_call_that_was_not_recorded_is_given_up() -> None:
    catch_up = CatchUp(MemoryBus(), MemoryStore())
    await catch_up.handle(deferred())
    await catch_up.handle(ended("recordings/a.wav"))
    assert catch_up.pending == 1
    await catch_up.handle(ended(None))
    assert catch_up.pending == 0


async def test_after_a_day_it_is_given_up() -> None:
    catch_up = CatchUp(MemoryBus(), MemoryStore())
    await catch_up.handle(deferred())
    await catch_up.handle(beat(at=100_000.0))
    assert catch_up.pending == 0

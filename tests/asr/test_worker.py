"""A leg's sound goes in by UDP, its words come out as events."""

from __future__ import annotations

import asyncio
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from asr.config import AsrConfig
from asr.recognizer import Recognizers
from asr.worker import AsrWorker
from core.agreeing import OwnKey
from core.causes import EndCause
from core.commands import EndCall, StartTranscription, StopTranscription, TranscribeRecording
from core.events import (
    AsrWorkerHeartbeat,
    SpeechHeard,
    TranscriptFinal,
    TranscriptionFailed,
    TranscriptPartial,
)
from core.files import Copies
from core.ids import CallId, LegId, StreamId, WorkerId
from core.model import Speaker
from core.ports import Unavailable
from tests.asr.taps import Tap, packets
from tests.peers.memory_bus import MemoryBus
from tests.peers.spoken import prompt, silence
from tests.peers.waiting import PATIENCE_S

CALL, LEG, STREAM = CallId("call_1"), LegId("leg_1"), StreamId("stream_1")
ADDRESSEE = "asr:asr_1"


class WallClock:
    def now(self) -> float:
        return time.time()


class Installation:
    """One worker and the bus it serves."""

    def __init__(self, bus: MemoryBus, data_dir: Path) -> None:
        self.bus = bus
        self.data_dir = data_dir
        self.taps: list[Tap] = []

    async def start(
        self, *phrases: str, speaker: Speaker = Speaker.CUSTOMER, language: str = "en", key: OwnKey | None = None
    ) -> Tap:
        command = StartTranscription(
            stream_id=STREAM,
            call_id=CALL,
            leg_id=LEG,
            speaker=speaker,
            phrases=phrases,
            language=language,
            node_key=key.public if key is not None else b"",
        )
        answer = await self.bus.send(ADDRESSEE, command)
        assert answer.ok, answer.reason
        return self.tap(answer.result["port"], answer.result["ssrc"], key, answer.result["public_key"])

    def tap(self, port: int, ssrc: int, key: OwnKey | None = None, recognizers: bytes = b"") -> Tap:
        self.taps.append(Tap("127.0.0.1", port, ssrc, key=key, recognizers=recognizers))
        return self.taps[-1]

    async def no_streams(self) -> None:
        """Waits until a heartbeat after now says so."""
        now = time.time()
        async for _, event in self.bus.events("0"):
            if isinstance(event, AsrWorkerHeartbeat) and event.at > now and event.streams == 0:
                return

    async def stop(self) -> None:
        answer = await self.bus.send(ADDRESSEE, StopTranscription(stream_id=STREAM))
        assert answer.ok


@asynccontextmanager
async def running(
    recognizers: Recognizers, data_dir: Path, recordings: Copies | None = None, **settings: float
) -> AsyncIterator[Installation]:
    bus = MemoryBus()
    installation = Installation(bus, data_dir)
    config = AsrConfig(worker_id=WorkerId("asr_1"), data_dir=data_dir, threads=1, heartbeat_s=0.2, **settings)  # type: ignore[arg-type]
    worker = asyncio.create_task(AsrWorker(bus, config, recognizers, WallClock(), recordings).run(), name="worker")
    try:
        await bus.wait_for(AsrWorkerHeartbeat)
        yield installation
    finally:
        for tap in installation.taps:
            tap.close()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


@pytest.fixture
async def installation(recognizers: Recognizers, tmp_path: Path) -> AsyncIterator[Installation]:
    async with running(recognizers, tmp_path) as it:
        yield it


async def test_words_appear_while_they_are_spoken_and_stay_when_the_sentence_ends(installation: Installation) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    tap = await installation.start()
    waited_ms = 1000 * (loop.time() - began)  # the stream's time begins with the command
    await tap.say(np.concatenate([silence(0.4), prompt("cannot-complete-as-dialed"), silence(1.5)]))
    final = await installation.bus.wait_for(TranscriptFinal)
    partials = installation.bus.of_type(TranscriptPartial)
    assert final.text == "your call cannot be completed as dialed"
    assert final.speaker is Speaker.CUSTOMER
    assert [word.text for word in final.words] == final.text.split()
    assert 300 <= final.start_ms <= 900 + waited_ms
    assert partials
    assert {partial.utterance for partial in partials} == {final.utterance}
    assert len(partials[0].text.split()) < len(final.words)


async def test_what_people_say_is_never_logged(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    tap = await installation.start()
    await tap.say(np.concatenate([silence(0.4), prompt("cannot-complete-as-dialed"), silence(1.5)]))
    final = await installation.bus.wait_for(TranscriptFinal)
    await installation.stop()
    await asyncio.wait_for(installation.no_streams(), PATIENCE_S)
    logged = capsys.readouterr()
    assert "transcription_ended" in logged.out
    for word in final.text.split():
        assert f" {word} " not in logged.out + logged.err


async def test_stopping_flushes_the_sentence_that_is_still_open(installation: Installation) -> None:
    tap = await installation.start()
    await tap.say(prompt("invalid"))
    await installation.stop()
    final = await installation.bus.wait_for(TranscriptFinal)
    assert "sorry" in final.text


async def test_a_spoken_choice_is_heard_from_a_list(installation: Installation) -> None:
    tap = await installation.start("billing", "one", "two")
    await tap.say(np.concatenate([silence(0.3), prompt("digits/1"), silence(1.2)]))
    heard = await installation.bus.wait_for(SpeechHeard)
    assert heard.phrase == "one"
    assert heard.confidence > 0.5
    assert installation.bus.of_type(TranscriptFinal) == []


async def test_something_else_than_the_choices_is_no_choice(installation: Installation) -> None:
    tap = await installation.start("billing", "technical support")
    await tap.say(np.concatenate([silence(0.3), prompt("cannot-complete-as-dialed"), silence(1.2)]))
    heard = await installation.bus.wait_for(SpeechHeard)
    assert heard.phrase == ""


async def test_starting_twice_gives_the_same_address(installation: Installation) -> None:
    command = StartTranscription(stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT)
    first = await installation.bus.send(ADDRESSEE, command)
    assert (await installation.bus.send(ADDRESSEE, command)).result == first.result


async def test_encrypted_sound_is_heard_and_nothing_else_on_its_stream(installation: Installation) -> None:
    tap = await installation.start(key=OwnKey())
    spoken = np.concatenate([silence(0.4), prompt("cannot-complete-as-dialed"), silence(1.5)])
    in_the_clear = packets(prompt("vm-goodbye"), tap.ssrc)[:20]
    for datagram in in_the_clear:
        tap.send(datagram)
    await tap.say(spoken)
    final = await installation.bus.wait_for(TranscriptFinal)
    assert final.text == "your call cannot be completed as dialed"
    await installation.bus.wait_for(AsrWorkerHeartbeat, dropped_packets=len(in_the_clear))


async def test_a_nodes_key_that_is_none_is_refused(installation: Installation) -> None:
    command = StartTranscription(stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT, node_key=b"short")
    assert not (await installation.bus.send(ADDRESSEE, command)).ok
    await installation.no_streams()


async def test_malformed_and_foreign_packets_disturb_nothing(installation: Installation) -> None:
    tap = await installation.start()
    stranger = installation.tap(tap.port, ssrc=1)
    for datagram in (b"", b"\x80", b"\x00" * 40, b"\xff" * 12, b"\x90\x00" + b"\xff" * 14, b"\xbf" + b"\x00" * 30):
        stranger.send(datagram)
    await asyncio.gather(
        tap.say(np.concatenate([silence(0.4), prompt("cannot-complete-as-dialed"), silence(1.5)])),
        stranger.say(prompt("vm-goodbye")),
    )
    final = await installation.bus.wait_for(TranscriptFinal)
    assert final.text == "your call cannot be completed as dialed"
    beat = await installation.bus.wait_for(AsrWorkerHeartbeat, dropped_packets=6)
    assert beat.streams == 1


async def test_a_recording_is_transcribed_after_the_call(installation: Installation) -> None:
    agent = np.concatenate([silence(3.0), prompt("cannot-complete-as-dialed"), silence(1.0)])
    stereo = np.stack([np.zeros_like(agent), agent], axis=1)
    with wave.open(str(installation.data_dir / "call.wav"), "wb") as opened:
        opened.setparams((2, 2, 8000, 0, "NONE", ""))
        opened.writeframes(stereo.tobytes())
    command = TranscribeRecording(
        stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT, path="call.wav", channel=1, from_ms=1000
    )
    assert (await installation.bus.send(ADDRESSEE, command)).ok
    final = await installation.bus.wait_for(TranscriptFinal, late=True)
    assert final.text == "your call cannot be completed as dialed"
    assert 2900 <= final.start_ms <= 3500


async def test_a_recording_that_cannot_be_read_is_said_to_be_so(installation: Installation) -> None:
    (installation.data_dir / "broken.wav").write_bytes(b"RIFF????WAVE")
    for path in ("broken.wav", "missing.wav"):
        command = TranscribeRecording(stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT, path=path, channel=0)
        assert (await installation.bus.send(ADDRESSEE, command)).ok
    await installation.bus.wait_for(TranscriptionFailed, reason="the recording does not exist")
    outside = TranscribeRecording(
        stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT, path="../secret.wav", channel=0
    )
    assert "outside" in (await installation.bus.send(ADDRESSEE, outside)).reason


class OnItsWay:
    """A store that has the recording at the third look."""

    def __init__(self, arriving: Path) -> None:
        self.looks = 0
        self._arriving = arriving

    @asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[Path]:
        self.looks += 1
        if self.looks < 3:
            raise Unavailable("the file is not in the store yet")
        yield self._arriving / name


async def test_a_recording_that_is_on_its_way_is_waited_for(recognizers: Recognizers, tmp_path: Path) -> None:
    store = OnItsWay(tmp_path)
    speech = np.concatenate([prompt("cannot-complete-as-dialed"), silence(1.0)])
    with wave.open(str(tmp_path / "call.wav"), "wb") as opened:
        opened.setparams((1, 2, 8000, 0, "NONE", ""))
        opened.writeframes(speech.tobytes())
    async with running(recognizers, tmp_path, store, fetch_again_s=0.01) as it:
        command = TranscribeRecording(
            stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.CUSTOMER, path="call.wav", channel=0
        )
        assert (await it.bus.send(ADDRESSEE, command)).ok
        assert (await it.bus.wait_for(TranscriptFinal, late=True)).text == "your call cannot be completed as dialed"
    assert store.looks == 3


async def test_without_a_model_it_runs_and_says_so(tmp_path: Path) -> None:
    async with running({}, tmp_path) as it:
        assert it.bus.of_type(AsrWorkerHeartbeat)[0].model is None
        command = StartTranscription(stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.CUSTOMER)
        answer = await it.bus.send(ADDRESSEE, command)
        assert not answer.ok
        assert "no speech model" in answer.reason


async def test_a_command_for_others_is_refused(installation: Installation) -> None:
    answer = await installation.bus.send(ADDRESSEE, EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
    assert not answer.ok


async def test_what_was_said_while_the_bus_was_away_arrives_later(installation: Installation) -> None:
    tap = await installation.start()
    installation.bus.go_away()
    await tap.say(np.concatenate([silence(0.4), prompt("cannot-complete-as-dialed"), silence(1.5)]))
    await installation.bus.come_back()
    final = await installation.bus.wait_for(TranscriptFinal)
    assert final.text == "your call cannot be completed as dialed"


async def test_a_stream_without_sound_ends(recognizers: Recognizers, tmp_path: Path) -> None:
    async with running(recognizers, tmp_path, silence_limit_s=0.3) as it:
        await it.start()
        failed = await it.bus.wait_for(TranscriptionFailed)
        assert failed.reason.startswith("no sound came")
        await asyncio.wait_for(it.no_streams(), PATIENCE_S)


async def test_a_full_worker_refuses_live_text_but_hears_a_choice(recognizers: Recognizers, tmp_path: Path) -> None:
    async with running(recognizers, tmp_path, max_streams=0) as it:
        command = StartTranscription(stream_id=STREAM, call_id=CALL, leg_id=LEG, speaker=Speaker.AGENT)
        answer = await it.bus.send(ADDRESSEE, command)
        assert not answer.ok
        await it.start("one", "two")  # a caller waits for this one

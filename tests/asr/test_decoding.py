"""Threads decode in order, drop the oldest when they cannot follow, and outlive a recognizer that gives up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from asr.chunk_scheduler import AT_ONCE
from asr.chunker import Chunk
from asr.decoding import DecodingThreads
from asr.listener import Listener
from asr.recognizer import HeardWord, RecognitionFailed
from asr.transcript import FinalText, Heard
from asr.voice_activity_gate import VoiceActivityGate

LIMIT_S = 10.0
SPEECH = b"\x20" * 800


class EverythingIsSpeech:
    def voiced(self, pcm: bytes) -> Sequence[bool]:
        return [True] * (len(pcm) // 320)


class Counting:
    """Counts what it is fed; may be held up, may give up."""

    schedule = AT_ONCE

    def __init__(self, held: threading.Event | None = None, fails_after: int = 10**9) -> None:
        self.samples = 0
        self._held = held
        self._fails_after = fails_after

    def accept(self, pcm: bytes) -> Sequence[HeardWord] | None:
        if self._held is not None:
            assert self._held.wait(LIMIT_S)
        self.samples += len(pcm) // 2
        if self.samples > self._fails_after:
            raise RecognitionFailed("lattice")
        return None

    def partial(self) -> str:
        return ""

    def finish(self) -> Sequence[HeardWord]:
        return [HeardWord(text=str(self.samples), start_s=0.0, end_s=0.1, confidence=1.0)]


class Outcome:
    """What a stream said, and the wait for its end."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.reason = ""
        self._ended = threading.Event()

    def on_heard(self, heard: Sequence[Heard], finished: bool) -> None:
        self.heard += heard
        if finished:
            self._ended.set()

    def on_failed(self, reason: str) -> None:
        self.reason = reason
        self._ended.set()

    def wait(self) -> None:
        assert self._ended.wait(LIMIT_S)


def listener(recognizer: Counting) -> Listener:
    return Listener(recognizer, EverythingIsSpeech(), VoiceActivityGate())


def test_all_sound_is_decoded_before_the_stream_is_finished() -> None:
    threads, outcome = DecodingThreads(2), Outcome()
    threads.start()
    stream = threads.add(listener(Counting()), outcome.on_heard, outcome.on_failed)
    for number in range(30):
        stream.push(Chunk(number * 800, SPEECH))
    stream.finish()
    outcome.wait()
    threads.stop()
    assert [text.text for text in outcome.heard if isinstance(text, FinalText)] == ["24000"]


def test_a_stream_that_cannot_be_followed_loses_its_oldest_sound_and_counts_it() -> None:
    held, outcome = threading.Event(), Outcome()
    threads = DecodingThreads(1, max_waiting_s=1.0)
    stream = threads.add(listener(Counting(held)), outcome.on_heard, outcome.on_failed)
    for number in range(25):
        stream.push(Chunk(number * 800, SPEECH))
    assert stream.dropped_chunks == 15
    held.set()
    threads.start()
    stream.finish()
    outcome.wait()
    threads.stop()
    final = next(text for text in outcome.heard if isinstance(text, FinalText))
    assert int(final.text) <= 10 * 800


def test_a_recognizer_that_gives_up_ends_its_stream_only() -> None:
    threads, broken, sound = DecodingThreads(1), Outcome(), Outcome()
    threads.start()
    first = threads.add(listener(Counting(fails_after=1000)), broken.on_heard, broken.on_failed)
    second = threads.add(listener(Counting()), sound.on_heard, sound.on_failed)
    for number in range(10):
        first.push(Chunk(number * 800, SPEECH))
        second.push(Chunk(number * 800, SPEECH))
    broken.wait()
    second.finish()
    sound.wait()
    threads.stop()
    assert broken.reason == "lattice"
    assert [text.text for text in sound.heard if isinstance(text, FinalText)] == ["8000"]


def test_streams_are_spread_over_the_threads_and_load_is_a_share() -> None:
    threads = DecodingThreads(3)
    streams = [threads.add(listener(Counting()), lambda *_: None, lambda _: None) for _ in range(6)]
    assert threads.lag_s() == 0.0
    assert threads.load(1.0) == 0.0
    assert 0.0 <= threads.load(2.0) <= 1.0
    for stream in streams:
        stream.push(Chunk(0, SPEECH))
    assert threads.lag_s() > 0.0

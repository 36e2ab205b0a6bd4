"""From samples to text with a recognizer that hears levels, so that every step can be seen."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from asr.chunk_scheduler import AT_ONCE
from asr.listener import Listener
from asr.recognizer import HeardWord
from asr.transcript import FinalText, Heard, PartialText
from asr.voice_activity_gate import VoiceActivityGate

RATE = 8000


class LoudIsSpeech:
    def voiced(self, pcm: bytes) -> Sequence[bool]:
        frames = np.frombuffer(pcm, dtype=np.int16).reshape(-1, 160)
        return [bool(loud) for loud in np.abs(frames).max(axis=1, initial=0) > 100]


class LevelRecognizer:
    """Hears each second of sound it is fed as a word; ends an utterance after `endpoint_after` words."""

    schedule = AT_ONCE

    def __init__(self, endpoint_after: float = math.inf) -> None:
        self.fed = 0
        self._begin = 0
        self._endpoint_after = endpoint_after

    def accept(self, pcm: bytes) -> Sequence[HeardWord] | None:
        self.fed += len(pcm) // 2
        return self.finish() if (self.fed - self._begin) / RATE >= self._endpoint_after else None

    def partial(self) -> str:
        return " ".join(word.text for word in self._words())

    def finish(self) -> Sequence[HeardWord]:
        words, self._begin = self._words(), self.fed
        return words

    def _words(self) -> list[HeardWord]:
        seconds = range(round((self.fed - self._begin) / RATE))
        begin = self._begin / RATE
        return [HeardWord(text=f"w{n}", start_s=begin + n, end_s=begin + n + 1, confidence=1.0) for n in seconds]


def speech(seconds: float) -> bytes:
    return np.full(int(seconds * RATE), 1000, dtype=np.int16).tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * RATE))


def listen(listener: Listener, sound: bytes, begin: int = 0, chunk: int = 1600) -> list[Heard]:
    heard: list[Heard] = []
    for at in range(0, len(sound), chunk):
        heard += listener.push(sound[at : at + chunk], begin + at // 2)
    return heard


def finals(heard: list[Heard]) -> list[FinalText]:
    return [text for text in heard if isinstance(text, FinalText)]


def test_two_sentences_are_two_finals_at_their_places() -> None:
    recognizer = LevelRecognizer()
    listener = Listener(recognizer, LoudIsSpeech(), VoiceActivityGate())
    heard = finals(listen(listener, silence(3) + speech(2) + silence(4) + speech(2) + silence(4)))
    assert [final.utterance for final in heard] == [0, 1]
    assert [final.start_ms // 100 for final in heard] == [25, 85]
    assert recognizer.fed < 7 * RATE


def test_the_sound_is_decoded_the_same_however_it_is_cut() -> None:
    sound = silence(1) + speech(2) + silence(2)
    whole = [
        listen(Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate()), sound, chunk=chunk)
        for chunk in (320, 1600, 1234)
    ]
    assert finals(whole[0]) == finals(whole[1]) == finals(whole[2]) != []


def test_an_endpoint_inside_the_gate_is_a_final_of_its_own() -> None:
    listener = Listener(LevelRecognizer(endpoint_after=1.0), LoudIsSpeech(), VoiceActivityGate())
    heard = finals(listen(listener, speech(3.2) + silence(2)))
    assert [final.utterance for final in heard] == list(range(len(heard)))
    assert len(heard) >= 3
    assert all(before.end_ms <= after.start_ms for before, after in itertools.pairwise(heard))


def test_partials_come_as_often_as_they_may() -> None:
    def partials(interval_s: float) -> int:
        listener = Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate(), partial_interval_s=interval_s)
        return sum(isinstance(text, PartialText) for text in listen(listener, speech(5)))

    assert partials(0.2) == 5  # one for each word, as each changes the text once
    assert partials(2.0) == 2
    assert partials(math.inf) == 0


def test_a_hole_in_the_sound_ends_the_sentence() -> None:
    listener = Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate())
    assert finals(listen(listener, speech(2))) == []
    heard = finals(listen(listener, silence(0.1), begin=60 * RATE))
    assert len(heard) == 1
    assert finals(listen(listener, speech(2) + silence(2), begin=60 * RATE + 800))[0].start_ms // 1000 == 60


def test_the_end_of_the_stream_ends_the_sentence() -> None:
    listener = Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate())
    listen(listener, speech(2))
    assert len(finals(listener.finish())) == 1
    assert listener.finish() == []


def test_a_lost_passage_ends_the_sentence_and_the_rest_is_another() -> None:
    listener = Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate())
    sound = speech(6) + silence(2)
    passages = [p for at in range(0, len(sound), 1600) for p in listener.segmenter.push(sound[at : at + 1600], at // 2)]
    heard = finals([text for passage in (*passages[:20], *passages[30:]) for text in listener.recognize(passage)])
    assert [final.utterance for final in heard] == [0, 1]
    assert heard[1].start_ms == passages[30].begin * 1000 // RATE


def test_a_sentence_whose_last_passage_was_lost_ends_with_the_next_one() -> None:
    listener = Listener(LevelRecognizer(), LoudIsSpeech(), VoiceActivityGate())
    sound = speech(2) + silence(2) + speech(2)
    passages = [p for at in range(0, len(sound), 1600) for p in listener.segmenter.push(sound[at : at + 1600], at // 2)]
    heard = finals([text for passage in passages if not passage.ends for text in listener.recognize(passage)])
    assert len(heard) == 1
    assert len(finals(listener.end())) == 1
    assert listener.end() == []

"""Vosk behind the recognizer port; the only file that imports it.

A language has two graphs: the composed one for dictation, shared by all streams, and the lookahead pair for phrase
lists, loaded when the first phrase list is asked for (it costs 120 MB). Vosk releases the GIL while it decodes.

How long the network's blocks are is measured when a model is loaded (0.1 s); both graphs belong to the same network.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import vosk

from asr.chunk_scheduler import AT_ONCE, ChunkSchedule, find
from asr.model_files import SpeechModel
from asr.recognizer import RATE_HZ, HeardWord, NoPhrases, RecognitionFailed, RecognizerFactory

_UNKNOWN = "[unk]"
"""What a phrase-list recognizer writes for words outside its list."""
_STEP = RATE_HZ // 100
"""Kaldi's frames are 10 ms apart."""
_STEPS = 300
_TRIES = 3

vosk.SetLogLevel(-1)


class _VoskWord(msgspec.Struct):
    word: str
    start: float
    end: float
    conf: float = 1.0


class _VoskResult(msgspec.Struct):
    result: list[_VoskWord] = []
    text: str = ""


class _VoskPartial(msgspec.Struct):
    partial: str = ""


_result_decoder = msgspec.json.Decoder(_VoskResult)
_partial_decoder = msgspec.json.Decoder(_VoskPartial)


class VoskRecognizer:
    """One `KaldiRecognizer`."""

    def __init__(self, recognizer: vosk.KaldiRecognizer, schedule: ChunkSchedule = AT_ONCE) -> None:
        self.schedule = schedule
        self._recognizer = recognizer
        self._recognizer.SetWords(True)

    def accept(self, pcm: bytes) -> Sequence[HeardWord] | None:
        try:
            ended = self._recognizer.AcceptWaveform(pcm)
        except Exception as error:  # Vosk raises nothing narrower
            raise RecognitionFailed(str(error)) from error
        if not ended:
            return None
        return _words(self._recognizer.Result())

    def partial(self) -> str:
        return _partial_decoder.decode(self._recognizer.PartialResult()).partial

    def finish(self) -> Sequence[HeardWord]:
        return _words(self._recognizer.FinalResult())


def _words(result: str) -> Sequence[HeardWord]:
    return [
        HeardWord(text=word.word, start_s=word.start, end_s=word.end, confidence=word.conf)
        for word in _result_decoder.decode(result).result
    ]


class VoskFactory:
    """One language's model."""

    def __init__(self, model: SpeechModel) -> None:
        self.language = model.language
        self.name = model.name
        self._live = _load(model.live)
        self._chunk_schedule = _chunk_schedule(self._live)
        self._phrases_path = model.phrases
        self._phrases: vosk.Model | None = None
        self._lock = threading.Lock()

    def dictation(self) -> VoskRecognizer:
        return VoskRecognizer(vosk.KaldiRecognizer(self._live, RATE_HZ), self._chunk_schedule)

    def choice(self, phrases: Sequence[str]) -> VoskRecognizer:
        """The first call loads the second graph: 0.3 s."""
        grammar = json.dumps([*(phrase.lower() for phrase in phrases), _UNKNOWN])
        return VoskRecognizer(vosk.KaldiRecognizer(self._phrases_model(), RATE_HZ, grammar), self._chunk_schedule)

    def unknown_words(self, phrases: Sequence[str]) -> tuple[str, ...]:
        words = dict.fromkeys(word for phrase in phrases for word in phrase.lower().split())
        return tuple(word for word in words if self._live.vosk_model_find_word(word) < 0)

    def _phrases_model(self) -> vosk.Model:
        with self._lock:
            if self._phrases_path is None:
                raise NoPhrases(f"the model {self.name} has no lookahead graph (HCLr.fst, Gr.fst), which phrase lists need")
            if self._phrases is None:
                self._phrases = _load(self._phrases_path)
            return self._phrases


def _chunk_schedule(model: vosk.Model) -> ChunkSchedule:
    # Noise will do: the network computes the same whatever it hears. Of each step the cheapest of a few tries: it is the one
    # that nothing else has disturbed.
    noise = np.random.default_rng(0).normal(0.0, 300.0, _STEP * _STEPS).astype(np.int16).reshape(_STEPS, _STEP)
    steps = [step.tobytes() for step in noise]
    tries = [_costs(vosk.KaldiRecognizer(model, RATE_HZ), steps) for _ in range(_TRIES)]
    return find([min(costs) for costs in zip(*tries, strict=True)], _STEP)


def _costs(recognizer: vosk.KaldiRecognizer, steps: Sequence[bytes]) -> list[float]:
    costs = []
    for step in steps:
        began = time.thread_time()
        recognizer.AcceptWaveform(step)
        costs.append(time.thread_time() - began)
    return costs


class ModelNotLoaded(RuntimeError):
    """Vosk refused a model folder; the message names it."""


def _load(folder: Path) -> vosk.Model:
    try:
        return vosk.Model(str(folder))
    except Exception as error:  # Vosk raises nothing narrower
        raise ModelNotLoaded(f"Vosk cannot load the model in {folder}") from error


def load_recognizers(models: Sequence[SpeechModel]) -> dict[str, RecognizerFactory]:
    """All languages' models, loaded now. Raises `ModelNotLoaded`."""
    return {model.language: VoskFactory(model) for model in models}

"""Vosk behind the recognizer port; the only file that imports it.

A language has two graphs: the composed one for dictation, shared by all streams, and the lookahead pair for phrase
lists, loaded when the first phrase list is asked for (it costs 120 MB). Vosk releases the GIL while it decodes.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
import vosk

from asr.model_files import SpeechModel
from asr.recognizer import RATE_HZ, HeardWord, NoPhrases, RecognitionFailed, RecognizerFactory

_SOMETHING_ELSE = "[unk]"

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

    def __init__(self, recognizer: vosk.KaldiRecognizer) -> None:
        self._recognizer = recognizer
        self._recognizer.SetWords(True)

    def accept(self, pcm: bytes) -> Sequence[HeardWord] | None:
        try:
            ended = self._recognizer.AcceptWaveform(pcm)
        except Exception as error:
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
        self._phrases_path = model.phrases
        self._phrases: vosk.Model | None = None
        self._lock = threading.Lock()

    def dictation(self) -> VoskRecognizer:
        return VoskRecognizer(vosk.KaldiRecognizer(self._live, RATE_HZ))

    def choice(self, phrases: Sequence[str]) -> VoskRecognizer:
        """The first call loads the second graph: 0.3 s."""
        grammar = json.dumps([*(phrase.lower() for phrase in phrases), _SOMETHING_ELSE])
        return VoskRecognizer(vosk.KaldiRecognizer(self._phrases_model(), RATE_HZ, grammar))

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


class ModelNotLoaded(RuntimeError):
    """Vosk refused a model folder; the message names it."""


def _load(folder: Path) -> vosk.Model:
    try:
        return vosk.Model(str(folder))
    except Exception as error:
        raise ModelNotLoaded(f"Vosk cannot load the model in {folder}") from error


def load_recognizers(models: Sequence[SpeechModel]) -> dict[str, RecognizerFactory]:
    """All languages' models, loaded now. Raises `ModelNotLoaded`."""
    return {model.language: VoskFactory(model) for model in models}

"""Three ways to decode legs that lie ready: bare prompts, Patchbay's listener, and Vosk as vosk-server uses it.

All are given 8 kHz sound in the chunks they would get live, and one core.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import vosk

from asr.listener import Listener
from asr.model_files import SpeechModel
from asr.recognizer import RATE_HZ
from asr.transcript import FinalText
from asr.voice_activity import WebRtcDetector
from asr.voice_activity_gate import VoiceActivityGate
from asr.vosk_recognizer import VoskFactory
from bench.asr_legs import SpokenLeg

_CHUNK = 1600
_SERVER_CHUNK = 3200  # vosk-server's own clients send 0.2 s

Measured = tuple[list[str], float, float]
"""Texts, processor seconds, megabytes for each stream while all are open."""


def prompts(model: Path, spoken: Sequence[SpokenLeg]) -> Measured:
    """Each prompt whole, by a fresh recognizer, without a gate: what the graph is worth."""
    factory = VoskFactory(SpeechModel(language="en", name="bench", live=model))
    texts = []
    began = time.process_time()
    for leg in spoken:
        recognizer = factory.dictation()
        found = [word for chunk in _chunks(leg, _CHUNK) for word in recognizer.accept(chunk) or ()]
        texts.append(" ".join(word.text for word in [*found, *recognizer.finish()]))
    return texts, time.process_time() - began, 0.0


def patchbay(model: Path, spoken: Sequence[SpokenLeg]) -> Measured:
    """The legs at the same time through gate and listener, with partials, as the worker decodes them."""
    factory = VoskFactory(SpeechModel(language="en", name="bench", live=model))
    before = _memory_mb()
    listeners = [Listener(factory.dictation(), WebRtcDetector(), VoiceActivityGate()) for _ in spoken]
    heard: list[list[str]] = [[] for _ in spoken]
    began = time.process_time()
    for number, chunks in enumerate(zip(*(_chunks(leg, _CHUNK) for leg in spoken), strict=True)):
        for listener, chunk, texts in zip(listeners, chunks, heard, strict=True):
            found = listener.push(chunk, number * _CHUNK // 2)
            texts += [text.text for text in found if isinstance(text, FinalText)]
    cpu_s, used_mb = time.process_time() - began, _memory_mb() - before
    for listener, texts in zip(listeners, heard, strict=True):
        texts += [text.text for text in listener.finish() if isinstance(text, FinalText)]
    return [" ".join(texts) for texts in heard], cpu_s, used_mb / len(spoken)


def vosk_server(model: Path, spoken: Sequence[SpokenLeg]) -> Measured:
    """The calls of vosk-server's asr_server.py without its sockets: a recognizer for each leg on the graph as shipped,
    a partial result for each chunk."""
    loaded = vosk.Model(str(model))
    before = _memory_mb()
    recognizers = [vosk.KaldiRecognizer(loaded, RATE_HZ) for _ in spoken]
    heard: list[list[str]] = [[] for _ in spoken]
    for recognizer in recognizers:
        recognizer.SetWords(True)
    began = time.process_time()
    for chunks in zip(*(_chunks(leg, _SERVER_CHUNK) for leg in spoken), strict=True):
        for recognizer, chunk, texts in zip(recognizers, chunks, heard, strict=True):
            if recognizer.AcceptWaveform(chunk):
                texts.append(json.loads(recognizer.Result())["text"])
            else:
                recognizer.PartialResult()
    cpu_s, used_mb = time.process_time() - began, _memory_mb() - before
    for recognizer, texts in zip(recognizers, heard, strict=True):
        texts.append(json.loads(recognizer.FinalResult())["text"])
    return [" ".join(texts) for texts in heard], cpu_s, used_mb / len(spoken)


def _chunks(leg: SpokenLeg, size: int) -> list[bytes]:
    pcm = leg.samples.tobytes()
    return [pcm[begin : begin + size] for begin in range(0, len(pcm), size)]


def _memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


WAYS: dict[str, Callable[[Path, Sequence[SpokenLeg]], Measured]] = {
    "prompts": prompts,
    "legs": patchbay,
    "vosk_server": vosk_server,
}

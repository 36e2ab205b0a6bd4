"""What a speech recognizer must offer; `vosk_recognizer.py` does.

Times count the samples that were fed to this recognizer, across utterances: it knows nothing of the call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from asr.chunk_scheduler import ChunkSchedule
from core.model import Value

RATE_HZ = 8000
"""Recognizers take mono 16-bit samples at this rate."""


class HeardWord(Value, frozen=True, kw_only=True):
    """One word and where it was in the sound fed so far."""

    text: str
    start_s: float
    end_s: float
    confidence: float


class Recognizer(Protocol):
    """One stream's ear. Used by one thread at a time; its calls take the time that decoding takes, and raise
    `RecognitionFailed`."""

    @property
    def schedule(self) -> ChunkSchedule:
        """When sound of an utterance, which begins after `finish`, brings something new."""
        ...

    def accept(self, pcm: bytes) -> Sequence[HeardWord] | None:
        """Decodes on; the words of the utterance when the recognizer finds its end here, otherwise None."""
        ...

    def partial(self) -> str:
        """The utterance as far as it is understood now."""
        ...

    def finish(self) -> Sequence[HeardWord]:
        """Ends the utterance here and returns its words; the next `accept` begins another."""
        ...


class RecognizerFactory(Protocol):
    """One language's model, shared by all its recognizers."""

    @property
    def language(self) -> str: ...

    @property
    def name(self) -> str:
        """Of the model, for people."""
        ...

    def dictation(self) -> Recognizer:
        """Hears anything."""
        ...

    def choice(self, phrases: Sequence[str]) -> Recognizer:
        """Hears one of the phrases, or something else. Raises `NoPhrases` when the model cannot."""
        ...

    def unknown_words(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Words that the model can never hear."""
        ...


class RecognitionFailed(RuntimeError):
    """The recognizer gave up on this stream; the message is its own."""


class NoPhrases(RuntimeError):
    """This model has no graph for phrase lists; the message says what is missing."""


Recognizers = Mapping[str, RecognizerFactory]
"""By language; empty when there is no model."""


def for_language(recognizers: Recognizers, language: str) -> RecognizerFactory | None:
    """The language's own model, else that of its base language (``en-GB`` → ``en``)."""
    return recognizers.get(language) or recognizers.get(language.split("-", maxsplit=1)[0].lower())

"""Turns what a recognizer heard into utterances with words timed on the call leg's own clock.

Pure. The recognizer counts only the sound it was fed; the gate keeps silence from it. `Timeline` remembers what was fed
when, so that a word's place in the fed sound becomes its place in the stream, which begins with the leg.

Invariant: utterance numbers rise by one with each final; partials carry the number of the final that will replace them;
an utterance that was shown is always ended by a final, with an empty text if nothing remained of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from asr.recognizer import RATE_HZ, HeardWord
from core.model import Value, Word

CONTINUATION = "<+>"
"""Written by the adapted graph for the second and later parts of a word that is spoken as several
(tools/speech/compose_graph.cpp)."""


class PartialText(Value, frozen=True, kw_only=True):
    """An utterance as far as it is understood; may change."""

    utterance: int
    text: str
    start_ms: int


class FinalText(Value, frozen=True, kw_only=True):
    """An utterance as it stays."""

    utterance: int
    text: str
    start_ms: int
    end_ms: int
    words: tuple[Word, ...]


Heard = PartialText | FinalText


class Timeline:
    """Where in the stream each stretch of fed sound came from."""

    def __init__(self) -> None:
        self._stretches: list[tuple[int, int]] = [(0, 0)]
        """(samples fed before it, position in the stream) of each stretch, in order."""
        self._fed = 0

    @property
    def end_ms(self) -> int:
        """Position in the stream right after the last sound fed."""
        fed, position = self._stretches[-1]
        return _ms(position + self._fed - fed)

    def feed(self, samples: int, position: int) -> None:
        """`samples` were fed that began at `position` in the stream."""
        fed, start = self._stretches[-1]
        if position != start + self._fed - fed:
            self._stretches.append((self._fed, position))
        self._fed += samples

    def to_ms(self, fed_s: float) -> int:
        """Milliseconds in the stream of a time in the fed sound."""
        samples = round(fed_s * RATE_HZ)
        fed, position = next((s for s in reversed(self._stretches) if s[0] <= samples), self._stretches[0])
        return _ms(position + samples - fed)

    def forget_before_last(self) -> None:
        """An utterance is over: earlier stretches are not asked for again."""
        del self._stretches[:-1]


class Transcript:
    """One stream's utterances."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._utterance = 0
        self._shown = ""
        self._begin_ms: int | None = None

    def begin(self, at_ms: int) -> None:
        """Sound of a new utterance begins here, unless one is already going on."""
        if self._begin_ms is None:
            self._begin_ms = at_ms

    def partial(self, text: str) -> PartialText | None:
        """None when nothing changed."""
        text = _joined(text.split())
        if not text or text == self._shown:
            return None
        self._shown = text
        begin = self._timeline.end_ms if self._begin_ms is None else self._begin_ms
        return PartialText(utterance=self._utterance, text=text, start_ms=begin)

    def final(self, heard: Sequence[HeardWord]) -> FinalText | None:
        """None when nothing was said and nothing had been shown."""
        words = tuple(self._place(word) for word in _merged(heard))
        begin = self._timeline.end_ms if self._begin_ms is None else self._begin_ms
        shown, utterance = self._shown, self._utterance
        self._shown, self._begin_ms = "", None
        self._timeline.forget_before_last()
        if not words and not shown:
            return None
        self._utterance += 1
        return FinalText(
            utterance=utterance,
            text=" ".join(word.text for word in words),
            start_ms=words[0].start_ms if words else begin,
            end_ms=words[-1].end_ms if words else self._timeline.end_ms,
            words=words,
        )

    def _place(self, word: HeardWord) -> Word:
        return Word(
            text=word.text,
            start_ms=self._timeline.to_ms(word.start_s),
            end_ms=self._timeline.to_ms(word.end_s),
            confidence=round(word.confidence, 3),
        )


def in_call(heard: Heard, offset_ms: int, first_utterance: int) -> Heard:
    """A stream's utterance as part of its call: a stream that began later counts on from its offset."""
    changed = {"utterance": heard.utterance + first_utterance, "start_ms": heard.start_ms + offset_ms}
    if isinstance(heard, PartialText):
        return msgspec.structs.replace(heard, **changed)
    words = tuple(
        msgspec.structs.replace(word, start_ms=word.start_ms + offset_ms, end_ms=word.end_ms + offset_ms) for word in heard.words
    )
    return msgspec.structs.replace(heard, **changed, end_ms=heard.end_ms + offset_ms, words=words)


def _ms(samples: int) -> int:
    return samples * 1000 // RATE_HZ


def _joined(texts: Sequence[str]) -> str:
    return " ".join(text for text in texts if text != CONTINUATION)


def _merged(heard: Sequence[HeardWord]) -> list[HeardWord]:
    # The parts of a word that is spoken as several become that word, from its first to its last sound.
    merged: list[HeardWord] = []
    for word in heard:
        if word.text != CONTINUATION:
            merged.append(word)
        elif merged:
            first = merged[-1]
            merged[-1] = HeardWord(
                text=first.text, start_s=first.start_s, end_s=word.end_s, confidence=min(first.confidence, word.confidence)
            )
    return merged

"""From a stream's samples to the passages that are worth decoding: frames, detector, gate, the recognizer's schedule.

No threads, no clock, no network. Most of a call is not speech: whoever sifts first wakes a decoding thread only for sound that
is heard.

Invariant: a passage's sound follows that of the one before it, unless an utterance begins with it; an utterance that began
ends. Of an utterance, all sound that the gate let pass is in its passages, in order and once.
"""

from __future__ import annotations

import msgspec

from asr.chunk_scheduler import ChunkSchedule
from asr.recognizer import RATE_HZ
from asr.voice_activity_gate import FRAME_SAMPLES, SpeechDetector, VoiceActivityGate

_FRAME_BYTES = 2 * FRAME_SAMPLES
_OPENING = 5 * FRAME_SAMPLES
"""Voice is taken to have begun so long before the gate opened, until the words themselves say when."""


class Passage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Sound of one utterance on its way to the recognizer."""

    pcm: bytes
    """May be empty in the last passage."""
    begin: int
    """Of its first sample in the stream."""
    opened_ms: int | None = None
    """An utterance begins with this passage, its voice about here in the stream."""
    ends: bool = False
    """The utterance is over after it."""

    @property
    def end(self) -> int:
        return self.begin + len(self.pcm) // 2


class Segmenter:
    """One stream's. Used by one thread at a time."""

    def __init__(self, detector: SpeechDetector, gate: VoiceActivityGate, schedule: ChunkSchedule) -> None:
        self._detector = detector
        self._gate = gate
        self.schedule = schedule
        self._rest = b""
        self._position = 0
        """In the stream, of the first sample that was not yet looked at."""
        self._held: list[bytes] = []
        self._held_samples = 0
        self._held_until = 0
        """Passed the gate and waits for the recognizer's next block; in the stream, its end."""
        self._left = 0
        """Samples of this utterance that have left."""
        self._opened_ms: int | None = None

    def push(self, pcm: bytes, position: int) -> list[Passage]:
        """`pcm` (16-bit samples) begins at `position` (samples) of the stream; a hole before it ends the utterance."""
        passages: list[Passage] = []
        if position != self._position + len(self._rest) // 2:
            passages += self.finish()
            self._position = position
        sound = self._rest + pcm
        whole = len(sound) - len(sound) % _FRAME_BYTES
        self._rest = sound[whole:]
        for begin, voiced in zip(range(0, whole, _FRAME_BYTES), self._detector.voiced(sound[:whole]), strict=True):
            passed = self._gate.push(sound[begin : begin + _FRAME_BYTES], voiced)
            self._position += FRAME_SAMPLES
            if passed.opened:
                self._opened_ms = max(self._position - _OPENING, 0) * 1000 // RATE_HZ
            if passed.pcm:
                self._hold(passed.pcm)
            if passed.closed:
                passages.append(self._leave(ends=True))
        if self._held and self._left + self._held_samples >= self.schedule.next_after(self._left):
            passages.append(self._leave())
        return passages

    def finish(self) -> list[Passage]:
        """The stream pauses or ends: the utterance, if one is open, ends here."""
        self._rest = b""
        return [self._leave(ends=True)] if self._gate.close() else []

    def _hold(self, pcm: bytes) -> None:
        self._held.append(pcm)
        self._held_samples += len(pcm) // 2
        self._held_until = self._position

    def _leave(self, ends: bool = False) -> Passage:
        passage = Passage(
            pcm=b"".join(self._held), begin=self._held_until - self._held_samples, opened_ms=self._opened_ms, ends=ends
        )
        self._left = 0 if ends else self._left + self._held_samples
        self._held, self._held_samples, self._opened_ms = [], 0, None
        return passage

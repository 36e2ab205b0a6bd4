"""One stream's way from samples to text: frames, detector, gate, recognizer, transcript.

No threads, no clock, no network: what goes in decides what comes out, so live calls, recordings, tests and the bench
all use it.
"""

from __future__ import annotations

from asr.gate import FRAME_SAMPLES, Gate, SpeechDetector
from asr.recognizer import RATE_HZ, Recognizer
from asr.transcript import Heard, Timeline, Transcript

_FRAME_BYTES = 2 * FRAME_SAMPLES
_OPENING = 5 * FRAME_SAMPLES
"""Voice is taken to have begun so long before the gate opened, until the words themselves say when."""


class Listener:
    """Owns one recognizer. Used by one thread at a time."""

    def __init__(
        self,
        recognizer: Recognizer,
        detector: SpeechDetector,
        gate: Gate,
        *,
        partial_interval_s: float = 0.2,
    ) -> None:
        self.partial_interval_s = partial_interval_s
        """Of sound between two partials; larger is cheaper; infinite means none."""
        self._recognizer = recognizer
        self._detector = detector
        self._gate = gate
        self._timeline = Timeline()
        self._transcript = Transcript(self._timeline)
        self._rest = b""
        self._position = 0
        """In the stream, of the first sample that was not yet looked at."""
        self._passed_until = 0
        """In the stream, after the last frame that the gate let pass."""
        self._since_partial = 0

    def push(self, pcm: bytes, position: int) -> list[Heard]:
        """`pcm` (16-bit samples) begins at `position` (samples) of the stream; a hole before it ends the utterance."""
        heard: list[Heard] = []
        if position != self._position + len(self._rest) // 2:
            heard += self.finish()
            self._position = position
        sound = self._rest + pcm
        whole = len(sound) - len(sound) % _FRAME_BYTES
        self._rest = sound[whole:]
        waiting: list[bytes] = []
        for begin, voiced in zip(range(0, whole, _FRAME_BYTES), self._detector.voiced(sound[:whole]), strict=True):
            passed = self._gate.push(sound[begin : begin + _FRAME_BYTES], voiced)
            self._position += FRAME_SAMPLES
            if passed.opened:
                self._transcript.begin(max(self._position - _OPENING, 0) * 1000 // RATE_HZ)
            if passed.pcm:
                waiting.append(passed.pcm)
                self._passed_until = self._position
            if passed.closed:
                heard += self._decode(waiting) + self._finish_utterance()
                waiting = []
        return heard + self._decode(waiting)

    def finish(self) -> list[Heard]:
        """The stream pauses or ends: the utterance, if one is open, ends here."""
        self._rest = b""
        return self._finish_utterance() if self._gate.close() else []

    def _decode(self, frames: list[bytes]) -> list[Heard]:
        if not frames:
            return []
        pcm = b"".join(frames)
        samples = len(pcm) // 2
        self._timeline.feed(samples, self._passed_until - samples)
        words = self._recognizer.accept(pcm)
        if words is not None:
            self._since_partial = 0
            final = self._transcript.final(words)
            self._transcript.begin(self._timeline.end_ms)
            return [final] if final else []
        self._since_partial += samples
        if self._since_partial < self.partial_interval_s * RATE_HZ:
            return []
        self._since_partial = 0
        partial = self._transcript.partial(self._recognizer.partial())
        return [partial] if partial else []

    def _finish_utterance(self) -> list[Heard]:
        self._since_partial = 0
        final = self._transcript.final(self._recognizer.finish())
        return [final] if final else []

"""One stream's way from samples to text: what passes the segmenter is heard by the recognizer and written into the transcript.

No threads, no clock, no network: what goes in decides what comes out, so live calls, recordings, tests and the bench
all use it.
"""

from __future__ import annotations

from asr.recognizer import RATE_HZ, Recognizer
from asr.segmenter import Passage, Segmenter
from asr.transcript import Heard, Timeline, Transcript
from asr.voice_activity_gate import SpeechDetector, VoiceActivityGate


class Listener:
    """Owns one recognizer. `segmenter` and `hear` share nothing and may be used by a thread each; `push`, `finish` use both."""

    def __init__(
        self,
        recognizer: Recognizer,
        detector: SpeechDetector,
        gate: VoiceActivityGate,
        *,
        partial_interval_s: float = 0.2,
    ) -> None:
        self.partial_interval_s = partial_interval_s
        """Of sound between two partials; larger is cheaper; infinite means none."""
        self.segmenter = Segmenter(detector, gate, recognizer.schedule)
        self._recognizer = recognizer
        self._timeline = Timeline()
        self._transcript = Transcript(self._timeline)
        self._open = False
        self._end = 0
        """In the stream, of the last sample heard."""
        self._since_partial = 0

    def push(self, pcm: bytes, position: int) -> list[Heard]:
        """`pcm` (16-bit samples) begins at `position` (samples) of the stream; a hole before it ends the utterance."""
        return [text for passage in self.segmenter.push(pcm, position) for text in self.recognize(passage)]

    def finish(self) -> list[Heard]:
        """The stream pauses or ends: the utterance, if one is open, ends here."""
        return [text for passage in self.segmenter.finish() for text in self.recognize(passage)] + self.end()

    def recognize(self, passage: Passage) -> list[Heard]:
        """Decodes one passage. Where passages were left out, the utterance ends."""
        heard: list[Heard] = []
        if self._open and (passage.opened_ms is not None or passage.begin != self._end):
            heard += self._finish_utterance()
        if not self._open:
            opened_ms = passage.begin * 1000 // RATE_HZ if passage.opened_ms is None else passage.opened_ms
            self._transcript.begin(opened_ms)
        self._open, self._end = not passage.ends, passage.end
        if passage.pcm:
            heard += self._decode(passage)
        return heard + self._finish_utterance() if passage.ends else heard

    def end(self) -> list[Heard]:
        """No passage follows: an utterance whose last one is missing ends here."""
        was_open, self._open = self._open, False
        return self._finish_utterance() if was_open else []

    def _decode(self, passage: Passage) -> list[Heard]:
        samples = len(passage.pcm) // 2
        self._timeline.feed(samples, passage.begin)
        words = self._recognizer.accept(passage.pcm)
        if words is not None:
            self._since_partial = 0
            final = self._transcript.final(words)
            self._transcript.begin(self._timeline.end_ms)
            return [final] if final else []
        self._since_partial += samples
        if passage.ends or self._since_partial < self.partial_interval_s * RATE_HZ:
            return []
        self._since_partial = 0
        partial = self._transcript.partial(self._recognizer.partial())
        return [partial] if partial else []

    def _finish_utterance(self) -> list[Heard]:
        self._since_partial = 0
        final = self._transcript.final(self._recognizer.finish())
        return [final] if final else []

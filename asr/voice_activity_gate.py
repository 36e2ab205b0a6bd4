"""Voice activity gate: lets speech through to the recognizer and keeps silence away from it.

Pure: frames and the detector's word on each in, decisions out. Opening gives back the `pre_roll` before the first
voiced frames, because words begin before they are voiced; closing waits out the `hang_over`, because people pause
inside a sentence. Of a pause only the first `tail` passes at once; the rest passes when the voice comes back, and never if
it does not: most pauses end a sentence, and decoding silence costs as much as decoding speech.

::

    CLOSED ──(open_after of the last open_window frames voiced)──▶ OPEN ──(hang_over frames in a row unvoiced)──▶ CLOSED

Invariant: frames pass in order and at most once; every frame from pre-roll to the tail after the last voiced one passes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from core.model import Value

FRAME_MS = 20
FRAME_SAMPLES = 160
"""At 8 kHz."""


class SpeechDetector(Protocol):
    """Says which frames sound like speech."""

    def voiced(self, pcm: bytes) -> Sequence[bool]:
        """For each frame of `pcm`, which holds whole frames of 16-bit samples."""
        ...


class VoiceActivityGateSettings(Value, frozen=True, kw_only=True):
    """Tuned on word errors, then on the time to the final text; see docs/speech.md."""

    open_after: int = 3
    open_window: int = 5
    """Frames: speech begins when so many of the last few are voiced."""
    hang_over_ms: int = 600
    pre_roll_ms: int = 400
    tail_ms: int = 140


CHOICE_GATE = VoiceActivityGateSettings(hang_over_ms=500)
"""A spoken choice is short and someone waits for the answer."""


class Passed(Value, frozen=True, kw_only=True):
    """What one frame brought about."""

    pcm: bytes = b""
    """To be decoded now; empty while closed."""
    opened: bool = False
    closed: bool = False
    """After `pcm` the utterance is over."""


_NOTHING = Passed()
_CLOSED = Passed(closed=True)


class VoiceActivityGate:
    """One stream's gate."""

    def __init__(self, settings: VoiceActivityGateSettings | None = None) -> None:
        self._settings = settings or VoiceActivityGateSettings()
        self._hang_over = self._settings.hang_over_ms // FRAME_MS
        self._tail = self._settings.tail_ms // FRAME_MS
        self._held: deque[bytes] = deque()
        """While closed: the pre-roll and the frames of the opening window. While open: the pause after its tail."""
        self._max_held = self._settings.pre_roll_ms // FRAME_MS + self._settings.open_window
        self._recent: deque[bool] = deque(maxlen=self._settings.open_window)
        self._unvoiced = 0
        self._open = False

    @property
    def is_open(self) -> bool:
        return self._open

    def push(self, frame: bytes, voiced: bool) -> Passed:
        """Decides on one frame."""
        return self._push_open(frame, voiced) if self._open else self._push_closed(frame, voiced)

    def close(self) -> bool:
        """The sound is interrupted here; says whether an utterance was open."""
        was_open, self._open = self._open, False
        self._held.clear()
        self._recent.clear()
        return was_open

    def _push_closed(self, frame: bytes, voiced: bool) -> Passed:
        self._held.append(frame)
        if len(self._held) > self._max_held:
            self._held.popleft()
        self._recent.append(voiced)
        if sum(self._recent) < self._settings.open_after:
            return _NOTHING
        self._open, self._unvoiced = True, 0
        self._recent.clear()
        return Passed(pcm=self._release(), opened=True)

    def _push_open(self, frame: bytes, voiced: bool) -> Passed:
        self._unvoiced = 0 if voiced else self._unvoiced + 1
        self._held.append(frame)
        self._open = self._unvoiced < self._hang_over
        if self._unvoiced <= self._tail:
            return Passed(pcm=self._release(), closed=not self._open)
        if self._open:
            return _NOTHING
        while len(self._held) > self._max_held:  # what was held is the next utterance's pre-roll
            self._held.popleft()
        return _CLOSED

    def _release(self) -> bytes:
        passed = self._held[0] if len(self._held) == 1 else b"".join(self._held)
        self._held.clear()
        return passed

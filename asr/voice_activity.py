"""The detector behind the gate: WebRTC's Gaussian mixture classifier, with a level below which nothing is speech.

Written without numpy: called ten times a second for each stream, after other work has filled the caches, its code costs more
than the sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import webrtcvad

from asr.recognizer import RATE_HZ
from asr.voice_activity_gate import FRAME_SAMPLES, SpeechDetector

_FRAME_BYTES = 2 * FRAME_SAMPLES
_ABOVE, _BELOW, _LOUD, _LOUD_TOO = range(4)
_HIGH = bytes(_ABOVE if high == 0x00 else _BELOW if high == 0xFF else _LOUD_TOO for high in range(0x100))


class WebRtcDetector(SpeechDetector):
    """One stream's detector; it adapts to the stream's noise. The floor is at most −48.2 dBFS."""

    def __init__(self, mode: int = 2, floor_dbfs: float = -60.0) -> None:
        self._vad = webrtcvad.Vad(mode)
        floor = int(32768.0 * 10.0 ** (floor_dbfs / 20.0))
        if floor > 0x7F:
            raise ValueError(f"a floor of {floor_dbfs} dBFS does not fit into a sample's low byte")
        self._low = bytes(_ABOVE if low <= floor else _BELOW if low >= 0x100 - floor else _LOUD for low in range(0x100))

    def voiced(self, pcm: bytes) -> Sequence[bool]:
        """Digital silence and line noise below the floor do not even reach the classifier, which would take some of it
        for speech."""
        if self._is_quiet(pcm):
            return [False] * (len(pcm) // _FRAME_BYTES)
        frames = (pcm[begin : begin + _FRAME_BYTES] for begin in range(0, len(pcm), _FRAME_BYTES))
        return [not self._is_quiet(frame) and self._vad.is_speech(frame, RATE_HZ) for frame in frames]

    def _is_quiet(self, pcm: bytes) -> bool:
        # Little-endian: a quiet sample's low byte is near zero from the side that its high byte names.
        return pcm[1::2].translate(_HIGH) == pcm[::2].translate(self._low)

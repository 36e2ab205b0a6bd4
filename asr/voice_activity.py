"""The detector behind the gate: WebRTC's Gaussian mixture classifier, with a level below which nothing is speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import webrtcvad

from asr.gate import FRAME_SAMPLES, SpeechDetector
from asr.recognizer import RATE_HZ

_FRAME_BYTES = 2 * FRAME_SAMPLES


class WebRtcDetector(SpeechDetector):
    """One stream's detector; it adapts to the stream's noise."""

    def __init__(self, mode: int = 2, floor_dbfs: float = -60.0) -> None:
        self._vad = webrtcvad.Vad(mode)
        self._floor = int(32768.0 * 10.0 ** (floor_dbfs / 20.0))

    def voiced(self, pcm: bytes) -> Sequence[bool]:
        """Digital silence and line noise below the floor do not even reach the classifier, which would take some of it
        for speech."""
        frames = np.frombuffer(pcm, dtype=np.int16).reshape(-1, FRAME_SAMPLES)
        loud = ((frames.max(axis=1) > self._floor) | (frames.min(axis=1) < -self._floor)).tolist()
        is_speech = self._vad.is_speech
        return [
            is_loud and is_speech(pcm[begin : begin + _FRAME_BYTES], RATE_HZ)
            for is_loud, begin in zip(loud, range(0, len(pcm), _FRAME_BYTES), strict=True)
        ]

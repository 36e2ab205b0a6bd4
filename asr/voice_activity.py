"""The detector behind the gate: WebRTC's Gaussian mixture classifier, with a level below which nothing is speech."""

from __future__ import annotations

import numpy as np
import webrtcvad

from asr.gate import SpeechDetector
from asr.recognizer import RATE_HZ


class WebRtcDetector(SpeechDetector):
    """One stream's detector; it adapts to the stream's noise."""

    def __init__(self, mode: int = 2, floor_dbfs: float = -60.0) -> None:
        self._vad = webrtcvad.Vad(mode)
        self._floor = 32768.0 * 10.0 ** (floor_dbfs / 20.0)

    def is_speech(self, pcm: bytes) -> bool:
        """Digital silence and line noise below the floor do not even reach the classifier, which would take some of it
        for speech."""
        samples = np.frombuffer(pcm, dtype=np.int16)
        if np.abs(samples).max(initial=0) < self._floor:
            return False
        return bool(self._vad.is_speech(pcm, RATE_HZ))

"""Below the floor nothing is speech, and the floor is exact."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asr.voice_activity import WebRtcDetector
from asr.voice_activity_gate import FRAME_SAMPLES
from tests.peers.spoken import prompt, sentences

FLOOR = 32
"""-60 dBFS."""


class EverythingIsSpeech:
    def is_speech(self, _frame: bytes, _rate_hz: int) -> bool:
        return True


@pytest.fixture
def level(monkeypatch: pytest.MonkeyPatch) -> WebRtcDetector:
    """A detector that goes by the level alone."""
    monkeypatch.setattr("webrtcvad.Vad", lambda _mode: EverythingIsSpeech())
    return WebRtcDetector()


@pytest.mark.parametrize("sample", [*range(-300, 300), -32768, 32767, 256 - FLOOR, -256 - FLOOR])
def test_one_sample_beyond_the_floor_makes_a_frame_loud(level: WebRtcDetector, sample: int) -> None:
    sound = np.zeros(3 * FRAME_SAMPLES, dtype=np.int16)
    sound[FRAME_SAMPLES + 7] = sample
    assert level.voiced(sound.tobytes()) == [False, abs(sample) > FLOOR, False]


@given(arrays(np.int16, 2 * FRAME_SAMPLES, elements=st.one_of(st.integers(-40, 40), st.integers(-32768, 32767))))
def test_the_floor_is_the_largest_magnitude(sound: np.ndarray) -> None:
    voiced = WebRtcDetector().voiced(sound.tobytes())
    quiet = np.abs(sound.astype(int)).reshape(2, -1).max(axis=1) <= FLOOR
    assert not any(speech and silent for speech, silent in zip(voiced, quiet.tolist(), strict=True))


def test_recorded_speech_is_speech() -> None:
    spoken = prompt(sentences()[0])
    whole = len(spoken) - len(spoken) % FRAME_SAMPLES
    assert sum(WebRtcDetector().voiced(spoken[:whole].astype(np.int16).tobytes())) > whole // FRAME_SAMPLES // 3


def test_a_floor_that_cannot_be_seen_in_one_byte_is_refused() -> None:
    with pytest.raises(ValueError, match="-40"):
        WebRtcDetector(floor_dbfs=-40.0)

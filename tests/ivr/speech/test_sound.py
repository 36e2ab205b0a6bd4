"""A voice is brought to the telephone's band, level and length without being harmed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech import sound


def tone(hz: float, seconds: float, rate_hz: int, peak: float = 0.5) -> sound.Sound:
    return np.asarray(peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz), dtype=np.float64)


@pytest.mark.parametrize(("rate_hz", "new_rate_hz"), [(22_050, 8_000), (22_050, 16_000), (16_000, 8_000), (8_000, 16_000)])
def test_a_tone_keeps_its_pitch_and_level_at_another_rate(rate_hz: int, new_rate_hz: int) -> None:
    heard = sound.resampled(tone(1000, 1.0, rate_hz), rate_hz, new_rate_hz)
    assert len(heard) == new_rate_hz
    middle = heard[new_rate_hz // 4 : -new_rate_hz // 4]
    assert np.max(np.abs(middle)) == pytest.approx(0.5, abs=0.01)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * new_rate_hz / len(middle) == pytest.approx(1000, abs=2)


def test_what_the_new_rate_cannot_carry_does_not_fold_into_the_band() -> None:
    heard = sound.resampled(tone(6000, 1.0, 22_050), 22_050, 8_000)
    assert np.sqrt(np.mean(heard[800:-800] ** 2)) < 0.001


def test_silence_around_the_words_goes_and_a_breath_stays() -> None:
    spoken = np.concatenate([np.zeros(8000), tone(500, 1.0, 8000), np.zeros(16_000)])
    assert len(sound.trimmed(spoken, 8000)) / 8000 == pytest.approx(1.17, abs=0.03)
    assert len(sound.trimmed(np.zeros(8000), 8000)) == 0


@given(st.floats(0.01, 0.99), st.floats(100, 3000))
def test_every_prompt_is_equally_loud_and_none_clips(peak: float, hz: float) -> None:
    heard = sound.levelled(tone(hz, 0.5, 8000, peak), 8000)
    assert sound.speech_level_dbfs(heard, 8000) == pytest.approx(sound.LOUDNESS_DBFS, abs=0.3)
    assert np.max(np.abs(heard)) < 0.9


def test_peaks_are_rounded_off(tmp_path: Path) -> None:
    quiet_with_a_bang = np.concatenate([tone(400, 1.0, 8000, 0.05), tone(400, 0.01, 8000, 1.0), tone(400, 1.0, 8000, 0.05)])
    sound.write(tmp_path / "bang.wav", sound.levelled(quiet_with_a_bang, 8000), 8000)
    heard, rate_hz = sound.read(tmp_path / "bang.wav")
    assert rate_hz == 8000
    assert np.max(np.abs(heard)) < 0.9


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all", b"RIFF\x24\x00\x00\x00WAVEfmt "])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.wav").write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.wav"):
        sound.read(tmp_path / "bad.wav")

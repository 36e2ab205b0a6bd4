"""Music on hold: telephone band, quiet, without a seam."""

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.sounds import HOLD_MUSIC, RATE_HZ, hold_music, write_standard_sounds


@pytest.fixture(scope="module")
def music() -> NDArray[np.float64]:
    """Full scale = 1."""
    return hold_music().astype(np.float64) / 32768


def test_the_music_is_quiet_and_steady(music: NDArray[np.float64]) -> None:
    assert 30 <= len(music) / RATE_HZ <= 120
    assert np.max(np.abs(music)) < 0.25
    seconds = music[: len(music) // RATE_HZ * RATE_HZ].reshape(-1, RATE_HZ)
    level_db = 20 * np.log10(np.sqrt(np.mean(seconds**2, axis=1)))
    assert level_db.min() > -45, "no second is silent: a caller would think the line is dead"


def test_the_music_lives_in_the_telephone_band(music: NDArray[np.float64]) -> None:
    power = np.abs(np.fft.rfft(music)) ** 2
    hertz = np.fft.rfftfreq(len(music), 1 / RATE_HZ)
    assert power[(hertz > 80) & (hertz < 3400)].sum() / power.sum() > 0.95


def test_the_music_loops_without_a_click(music: NDArray[np.float64]) -> None:
    steps = np.abs(np.diff(music))
    assert abs(music[0] - music[-1]) <= np.percentile(steps, 99.9)


def test_is_written_once_and_a_company_s_own_music_stays(tmp_path: Path) -> None:
    write_standard_sounds(tmp_path)
    path = tmp_path / HOLD_MUSIC
    with wave.open(str(path)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
    path.write_bytes(b"our own")
    write_standard_sounds(tmp_path)
    assert path.read_bytes() == b"our own"

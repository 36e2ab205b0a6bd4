"""Sounds that Patchbay brings along: music on hold, and the tone for a missing prompt. Composed here: nobody else's licence.

The music is a slow round of four chords, plucked: a harmonic series per string, struck once and ringing out. It is written
once into the data directory as 16 kHz PCM16; replace the file to have other music.
"""

from __future__ import annotations

import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
HOLD_MUSIC = "prompts/music/hold.wav"
MISSING_PROMPT_TONE = "prompts/standard/tone.wav"
RINGING_TONE = "prompts/standard/ringing.wav"
"""All relative to the data directory."""

_BEAT_S = 0.5
_BARS = (
    # bass and the strings of a bar, as semitones from A (220 Hz): A – F♯m – D – E, with open voicings
    (-12, (0, 4, 7, 11, 12, 11, 7, 4)),
    (-15, (-3, 0, 4, 9, 12, 9, 4, 0)),
    (-7, (-7, 2, 5, 9, 14, 9, 5, 2)),
    (-17, (-5, -1, 2, 7, 11, 7, 2, -1)),
)
_ROUNDS = 4
_PEAK = 0.22
"""Of full scale: about −20 dBm0 in the mean, quiet beside speech."""


def hold_music() -> NDArray[np.int16]:
    """One round of music; its end rings into its beginning, so that it loops without a seam."""
    beats = _ROUNDS * sum(len(strings) for _, strings in _BARS)
    sound = np.zeros(int(beats * _BEAT_S * RATE_HZ))
    beat = 0
    for turn in range(_ROUNDS):
        for bass, strings in _BARS:
            _add(sound, _pluck(bass, ring_s=3.5, loudness=0.9), beat)
            for step, semitone in enumerate(strings):
                softer = 0.45 + 0.15 * ((step + turn) % 3 == 0)
                _add(sound, _pluck(semitone, ring_s=1.8, loudness=softer), beat + step)
            beat += len(strings)
    return _pcm(sound * (_PEAK / np.max(np.abs(sound))))


def missing_prompt_tone() -> NDArray[np.int16]:
    """A soft falling third: something should have been said here."""
    first, second = _pluck(7, 0.5, 1.0), _pluck(3, 0.7, 1.0)
    sound = np.concatenate([first[: RATE_HZ // 3], second])
    return _pcm(sound * (_PEAK / np.max(np.abs(sound))))


def ringing_tone() -> NDArray[np.int16]:
    """What a caller hears while a phone rings: 425 Hz, one second in five (ITU-T E.180), softly."""
    t = np.arange(RATE_HZ) / RATE_HZ
    burst = np.sin(2 * np.pi * 425.0 * t) * np.minimum(1.0, np.minimum(t, 1.0 - t) / 0.02)
    return _pcm(np.concatenate([burst, np.zeros(4 * RATE_HZ)]) * (_PEAK / 2))


def write_standard_sounds(data_dir: Path) -> None:
    """Writes what is not there yet. Blocking; raises `OSError`."""
    sounds = ((HOLD_MUSIC, hold_music), (MISSING_PROMPT_TONE, missing_prompt_tone), (RINGING_TONE, ringing_tone))
    for file, make in sounds:
        path = data_dir / file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, make())


@lru_cache(maxsize=64)
def _pluck(semitone: int, ring_s: float, loudness: float) -> NDArray[np.float64]:
    """A string: harmonics up to 3.4 kHz (all that a telephone carries), the higher the softer and the sooner gone."""
    t = np.arange(int(ring_s * RATE_HZ)) / RATE_HZ
    pitch = 220.0 * 2 ** (semitone / 12)
    harmonics = range(1, min(8, int(3400 / pitch)) + 1)
    tone = sum(np.sin(2 * np.pi * pitch * n * t) / n**1.6 * np.exp(-t * (1.1 + 0.9 * n)) for n in harmonics)
    attack = np.minimum(1.0, t / 0.008)
    release = np.minimum(1.0, (ring_s - t) / 0.05)
    return np.asarray(loudness * attack * release * tone, dtype=np.float64)


def _add(sound: NDArray[np.float64], note: NDArray[np.float64], beat: int) -> None:
    start = int(beat * _BEAT_S * RATE_HZ)
    places = np.arange(start, start + len(note)) % len(sound)
    sound[places] += note


def _pcm(sound: NDArray[np.float64]) -> NDArray[np.int16]:
    return np.asarray(np.round(sound * 32767), dtype=np.int16)


def _write(path: Path, samples: NDArray[np.int16]) -> None:
    """Under another name first: a reader never sees half a file."""
    partial = path.with_suffix(".part")
    with wave.open(str(partial), "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(RATE_HZ)
        wav.writeframes(samples.tobytes())
    partial.replace(path)

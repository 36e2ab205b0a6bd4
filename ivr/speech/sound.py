"""What is done to a voice before a telephone carries it: band, loudness, silence, rate, file.

Pure but for `read` and `write`. Samples are floats of ±1 until they are written.
"""

from __future__ import annotations

import math
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]

LOUDNESS_DBFS = -20.0
"""Of the spoken parts: with ±1 = +3.14 dBm0 (ITU-T G.711), some 4 dB above an average talker, so a prompt is never
strained for."""
_CEILING, _KNEE = 0.89, 0.5
_LOW_CUT_HZ = 90.0
_QUIET_DBFS = -45.0
_LEAD_S, _TAIL_S, _FADE_S = 0.05, 0.12, 0.005
_FRAME_S = 0.02


def resampled(sound: Sound, rate_hz: int, new_rate_hz: int) -> Sound:
    """Band-limited by Fourier transform, with a soft edge, so that nothing folds and nothing rings."""
    step = rate_hz // math.gcd(rate_hz, new_rate_hz)
    margin = rate_hz // 10
    padded = np.pad(sound, (margin, margin + -(len(sound) + 2 * margin) % step))
    spectrum = np.fft.rfft(padded)
    hz: Sound = np.fft.rfftfreq(len(padded), 1 / rate_hz).astype(np.float64)
    spectrum *= _band(hz, 0.5 * min(rate_hz, new_rate_hz))
    length = len(padded) * new_rate_hz // rate_hz
    out = np.fft.irfft(_fitted(spectrum, length // 2 + 1), length) * (new_rate_hz / rate_hz)
    begin = margin * new_rate_hz // rate_hz
    return out[begin : begin + len(sound) * new_rate_hz // rate_hz]


def _fitted(spectrum: NDArray[np.complex128], bins: int) -> NDArray[np.complex128]:
    return spectrum[:bins] if bins <= len(spectrum) else np.pad(spectrum, (0, bins - len(spectrum)))


def _band(hz: Sound, top_hz: float) -> Sound:
    # Nothing below a telephone's band; the last tenth before the upper edge fades out.
    fade = np.clip((top_hz - hz) / (0.1 * top_hz), 0.0, 1.0)
    low = np.clip((hz - 0.5 * _LOW_CUT_HZ) / (0.5 * _LOW_CUT_HZ), 0.0, 1.0)
    return np.asarray(np.sin(0.5 * np.pi * fade) ** 2 * np.sin(0.5 * np.pi * low) ** 2, dtype=np.float64)


def trimmed(sound: Sound, rate_hz: int) -> Sound:
    """Without the silence around it, but for a breath before and after; empty when nothing is louder than silence."""
    loud = np.flatnonzero(_frame_levels(sound, rate_hz) > _QUIET_DBFS)
    if not len(loud):
        return sound[:0]
    frame = int(_FRAME_S * rate_hz)
    begin = max(int(loud[0] * frame - _LEAD_S * rate_hz), 0)
    end = min(int((loud[-1] + 1) * frame + _TAIL_S * rate_hz), len(sound))
    cut = sound[begin:end].copy()
    edge = min(int(_FADE_S * rate_hz), len(cut) // 2)
    ramp = np.linspace(0.0, 1.0, edge)
    cut[:edge] *= ramp
    cut[len(cut) - edge :] *= ramp[::-1]
    return cut


def speech_level_dbfs(sound: Sound, rate_hz: int) -> float:
    """Root mean square of the frames within 20 dB of the loudest: pauses do not count."""
    levels = _frame_levels(sound, rate_hz)
    spoken = levels[levels > levels.max(initial=-120.0) - 20.0]
    return float(10 * np.log10(np.mean(10 ** (spoken / 10)))) if len(spoken) else -120.0


def levelled(sound: Sound, rate_hz: int) -> Sound:
    """At `LOUDNESS_DBFS`; what would then stick out is rounded off, not clipped."""
    loud = sound * 10 ** ((LOUDNESS_DBFS - speech_level_dbfs(sound, rate_hz)) / 20)
    over = np.maximum(np.abs(loud) - _KNEE, 0.0)
    room = _CEILING - _KNEE
    return np.where(over > 0, np.sign(loud) * (_KNEE + room * np.tanh(over / room)), loud)


def _frame_levels(sound: Sound, rate_hz: int) -> Sound:
    frame = int(_FRAME_S * rate_hz)
    frames = np.pad(sound, (0, -len(sound) % frame)).reshape(-1, frame)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12), dtype=np.float64)


def read(path: Path) -> tuple[Sound, int]:
    """Samples and rate of a mono PCM16 file. Raises `ValueError` for anything else."""
    try:
        with wave.open(str(path), "rb") as opened:
            if opened.getsampwidth() != 2 or opened.getnchannels() != 1:
                raise ValueError(f"{path.name} is not mono PCM16")
            rate_hz, pcm = opened.getframerate(), opened.readframes(opened.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"{path.name} is no WAV file: {error}") from error
    return np.frombuffer(pcm, dtype=np.int16) / 32768.0, rate_hz


def write(path: Path, sound: Sound, rate_hz: int) -> None:
    """Under another name first: a reader never sees half a file."""
    partial = path.with_suffix(".part")
    with wave.open(str(partial), "wb") as opened:
        opened.setparams((1, 2, rate_hz, 0, "NONE", ""))
        opened.writeframes(np.clip(np.rint(sound * 32767), -32768, 32767).astype("<i2").tobytes())
    partial.replace(path)


def for_telephone(sound: Sound, rate_hz: int, new_rate_hz: int) -> Sound:
    """All of it, in the order that keeps the level right: band and rate, silence, loudness."""
    return levelled(trimmed(resampled(sound, rate_hz, new_rate_hz), new_rate_hz), new_rate_hz)

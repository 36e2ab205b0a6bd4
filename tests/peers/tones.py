"""Tones: each party in a test sends its own, and the test asks who hears whom."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]
"""Between -1 and 1."""


def tone(hz: float, seconds: float, rate_hz: int = 8000, level: float = 0.3) -> Samples:
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)


def write_wav(path: Path, samples: Samples, rate_hz: int = 8000) -> Path:
    """Mono PCM16."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> tuple[list[Samples], int]:
    """Each channel, and the sample rate."""
    with wave.open(str(path), "rb") as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
        channels = file.getnchannels()
        return [frames[c::channels] for c in range(channels)], file.getframerate()


def strongest_hz(samples: Samples, rate_hz: int = 8000) -> float:
    """The frequency with the most energy; 0 for silence."""
    if len(samples) == 0 or float(np.max(np.abs(samples))) < 1e-3:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate_hz / len(samples))


def share_of(hz: float, samples: Samples, rate_hz: int = 8000, width_hz: float = 20) -> float:
    """How much of the energy lies within `width_hz` of `hz`: 0…1; 0 for silence."""
    if len(samples) == 0:
        return 0.0
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    bins = np.fft.rfftfreq(len(samples), 1 / rate_hz)
    total = float(power.sum())
    return float(power[np.abs(bins - hz) <= width_hz].sum()) / total if total > 1e-9 else 0.0


PURE_SHARE = 0.8
"""Speech has energy everywhere; a codec's noise and a late packet in half a second leave more than this."""


def says_tone(hz: float, samples: Samples, rate_hz: int = 8000) -> bool:
    """Whether some half second is this tone and little else, whatever the machine's pauses did to the rest."""
    half, step = rate_hz // 2, rate_hz // 10
    windows = (samples[at : at + half] for at in range(0, len(samples) - half + 1, step))
    return any(share_of(hz, window, rate_hz) > PURE_SHARE for window in windows)


AUDIBLE_DBFS = -40.0
"""A tone quieter than this is not heard; the codecs' noise beside a loud one lies well below."""


def level_dbfs(samples: Samples, hz: float, rate_hz: int = 8000) -> float:
    """Level of one frequency (Goertzel's measure), in dB relative to a full-scale sine; -120 for silence."""
    if len(samples) == 0:
        return -120.0
    phase = np.exp(-2j * np.pi * hz / rate_hz * np.arange(len(samples)))
    amplitude = 2 * float(abs(np.dot(samples, phase))) / len(samples)
    return 20 * float(np.log10(max(amplitude, 1e-6)))


def hears(samples: Samples, hz: float, rate_hz: int = 8000) -> bool:
    return level_dbfs(samples, hz, rate_hz) > AUDIBLE_DBFS


def is_silent(samples: Samples) -> bool:
    """At most the codec's idle noise."""
    return len(samples) == 0 or float(np.max(np.abs(samples))) < 0.004


# ── G.711 µ-law (ITU-T G.711), as a table ───────────────────────────────────────────────────────────────────────

_BIAS = 0x84


def _expand(code: int) -> float:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 7)) - _BIAS
    return (-magnitude if code & 0x80 else magnitude) / 32768


_ULAW = np.array([_expand(code) for code in range(256)])
_ORDER = np.argsort(_ULAW, kind="stable")
_SORTED = _ULAW[_ORDER]


def ulaw_decode(payload: bytes) -> Samples:
    return _ULAW[np.frombuffer(payload, np.uint8)]


def ulaw_encode(samples: Samples | Sequence[float]) -> bytes:
    """Nearest code word."""
    values = np.asarray(samples, np.float64)
    right = np.clip(np.searchsorted(_SORTED, values), 1, 255)
    nearer_left = np.abs(values - _SORTED[right - 1]) <= np.abs(_SORTED[right] - values)
    return bytes(_ORDER[np.where(nearer_left, right - 1, right)].astype(np.uint8).tobytes())

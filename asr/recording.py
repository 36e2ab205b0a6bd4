"""Transcribes a finished recording: what was not decoded live, and the test's and the bench's way to decode a file.

Errors: `UnreadableRecording` for a file that is missing, damaged or of another format.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from asr.g711 import Samples
from asr.listener import Listener
from asr.recognizer import RATE_HZ
from asr.transcript import FinalText

_SLICE_S = 5


class UnreadableRecording(ValueError):
    """The message says what is wrong with the file."""


def transcribe(
    path: Path, channel: int, listener: Listener, from_ms: int = 0, until_ms: int | None = None
) -> Iterator[list[FinalText]]:
    """Yields the finals of each few seconds, so that a caller may pause between; times count from the file's beginning.

    What lies before `from_ms` and after `until_ms` is left out.

    The file is PCM16 WAV of 8 or 16 kHz. Raises `UnreadableRecording`.
    """
    try:
        with wave.open(str(path), "rb") as opened:
            yield from _decode(opened, channel, listener, from_ms, until_ms)
    except FileNotFoundError:
        raise UnreadableRecording("the recording does not exist") from None
    except (wave.Error, EOFError) as error:
        raise UnreadableRecording(f"not a readable WAV file: {error}") from error


def _decode(
    opened: wave.Wave_read, channel: int, listener: Listener, from_ms: int, until_ms: int | None
) -> Iterator[list[FinalText]]:
    rate, channels, width = opened.getframerate(), opened.getnchannels(), opened.getsampwidth()
    if rate not in (RATE_HZ, 2 * RATE_HZ) or width != 2:
        raise UnreadableRecording(f"{rate} Hz, {8 * width} bits: expected 16-bit samples at 8 or 16 kHz")
    if channel >= channels:
        raise UnreadableRecording(f"channel {channel} of {channels}")
    opened.setpos(min(from_ms * rate // 1000, opened.getnframes()))
    position = from_ms * RATE_HZ // 1000
    end = opened.getnframes() if until_ms is None else min(until_ms * rate // 1000, opened.getnframes())
    while sound := opened.readframes(max(0, min(_SLICE_S * rate, end - opened.tell()))):
        samples = np.frombuffer(sound, dtype=np.int16).reshape(-1, channels)[:, channel]
        if rate != RATE_HZ:
            samples = _halve(samples)
        heard = listener.push(samples.tobytes(), position)
        position += len(samples)
        yield [text for text in heard if isinstance(text, FinalText)]
    yield [text for text in listener.finish() if isinstance(text, FinalText)]


_HALF_BAND = np.sinc(np.arange(-15, 16) / 2) * np.hamming(31)
_HALF_BAND /= _HALF_BAND.sum()


def _halve(samples: Samples) -> Samples:
    # 16 → 8 kHz behind a half-band low-pass, so that sibilants do not fold into the speech band.
    smooth = np.convolve(samples.astype(np.float32), _HALF_BAND, mode="same")[::2]
    halved: Samples = np.clip(np.rint(smooth), -32768, 32767).astype(np.int16)
    return halved

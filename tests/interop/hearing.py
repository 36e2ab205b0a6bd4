"""Whether a recording of a phone contains a prompt: by correlation, not by trust."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.peers.tones import Samples, read_wav

PIECE = 2000
"""Samples compared at once (a quarter of a second at 8 kHz): a jitter buffer may slip between pieces, not within them."""


def mono_8k(path: Path) -> Samples:
    """The first channel at 8 kHz; 16 kHz is averaged by pairs, which is good enough below 3 kHz."""
    channels, rate_hz = read_wav(path)
    samples = channels[0]
    if rate_hz == 16_000:
        samples = samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)
    return samples


def likeness(heard: Samples, piece: Samples) -> float:
    """The best normalized correlation of `piece` anywhere in `heard`: 1 = the same sound, 0 = nothing alike."""
    if len(heard) < len(piece):
        return 0.0
    size = 1 << (len(heard) + len(piece) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(piece, size)), size)[: len(heard) - len(piece) + 1]
    energy = np.concatenate([[0.0], np.cumsum(heard**2)])
    windows = energy[len(piece) :] - energy[: -len(piece)]
    scale = np.sqrt(np.maximum(windows, 1e-3) * np.sum(piece**2))
    return float(np.max(products / scale))


def heard_share(heard: Samples, prompt: Samples) -> float:
    """Share of the prompt's loud pieces that are in the recording."""
    pieces = [prompt[start : start + PIECE] for start in range(0, len(prompt) - PIECE, PIECE)]
    loud = [piece for piece in pieces if float(np.sqrt(np.mean(piece**2))) > 0.01]
    assert loud, "the prompt is silent"
    return sum(likeness(heard, piece) > 0.85 for piece in loud) / len(loud)

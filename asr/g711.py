"""G.711 µ-law and A-law to 16-bit samples and back, by table.

Pure. Source: ITU-T G.711 (11/88), tables 1a/1b (A-law) and 2a/2b (µ-law).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
SILENCE_ULAW = 0xFF

Samples = NDArray[np.int16]


def _ulaw_table() -> Samples:
    # All bits are sent inverted; 0x84 is the bias that makes every segment start at a power of two.
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84 << ((code & 0x70) >> 4).astype(np.int32)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> Samples:
    # Even bits are sent inverted.
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment = ((code & 0x70) >> 4).astype(np.int32)
    low = ((code & 0x0F).astype(np.int32) << 4) + 8
    magnitude = np.where(segment == 0, low, (low + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_FROM_ULAW = _ulaw_table()
_FROM_ALAW = _alaw_table()
# Nearest code for each 16-bit value, found once by searching the decoding table.
_ULAW_ORDER = np.argsort(_FROM_ULAW, kind="stable")


def decode_ulaw(payload: bytes) -> Samples:
    """One sample for each byte."""
    return _FROM_ULAW[np.frombuffer(payload, dtype=np.uint8)]


def ulaw_to_pcm(payload: bytes) -> bytes:
    """16-bit little-endian samples; what `decode_ulaw` gives, for those who need no array."""
    pcm = bytearray(2 * len(payload))
    pcm[::2] = payload.translate(_LOW_BYTES)
    pcm[1::2] = payload.translate(_HIGH_BYTES)
    return bytes(pcm)


def decode_alaw(payload: bytes) -> Samples:
    """One sample for each byte."""
    return _FROM_ALAW[np.frombuffer(payload, dtype=np.uint8)]


def alaw_to_ulaw(payload: bytes) -> bytes:
    """Recoded so that the rest of the way knows one law."""
    return _ALAW_TO_ULAW[np.frombuffer(payload, dtype=np.uint8)].tobytes()


def encode_ulaw(samples: Samples) -> bytes:
    """The nearest code for each sample."""
    ordered = _FROM_ULAW[_ULAW_ORDER].astype(np.int32)
    middles = (ordered[1:] + ordered[:-1]) / 2
    return _ULAW_ORDER[np.searchsorted(middles, samples)].astype(np.uint8).tobytes()


_LOW_BYTES = (_FROM_ULAW & 0xFF).astype(np.uint8).tobytes()
_HIGH_BYTES = (_FROM_ULAW >> 8 & 0xFF).astype(np.uint8).tobytes()
_ALAW_TO_ULAW = np.frombuffer(encode_ulaw(_FROM_ALAW), dtype=np.uint8)

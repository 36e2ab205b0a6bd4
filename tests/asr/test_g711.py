"""G.711 against the values of the recommendation, and there and back."""

from __future__ import annotations

import numpy as np

from asr.g711 import alaw_to_ulaw, decode_alaw, decode_ulaw, encode_ulaw, ulaw_to_pcm


def test_the_recommendations_corner_values() -> None:
    # ITU-T G.711 tables 1a and 2a, scaled to 16 bits.
    assert decode_ulaw(bytes([0x00, 0x80, 0x7F, 0xFF])).tolist() == [-32124, 32124, 0, 0]
    assert decode_alaw(bytes([0x2A, 0xAA, 0x55, 0xD5])).tolist() == [-32256, 32256, -8, 8]


def test_bytes_without_an_array_are_the_same_samples() -> None:
    codes = bytes(range(256))
    assert ulaw_to_pcm(codes) == decode_ulaw(codes).astype("<i2").tobytes()
    assert ulaw_to_pcm(b"") == b""


def test_every_code_survives_the_way_back() -> None:
    codes = bytes(range(256))
    assert np.array_equal(decode_ulaw(encode_ulaw(decode_ulaw(codes))), decode_ulaw(codes))


def test_a_law_becomes_mu_law_within_its_step() -> None:
    codes = bytes(range(256))
    before, after = decode_alaw(codes).astype(int), decode_ulaw(alaw_to_ulaw(codes)).astype(int)
    assert np.all(np.abs(before - after) <= np.maximum(np.abs(before) * 0.04, 16))


def test_speech_comes_through_with_little_noise() -> None:
    samples = (8000 * np.sin(np.arange(8000) / 5)).astype(np.int16)
    noise = decode_ulaw(encode_ulaw(samples)).astype(float) - samples
    assert 20 * np.log10(np.std(samples) / np.std(noise)) > 35

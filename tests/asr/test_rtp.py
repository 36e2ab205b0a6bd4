"""Real packets are read, malformed ones refused with a reason, and nothing crashes (RFC 3550 §5.1)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.rtp import MalformedRtp, build, parse


@given(st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.binary(min_size=1, max_size=400))
def test_what_is_built_is_read(sequence: int, timestamp: int, ssrc: int, payload: bytes) -> None:
    packet = parse(build(sequence, timestamp, ssrc, payload))
    assert (packet.sequence, packet.timestamp, packet.ssrc, packet.payload) == (sequence, timestamp, ssrc, payload)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_packet_or_refused(datagram: bytes) -> None:
    with suppress(MalformedRtp):
        assert parse(datagram).payload


HEADER = bytes([0x80, 0]) + bytes(10)


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "shorter"),
        (HEADER, "shorter"),
        (b"\x40" + HEADER[1:] + b"x", "version"),
        (b"\x8f" + HEADER[1:] + b"x" * 30, "no payload"),
        (b"\x90" + HEADER[1:] + b"xx", "extension"),
        (b"\x90" + HEADER[1:] + b"\0\0\xff\xff" + b"x" * 30, "no payload"),
        (b"\xa0" + HEADER[1:] + b"xx\x00", "padding"),
        (b"\xa0" + HEADER[1:] + b"xx\xff", "no payload"),
    ],
)
def test_malformed_packets_are_refused_with_the_reason(datagram: bytes, reason: str) -> None:
    with pytest.raises(MalformedRtp, match=reason):
        parse(datagram)


def test_padding_extension_and_sources_are_stripped() -> None:
    sources, extension, padding = bytes(8), b"\xbe\xde\x00\x01abcd", b"\0\0\x03"
    assert parse(b"\xb2" + HEADER[1:] + sources + extension + b"sound" + padding).payload == b"sound"

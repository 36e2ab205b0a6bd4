"""RTP packets as the taps send them.

Pure. Source: RFC 3550 §5.1 (fixed header), §5.3.1 (header extension); RFC 3551 §6 (static payload types).
"""

from __future__ import annotations

import struct

import msgspec

PCMU = 0
PCMA = 8

_HEADER = struct.Struct("!BBHII")
_EXTENSION = struct.Struct("!HH")
_VERSION_2 = 2


class MalformedRtp(ValueError):
    """Bytes that are no RTP packet; the message says what is wrong with them."""


class RtpPacket(msgspec.Struct, frozen=True, gc=False):
    """One packet, its header checked."""

    payload_type: int
    sequence: int
    """16 bits, wraps."""
    timestamp: int
    """32 bits of 8 kHz clock, wraps."""
    ssrc: int
    payload: bytes


def parse(datagram: bytes) -> RtpPacket:
    """Raises `MalformedRtp` for anything that RFC 3550 §5.1 does not allow, and for an empty payload."""
    if len(datagram) <= _HEADER.size:
        raise MalformedRtp("shorter than a header and one byte")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(datagram)
    if first >> 6 != _VERSION_2:
        raise MalformedRtp("version is not 2")
    begin, end = _HEADER.size, len(datagram)
    if first & 0x3F:  # padding, extension or contributing sources: rare, so looked at only then
        begin, end = _payload_bounds(datagram, first)
    return RtpPacket(second & 0x7F, sequence, timestamp, ssrc, datagram[begin:end])


def _payload_bounds(datagram: bytes, first: int) -> tuple[int, int]:
    begin, end = _HEADER.size + 4 * (first & 0x0F), len(datagram)
    if first & 0x10:
        if begin + _EXTENSION.size > end:
            raise MalformedRtp("header extension does not fit")
        begin += _EXTENSION.size + 4 * _EXTENSION.unpack_from(datagram, begin)[1]
    if first & 0x20:
        # §5.1: the last octet counts the padding octets, itself included, so zero is impossible.
        padding = datagram[-1]
        if padding == 0:
            raise MalformedRtp("padding of length zero")
        end -= padding
    if begin >= end:
        raise MalformedRtp("no payload")
    return begin, end


def build(sequence: int, timestamp: int, ssrc: int, payload: bytes, payload_type: int = PCMU) -> bytes:
    """A plain packet; sequence and timestamp are cut to their width."""
    return _HEADER.pack(_VERSION_2 << 6, payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + payload

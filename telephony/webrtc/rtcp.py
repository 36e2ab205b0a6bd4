"""RTCP of a browser leg, as bytes: reading the browser's reports, writing ours. Pure.

Invariant: `parse` either returns every report of a compound or raises `RtcpError`.

Source: RFC 3550 §6, RFC 5506 (a compound may be reduced), RFC 5761 §4 (demultiplexing).
"""

from __future__ import annotations

import struct

import msgspec

from telephony.webrtc.reception import ReportBlock

SENDER_REPORT = 200
RECEIVER_REPORT = 201
SOURCE_DESCRIPTION = 202
GOODBYE = 203
_NTP_EPOCH_OFFSET_S = 2_208_988_800
"""Seconds from 1900 (NTP, RFC 3550 §4) to 1970."""
_BLOCK = struct.Struct("!IIIIII")
_SENDER_INFO = struct.Struct("!IQIII")


class RtcpError(ValueError):
    """The bytes are no RTCP."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A sender report (`ntp` set) or a receiver report."""

    ssrc: int
    ntp: int | None = None
    """64-bit NTP time of a sender report."""
    rtp_timestamp: int = 0
    packets: int = 0
    octets: int = 0
    blocks: tuple[ReportBlock, ...] = ()


class Goodbye(msgspec.Struct, frozen=True):
    ssrcs: tuple[int, ...]


def is_rtcp(packet: bytes) -> bool:
    """RTCP and RTP on one port are told apart by the second byte (RFC 5761 §4)."""
    return len(packet) > 1 and 192 <= packet[1] <= 223


def ntp_time(now: float) -> int:
    """64-bit NTP time (32.32 fixed point) of seconds since 1970."""
    return int((now + _NTP_EPOCH_OFFSET_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def middle_bits(ntp: int) -> int:
    """The compact form in which report blocks carry a time (RFC 3550 §6.4.1, LSR)."""
    return ntp >> 16 & 0xFFFFFFFF


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────


def parse(data: bytes) -> list[Report | Goodbye]:
    """The reports and goodbyes of a compound packet; other types are passed over. Raises `RtcpError`."""
    found: list[Report | Goodbye] = []
    position = 0
    while position < len(data):
        if len(data) - position < 4:
            raise RtcpError("an RTCP header is cut off")
        first, kind, words = struct.unpack_from("!BBH", data, position)
        end = position + 4 + words * 4
        if first >> 6 != 2 or end > len(data):
            raise RtcpError("wrong version, or a length beyond the datagram")
        packet = _parse_one(kind, first & 0x1F, data[position + 4 : end])
        if packet is not None:
            found.append(packet)
        position = end
    return found


def _parse_one(kind: int, count: int, body: bytes) -> Report | Goodbye | None:
    if kind == SENDER_REPORT:
        if len(body) < _SENDER_INFO.size + count * _BLOCK.size:
            raise RtcpError("a sender report is cut off")
        ssrc, ntp, timestamp, packets, octets = _SENDER_INFO.unpack_from(body)
        blocks = _parse_blocks(body, _SENDER_INFO.size, count)
        return Report(ssrc=ssrc, ntp=ntp, rtp_timestamp=timestamp, packets=packets, octets=octets, blocks=blocks)
    if kind == RECEIVER_REPORT:
        if len(body) < 4 + count * _BLOCK.size:
            raise RtcpError("a receiver report is cut off")
        return Report(ssrc=int.from_bytes(body[:4], "big"), blocks=_parse_blocks(body, 4, count))
    if kind == GOODBYE:
        if len(body) < 4 * count:
            raise RtcpError("a goodbye is cut off")
        return Goodbye(struct.unpack_from(f"!{count}I", body))
    return None


def _parse_blocks(body: bytes, offset: int, count: int) -> tuple[ReportBlock, ...]:
    return tuple(_parse_block(body, offset + i * _BLOCK.size) for i in range(count))


def _parse_block(body: bytes, offset: int) -> ReportBlock:
    ssrc, losses, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, offset)
    lost = losses & 0xFFFFFF
    return ReportBlock(
        ssrc=ssrc,
        fraction_lost=losses >> 24,
        cumulative_lost=lost - (1 << 24) if lost & 0x800000 else lost,
        highest_sequence=highest,
        jitter=jitter,
        last_sr=last_sr,
        delay_since_last_sr=delay,
    )


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def write_report(report: Report, cname: str) -> bytes:
    """A report with its source description, as every compound must carry (RFC 3550 §6.1)."""
    blocks = b"".join(_write_block(block) for block in report.blocks)
    if report.ntp is None:
        head, kind = report.ssrc.to_bytes(4, "big"), RECEIVER_REPORT
    else:
        head = _SENDER_INFO.pack(report.ssrc, report.ntp, report.rtp_timestamp, report.packets, report.octets)
        kind = SENDER_REPORT
    return _packet(kind, len(report.blocks), head + blocks) + _source_description(report.ssrc, cname)


def write_goodbye(ssrc: int) -> bytes:
    return _packet(GOODBYE, 1, ssrc.to_bytes(4, "big"))


def _write_block(block: ReportBlock) -> bytes:
    losses = block.fraction_lost << 24 | block.cumulative_lost & 0xFFFFFF
    return _BLOCK.pack(
        block.ssrc, losses, block.highest_sequence, block.jitter, block.last_sr, block.delay_since_last_sr & 0xFFFFFFFF
    )


def _source_description(ssrc: int, cname: str) -> bytes:
    """One chunk with CNAME, ended by at least one zero byte on a word boundary (RFC 3550 §6.5)."""
    name = cname.encode()[:255]
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name
    return _packet(SOURCE_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body

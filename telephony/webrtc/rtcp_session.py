"""The RTCP of one browser leg: what was sent and heard, the reports about it, and the figures that follow. Pure.

Invariant: a broken report changes nothing; reports about other streams are passed over.

Source: RFC 3550 §6.4 (reports), §6.4.1 (round trip).
"""

from __future__ import annotations

import msgspec

from telephony.webrtc.reception import LossReports, ReportBlock
from telephony.webrtc.rtcp import Goodbye, Report, middle_bits, ntp_time, parse, write_goodbye, write_report
from telephony.webrtc.traffic import Traffic


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """How both directions of a browser leg do."""

    packets_received: int
    packets_lost: int
    jitter_ms: float
    packets_sent: int
    packets_lost_remote: int
    jitter_remote_ms: float | None
    """As the browser says; None before its first report."""
    round_trip_ms: float | None


class RtcpSession:
    """Both directions of one leg. `traffic` is what passed until now, and whoever owns the session keeps it fresh."""

    def __init__(self, clock_hz: int, cname: str, fallback_ssrc: int) -> None:
        """`fallback_ssrc` names us in reports until the engine's first packet shows the stream's own."""
        self.traffic = Traffic()
        self._losses = LossReports()
        self._clock_hz = clock_hz
        self._cname = cname
        self._ssrc = fallback_ssrc
        self._heard_sr = 0
        self._heard_sr_at = 0.0
        self._remote: ReportBlock | None = None
        self._round_trip_s: float | None = None

    def on_rtcp(self, data: bytes, now: float) -> None:
        """Takes what the browser reports. Raises `RtcpError`."""
        for packet in parse(data):
            if isinstance(packet, Goodbye):
                continue
            if packet.ntp is not None:
                self._heard_sr, self._heard_sr_at = middle_bits(packet.ntp), now
            for block in packet.blocks:
                if block.ssrc == self._own_ssrc():
                    self._on_block(block, now)

    def _on_block(self, block: ReportBlock, now: float) -> None:
        self._remote = block
        if block.last_sr:
            elapsed = (middle_bits(ntp_time(now)) - block.last_sr - block.delay_since_last_sr) & 0xFFFFFFFF
            # A round trip beyond 30 s is a report about a clock that was set, not about a network.
            if elapsed < 30 << 16:
                self._round_trip_s = elapsed / 65536

    def report(self, now: float) -> bytes:
        """Our next report: a sender report once we have sent (RFC 3550 §6.4)."""
        delay = int((now - self._heard_sr_at) * 65536) if self._heard_sr else 0
        block = self._losses.block(self.traffic.heard, self._heard_sr, max(0, delay))
        blocks = (block,) if block is not None else ()
        ssrc = self._own_ssrc()
        sent = self.traffic.sent
        if not sent.packets:
            return write_report(Report(ssrc=ssrc, blocks=blocks), self._cname)
        # The RTP time that corresponds to `now`, counted on from the last packet sent (RFC 3550 §6.4.1).
        timestamp = (sent.timestamp + int((now - sent.at_s) * self._clock_hz)) & 0xFFFFFFFF
        report = Report(
            ssrc=ssrc,
            ntp=ntp_time(now),
            rtp_timestamp=timestamp,
            packets=sent.packets & 0xFFFFFFFF,
            octets=sent.octets & 0xFFFFFFFF,
            blocks=blocks,
        )
        return write_report(report, self._cname)

    def goodbye(self) -> bytes:
        """The last thing the browser hears from us, a complete compound (RFC 3550 §6.6)."""
        ssrc = self._own_ssrc()
        return write_report(Report(ssrc=ssrc), self._cname) + write_goodbye(ssrc)

    def _own_ssrc(self) -> int:
        return self.traffic.sent.ssrc if self.traffic.sent.packets else self._ssrc

    def quality(self) -> Quality:
        remote, heard = self._remote, self.traffic.heard
        return Quality(
            packets_received=heard.packets,
            packets_lost=max(0, heard.lost),
            jitter_ms=heard.jitter * 1000 / self._clock_hz,
            packets_sent=self.traffic.sent.packets,
            packets_lost_remote=max(0, remote.cumulative_lost) if remote else 0,
            jitter_remote_ms=remote.jitter * 1000 / self._clock_hz if remote else None,
            round_trip_ms=self._round_trip_s * 1000 if self._round_trip_s is not None else None,
        )

"""What our reports say about the RTP stream that a browser sends, from what the relay has counted. Pure.

Source: RFC 3550 §6.4.1 (report blocks), appendix A.3 (losses). Packets are counted in telephony/native/reception.
"""

from __future__ import annotations

import msgspec

from telephony.webrtc.traffic import Heard


class ReportBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What one side says about the stream it hears (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Since the last report, in 1/256."""
    cumulative_lost: int
    highest_sequence: int
    jitter: int
    """In units of the RTP clock."""
    last_sr: int
    """Middle 32 bits of the NTP time in the last sender report, 0 before the first."""
    delay_since_last_sr: int
    """In 1/65536 s."""


class LossReports:
    """Remembers the last report, because the fraction lost counts from one to the next."""

    def __init__(self) -> None:
        self._before = Heard()

    def block(self, heard: Heard, last_sr: int, delay_since_last_sr: int) -> ReportBlock | None:
        """The block for our next report, or None before the first packet."""
        if not heard.received:
            return None
        before = self._before
        if heard.ssrc != before.ssrc or heard.expected < before.expected:
            before = Heard()
        self._before = heard
        expected_now = heard.expected - before.expected
        lost_now = expected_now - (heard.received - before.received)
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 and lost_now > 0 else 0
        return ReportBlock(
            ssrc=heard.ssrc,
            fraction_lost=fraction,
            cumulative_lost=max(-(1 << 23), min(heard.lost, (1 << 23) - 1)),
            highest_sequence=heard.highest_sequence,
            jitter=int(heard.jitter),
            last_sr=last_sr,
            delay_since_last_sr=delay_since_last_sr,
        )

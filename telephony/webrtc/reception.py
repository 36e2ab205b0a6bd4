"""What we know about the RTP stream that a browser sends: packets, losses, jitter. Pure.

Invariant: `expected` counts every sequence number from the first to the highest seen, across wrap-arounds; a duplicate or
late packet never lowers a figure below what a report block may say (RFC 3550 §6.4.1).

Source: RFC 3550 appendix A.1 (sequence numbers), A.3 (losses), A.8 (jitter).
"""

from __future__ import annotations

import msgspec

_MAX_DROPOUT = 3000
"""A larger jump forward is a new start of the sequence, once a second packet confirms it (RFC 3550 A.1)."""
_MAX_MISORDER = 100


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


class Reception:
    """Counts one incoming stream; a new SSRC starts afresh."""

    def __init__(self, payload_type: int, clock_hz: int) -> None:
        self._payload_type = payload_type
        self._clock_hz = clock_hz
        self.packets = 0
        """Since the leg began, across SSRC changes."""
        self._ssrc_bytes = b""
        self._begin(b"", 0)

    def _begin(self, ssrc: bytes, sequence: int) -> None:
        self._ssrc_bytes = ssrc
        self._base = sequence
        self._highest = sequence
        self._cycles = 0
        self._received = 0
        self._bad_sequence = -1
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = 0
        self._received_before = 0

    @property
    def ssrc(self) -> int:
        """0 before the first packet."""
        return int.from_bytes(self._ssrc_bytes, "big")

    @property
    def jitter_ms(self) -> float:
        return self._jitter * 1000 / self._clock_hz

    @property
    def lost(self) -> int:
        """May be negative when packets were duplicated (RFC 3550 A.3)."""
        return self._expected() - self._received

    def on_packet(self, packet: bytes, arrived_s: float) -> None:
        """Takes a whole RTP packet of at least 12 bytes. This runs for every packet: keep it short."""
        self.packets += 1
        sequence = packet[2] << 8 | packet[3]
        if packet[8:12] != self._ssrc_bytes:
            self._begin(packet[8:12], sequence)
        forward = (sequence - self._highest) & 0xFFFF
        if forward < _MAX_DROPOUT:
            if sequence < self._highest:
                self._cycles += 1 << 16
            self._highest = sequence
        elif forward <= 0x10000 - _MAX_MISORDER and not self._restart(packet, sequence):
            return
        self._received += 1
        # Telephone events repeat the time stamp of their beginning (RFC 4733 §2.5.1.2) and would spoil the jitter.
        if packet[1] & 0x7F == self._payload_type:
            transit = arrived_s * self._clock_hz - int.from_bytes(packet[4:8], "big")
            if self._transit is not None:
                self._jitter += (min(abs(transit - self._transit), self._clock_hz) - self._jitter) / 16
            self._transit = transit

    def _restart(self, packet: bytes, sequence: int) -> bool:
        """Two packets in sequence after a jump: the sender began anew without saying so (RFC 3550 A.1)."""
        if sequence != self._bad_sequence:
            self._bad_sequence = (sequence + 1) & 0xFFFF
            return False
        self._begin(packet[8:12], sequence)
        return True

    def _expected(self) -> int:
        return self._cycles + self._highest - self._base + 1 if self._received else 0

    def report(self, last_sr: int, delay_since_last_sr: int) -> ReportBlock | None:
        """The block for our next report, or None before the first packet. The fraction counts from the last call."""
        if not self._received:
            return None
        expected = self._expected()
        expected_now = expected - self._expected_before
        lost_now = expected_now - (self._received - self._received_before)
        self._expected_before, self._received_before = expected, self._received
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 and lost_now > 0 else 0
        return ReportBlock(
            ssrc=self.ssrc,
            fraction_lost=fraction,
            cumulative_lost=max(-(1 << 23), min(self.lost, (1 << 23) - 1)),
            highest_sequence=(self._cycles + self._highest) & 0xFFFFFFFF,
            jitter=int(self._jitter),
            last_sr=last_sr,
            delay_since_last_sr=delay_since_last_sr,
        )

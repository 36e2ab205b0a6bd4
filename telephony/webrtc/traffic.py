"""What passed between the engine and a browser, as the relay counts it. Pure."""

from __future__ import annotations

import msgspec


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One incoming stream until now; a new SSRC or a new start of the sequence begins afresh."""

    packets: int = 0
    """Since the leg began, across new beginnings."""
    ssrc: int = 0
    """0 before the first packet."""
    expected: int = 0
    received: int = 0
    highest_sequence: int = 0
    jitter: float = 0.0
    """In units of the RTP clock."""

    @property
    def lost(self) -> int:
        """May be negative when packets were duplicated (RFC 3550 A.3)."""
        return self.expected - self.received


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What went to the browser."""

    packets: int = 0
    octets: int = 0
    """Of payload."""
    ssrc: int = 0
    timestamp: int = 0
    """RTP time of the last packet."""
    at_s: float = 0.0
    """When it left, by the wall clock."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Both directions of a leg until now."""

    heard: Heard = Heard()
    sent: Sent = Sent()
    rejected_srtp: int = 0
    unsent: int = 0

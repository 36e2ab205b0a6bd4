"""Is a browser leg alive? Decided from what was heard and what time it is. Pure.

Invariant: the states change only as the table below says; `ENDED` is final. Each state but `LIVE` has a deadline: a browser
that never comes, never speaks or falls silent ends its leg by itself.

::

    CONNECTING ──secured──▶ SILENT ──heard──▶ LIVE ⇄ IMPAIRED
        └────────────┬─────────┘                       │
                  deadline ──────────▶ ENDED ◀──deadline
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class LivenessConfig(msgspec.Struct, frozen=True, kw_only=True):
    connect_within_s: float = 10.0
    """From the answer to the first RTP packet."""
    impaired_after_s: float = 2.0
    """Browsers send 50 packets a second, also when muted (no DTX with G.711)."""
    lost_after_s: float = 15.0
    """Sooner than ICE consent expires (30 s), because a caller waits at the other end."""


class LegState(StrEnum):
    CONNECTING = "connecting"
    SILENT = "silent"
    """ICE and DTLS are up, nothing has been heard yet."""
    LIVE = "live"
    IMPAIRED = "impaired"
    ENDED = "ended"


class LegNews(StrEnum):
    """What the owner of a leg is told."""

    CONNECTED = "connected"
    IMPAIRED = "impaired"
    RECOVERED = "recovered"
    TIMED_OUT = "timed_out"
    """Silent for too long."""
    NEVER_CONNECTED = "never_connected"


class Liveness:
    """One leg's state; times are seconds of any clock that does not jump."""

    def __init__(self, config: LivenessConfig, now: float) -> None:
        self._config = config
        self.state = LegState.CONNECTING
        self._began = now
        self._heard_at = now
        self._packets = 0

    def secured(self) -> None:
        """ICE and DTLS are up."""
        if self.state is LegState.CONNECTING:
            self.state = LegState.SILENT

    def ended(self) -> None:
        self.state = LegState.ENDED

    def heard(self, packets: int, now: float) -> LegNews | None:
        """`packets` received until now; called on the first packet and then once a tick."""
        if packets > self._packets and self.state is not LegState.ENDED:
            self._packets = packets
            self._heard_at = now
            return self._awake()
        return None

    def _awake(self) -> LegNews | None:
        before, self.state = self.state, LegState.LIVE
        if before in (LegState.CONNECTING, LegState.SILENT):
            return LegNews.CONNECTED
        return LegNews.RECOVERED if before is LegState.IMPAIRED else None

    def check(self, now: float) -> LegNews | None:
        """What follows from the time alone."""
        silent_s = now - self._heard_at
        if self.state in (LegState.CONNECTING, LegState.SILENT) and now - self._began >= self._config.connect_within_s:
            self.state = LegState.ENDED
            return LegNews.NEVER_CONNECTED
        if self.state is LegState.IMPAIRED and silent_s >= self._config.lost_after_s:
            self.state = LegState.ENDED
            return LegNews.TIMED_OUT
        if self.state is LegState.LIVE and silent_s >= self._config.impaired_after_s:
            self.state = LegState.IMPAIRED
            return LegNews.IMPAIRED
        return None

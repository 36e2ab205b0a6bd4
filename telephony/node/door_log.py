"""One line about connections that the SIP stack has ended: what strangers do must be seen, and must not fill the disk.

Invariant: at most one line in `TELL_EVERY_S`, with everything since the last one.
"""

from __future__ import annotations

from collections.abc import Mapping

TELL_EVERY_S = 10.0


class DoorLog:
    """Pure: the node's heart asks it once a second."""

    def __init__(self) -> None:
        self._told: Mapping[str, int] = {}
        self._told_at = float("-inf")

    def news(self, ended: Mapping[str, int], now: float) -> dict[str, int]:
        """How often since the last line, by reason; empty: there is nothing to write, or not yet."""
        fresh = {reason: count - self._told.get(reason, 0) for reason, count in ended.items()}
        fresh = {reason: count for reason, count in fresh.items() if count > 0}
        if not fresh or 0 <= now - self._told_at < TELL_EVERY_S:
            return {}
        self._told, self._told_at = dict(ended), now
        return fresh

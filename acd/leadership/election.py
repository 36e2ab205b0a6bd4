"""When a candidate may take over from the leader. Pure.

Invariant: it takes over only from a leader whose beat it has watched standing still for `SILENCE_S` of its own steady time,
without a gap in the watching. Two may do so at once: the lease goes to one (`core.leadership.Lease.take`).
"""

from __future__ import annotations

from core.leadership import LeaseRecord

BEAT_EVERY_S = 0.4
"""How often the leader shows that it lives."""
LOOK_EVERY_S = 0.25
SILENCE_S = 1.6
"""Four missed beats. With a look and the catching up, a new leader serves within 3 s."""


UNREADABLE_SILENCE_S = 8.0
"""Who cannot read the stored state would begin empty, and leaves the lead to those who can."""


class Watch:
    """What one candidate has seen of the leader."""

    def __init__(self) -> None:
        self._seen: LeaseRecord | None = None
        self._since_s = 0.0

    def saw(self, record: LeaseRecord, steady_s: float, *, readable: bool = True) -> bool:
        """Whether to take over now."""
        if not record.owner and readable:
            return True
        if record != self._seen:
            self._seen, self._since_s = record, steady_s
            return False
        return steady_s - self._since_s >= (SILENCE_S if readable else UNREADABLE_SILENCE_S)

    def saw_nothing(self) -> None:
        """The store was away, so was it perhaps for the leader: watching begins anew."""
        self._seen = None

"""How long to wait before a dead process is started again. Pure.

Invariant: the first restart is at once, because calls wait for it; a process that dies again and again is started ever more
rarely, never less often than every `LONGEST_S`; one that has lived for `HEALTHY_S` is forgiven everything.
"""

from __future__ import annotations

import msgspec

DELAYS_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
LONGEST_S = DELAYS_S[-1]
HEALTHY_S = 30.0


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one process: how often it has died in a row, and how often at all."""

    in_a_row: int = 0
    restarts: int = 0

    def died(self, lived_s: float) -> Backoff:
        in_a_row = 1 if lived_s >= HEALTHY_S else self.in_a_row + 1
        return Backoff(in_a_row=in_a_row, restarts=self.restarts + 1)

    @property
    def delay_s(self) -> float:
        """Wait before the next start."""
        return DELAYS_S[min(self.in_a_row, len(DELAYS_S)) - 1] if self.in_a_row else 0.0

    @property
    def alarming(self) -> bool:
        """It does not stay up: people must look."""
        return self.in_a_row >= 3

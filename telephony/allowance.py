"""How many lines of one kind a log gets: what strangers send must not fill the disk. Pure.

Invariant: at most `LINES` in `WINDOW_S`; the first line of the next window says how many were left out.
"""

from __future__ import annotations


class Allowance:
    LINES = 20
    WINDOW_S = 10.0

    def __init__(self) -> None:
        self._since = float("-inf")
        self._lines = 0

    def take(self, now: float) -> tuple[bool, int]:
        """(may this line be written, how many were left out before it)"""
        left_out = 0
        if not 0 <= now - self._since < self.WINDOW_S:  # also when a clock was set back
            left_out = max(0, self._lines - self.LINES)
            self._since, self._lines = now, 0
        self._lines += 1
        return self._lines <= self.LINES, left_out

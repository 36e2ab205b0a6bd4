"""A flood of lines is cut, and said to be."""

from __future__ import annotations

from telephony.allowance import Allowance


def test_a_flood_of_lines_is_cut_and_counted() -> None:
    allowance = Allowance()
    taken = [allowance.take(now=100.0)[0] for _ in range(50)]
    assert sum(taken) == Allowance.LINES
    assert allowance.take(now=100.0 + Allowance.WINDOW_S) == (True, 50 - Allowance.LINES)


def test_a_clock_that_was_set_back_begins_anew() -> None:
    allowance = Allowance()
    taken = [allowance.take(now=100.0)[0] for _ in range(50)]
    assert sum(taken) == Allowance.LINES
    assert allowance.take(now=10.0) == (True, 50 - Allowance.LINES)

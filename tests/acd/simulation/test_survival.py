"""Patience of those who did not have to be patient."""

from __future__ import annotations

import numpy as np
import pytest

from acd.simulation.survival import Survival


def test_the_textbook_example() -> None:
    """Left after 1, 2 and 4; served after 2 and 3: S = 4/5, 4/5 · 3/4, then the last one leaves."""
    patience = Survival([1.0, 2.0, 4.0], [2.0, 3.0])
    assert [patience.share(time) for time in (0.5, 1.0, 2.0, 3.5, 4.0)] == pytest.approx([1.0, 0.8, 0.6, 0.6, 0.0])


def test_nobody_who_waited_left() -> None:
    patience = Survival([], [5.0, 9.0])
    assert patience.share(100.0) == 1.0
    assert patience.beyond(3.0, 0.5) is None


def test_who_has_waited_is_given_more_patience_than_that() -> None:
    rng = np.random.default_rng(1)
    patience = Survival(rng.exponential(100.0, 400).tolist(), rng.exponential(50.0, 400).tolist())
    for waited in (0.0, 10.0, 60.0, 200.0):
        drawn = [patience.beyond(waited, luck) for luck in rng.random(100)]
        assert all(more is None or more > waited for more in drawn)


def test_exponential_patience_is_found_in_spite_of_those_who_were_served() -> None:
    rng = np.random.default_rng(2)
    needed, offered = rng.exponential(100.0, 20_000), rng.exponential(80.0, 20_000)
    left, served = needed[needed < offered], offered[needed >= offered]
    patience = Survival(left.tolist(), served.tolist())
    for time in (20.0, 60.0, 150.0):
        assert patience.share(time) == pytest.approx(np.exp(-time / 100.0), abs=0.02)

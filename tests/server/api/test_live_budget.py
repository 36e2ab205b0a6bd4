"""A live view may send so many messages a minute, at once or spread out."""

from __future__ import annotations

from server.api.live import Budget


def test_a_burst_and_then_a_steady_flow() -> None:
    budget = Budget(60, 0.0)
    assert all(budget.allows(0.0) for _ in range(60))
    assert not budget.allows(0.0)
    assert budget.allows(2.0)
    assert not budget.allows(2.0)


def test_a_clock_that_was_set_back_gives_nothing() -> None:
    budget = Budget(1, 100.0)
    assert budget.allows(100.0)
    assert not budget.allows(10.0)


def test_a_browser_s_reports_never_meet_the_limit() -> None:
    budget = Budget(240, 0.0)
    assert all(budget.allows(number * 2.0) for number in range(10_000))

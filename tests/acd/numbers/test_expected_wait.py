"""The estimate of a wait: against theory where theory is exact, and against what came of it where it is not (features A9)."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from acd.numbers.expected_wait import SUMMED_TERMS, Estimate, Line, estimate
from acd.numbers.flow import MEMORY_WORK_ITEMS, Correction, Flow, Recent

TALK_S = 240.0


def flow(handle_s: float = TALK_S, ring_s: float = 0.0, leaving: float = 0.0) -> Flow:
    """A queue that has seen some work."""
    seen = Flow()
    for _ in range(10):
        seen.handle.take(handle_s)
        seen.ring.take(ring_s)
    seen.left, seen.waited_s = leaving * 1000.0, 1000.0
    return seen


def certain(found: Estimate | None) -> Estimate:
    assert found is not None
    return found


def simulated(line: Line, leaving: float, seed: int = 1) -> tuple[float, float]:
    """Median and 90 % quantile of the time until one's turn, drawn as the model says: departures and people giving up."""
    random = Random(seed)
    rates = [line.serving / TALK_S + ahead * leaving for ahead in range(line.ahead + 1)]
    waits = sorted(sum(random.expovariate(rate) for rate in rates) for _ in range(4000))
    return waits[2000], waits[3600]


def test_nobody_serves_and_nothing_is_known() -> None:
    assert estimate(flow(), Line(ahead=3, free=0, serving=0)) is None
    assert estimate(Flow(), Line(ahead=3, free=0, serving=2)) is None


def test_with_an_agent_free_only_the_ring_is_waited_for() -> None:
    assert certain(estimate(flow(ring_s=8.0), Line(ahead=0, free=1, serving=4))) == (8.0, 8.0)
    unseen = certain(estimate(Flow(), Line(ahead=1, free=2, serving=4)))
    assert 3 <= unseen.p50_s <= 6 < unseen.p90_s <= 15, "before any ring was seen, a usual one is assumed"


@pytest.mark.parametrize("ahead", [0, 1, 3, 10, 60])
@pytest.mark.parametrize("leaving", [0.0, 1 / 180])
def test_medians_and_quantiles_are_those_of_the_model(ahead: int, leaving: float) -> None:
    line = Line(ahead=ahead, free=0, serving=8)
    said = certain(estimate(flow(leaving=leaving), line))
    median, quantile = simulated(line, leaving)
    assert said.p50_s == pytest.approx(median, rel=0.06, abs=2.0)
    assert said.p90_s == pytest.approx(quantile, rel=0.05, abs=2.0)


def test_a_line_of_thousands_costs_no_more_than_a_short_one_and_agrees_with_the_plain_sum() -> None:
    leaving, line = 1 / 300, Line(ahead=5000, free=0, serving=100)
    rates = [line.serving / TALK_S + ahead * leaving for ahead in range(line.ahead + 1)]
    mean = sum(1 / rate for rate in rates)
    assert certain(estimate(flow(leaving=leaving), line)).p50_s == pytest.approx(mean, rel=0.01)
    assert certain(estimate(flow(), Line(SUMMED_TERMS * 100, 0, 100))).p50_s == pytest.approx(SUMMED_TERMS * 100 * 2.4, rel=0.01)


def test_more_people_ahead_wait_longer_and_more_agents_shorten_it() -> None:
    waits = [certain(estimate(flow(), Line(ahead, 0, 5))) for ahead in range(20)]
    assert all(shorter < longer for shorter, longer in pairwise(waits))
    assert certain(estimate(flow(), Line(5, 0, 10))) < certain(estimate(flow(), Line(5, 0, 5)))


def test_recent_work_counts_most() -> None:
    times = Recent()
    for _ in range(500):
        times.take(100.0)
    assert (times.mean, times.variance) == (100.0, 0.0)
    for _ in range(3 * MEMORY_WORK_ITEMS):
        times.take(300.0)
    assert times.mean == pytest.approx(300.0, rel=0.05)


def test_mean_and_spread_of_few_are_the_plain_ones() -> None:
    times = Recent()
    for value in (10.0, 20.0, 60.0):
        times.take(value)
    assert times.mean == pytest.approx(30.0)
    assert times.variance == pytest.approx((400 + 100 + 900) / 3)


def test_a_model_that_is_wrong_by_half_is_corrected() -> None:
    """Waits are drawn twice as long as the model says; the correction finds the factor from the outcomes alone."""
    random, learned = Random(3), Correction()
    within = 0
    for number in range(3000):
        p50, p90 = 69.3 * learned.p50, 230.3 * learned.p90
        waited = random.expovariate(1 / 200.0)  # the model thinks 100
        learned.learn(waited, p50, p90)
        within += number >= 500 and waited <= p90
    assert within / 2500 == pytest.approx(0.9, abs=0.02)
    assert learned.p90 == pytest.approx(2.0, rel=0.5)

"""Simulated figures agree with theory, and the fast way of computing a line with the plain one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from acd.simulation.draws import Demand, Shape, customers
from acd.simulation.erlang import Queue, steady_state
from acd.simulation.estimates import ratio
from acd.simulation.lines import LineInStep, LineOfHeaps
from acd.simulation.single_queue import Effort, Result, Rules, simulate

TALK_S = 240.0
EFFORT = Effort(hours=100.0, precision=0.02, most_customers=36_000_000)


def run(agents: int, load: float, patience_s: float | None = None, seed: int = 1) -> Result:
    """`load` of each agent."""
    demand = Demand(calls_per_s=agents * load / TALK_S, talk_s=TALK_S, patience_s=patience_s)
    return simulate(demand, Rules(agents=agents), EFFORT, seed)


def agrees(result: Result, agents: int, load: float, patience_s: float | None, *, tolerance: float) -> None:
    """The 95 % interval is narrower than two thirds of the tolerance to each side: a lucky run proves nothing."""
    theory = steady_state(Queue(agents=agents, calls_per_s=agents * load / TALK_S, handle_s=TALK_S, patience_s=patience_s), 20.0)
    for name in ("probability_of_waiting", "mean_wait_s"):
        estimate = getattr(result, name)
        assert estimate.within(tolerance * 2.0 / 3.0), name
        assert estimate.value == pytest.approx(getattr(theory, name), rel=tolerance), name
    for name in ("service_level", "occupancy", "abandonment"):
        assert getattr(result, name).value == pytest.approx(getattr(theory, name), rel=tolerance, abs=1e-4), name


@pytest.mark.parametrize(("agents", "load"), [(1, 0.8), (10, 0.7), (10, 0.8), (10, 0.9), (25, 0.85)])
def test_waits_are_those_of_erlang_c(agents: int, load: float) -> None:
    agrees(run(agents, load), agents, load, None, tolerance=0.03)


@pytest.mark.parametrize(
    ("agents", "load", "patience_s"), [(10, 0.9, 180.0), (10, 1.2, 180.0), (50, 0.96, 120.0), (1, 0.7, 600.0)]
)
def test_waits_and_leaving_are_those_of_erlang_a(agents: int, load: float, patience_s: float) -> None:
    agrees(run(agents, load, patience_s), agents, load, patience_s, tolerance=0.05)


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    assert run(5, 0.8, 120.0, seed=7) == run(5, 0.8, 120.0, seed=7)
    assert run(5, 0.8, 120.0, seed=7) != run(5, 0.8, 120.0, seed=8)


@pytest.mark.parametrize("patience_s", [None, 100.0])
@pytest.mark.parametrize("agents", [1, 2, 7])
def test_a_row_of_paths_serves_as_a_heap_does(agents: int, patience_s: float | None) -> None:
    demand = Demand(calls_per_s=agents / TALK_S, talk_s=TALK_S, wrap_up_s=30.0, patience_s=patience_s)
    in_step, of_heaps = LineInStep(agents, 9), LineOfHeaps(agents, 9)
    blocks = customers(demand, 3, paths=9)
    for _ in range(10):
        block = next(blocks)
        assert np.array_equal(in_step.waits(block), of_heaps.waits(block))


def test_only_the_hours_asked_for() -> None:
    demand = Demand(calls_per_s=1 / 60.0, talk_s=60.0)
    result = simulate(demand, Rules(agents=2), Effort(hours=50.0, precision=math.inf), 1)
    assert result.hours == pytest.approx(50.0)
    assert result.customers == pytest.approx(3000, abs=300)


def test_even_conversations_wait_half_as_long() -> None:
    """M/D/1: half the wait of M/M/1 (Pollaczek, Khinchine)."""
    demand = Demand(calls_per_s=0.8 / TALK_S, talk_s=TALK_S, talk_shape=Shape.FIXED)
    result = simulate(demand, Rules(agents=1), EFFORT, 1)
    assert result.mean_wait_s.value == pytest.approx(0.8 * TALK_S / (1 - 0.8) / 2, rel=0.03)


def test_lognormal_conversations_keep_their_mean() -> None:
    block = next(customers(Demand(calls_per_s=1.0, talk_s=240.0, talk_shape=Shape.LOGNORMAL), 1, paths=1000, steps=100))
    assert block.talk.mean() == pytest.approx(240.0, rel=0.01)
    assert block.talk.std() == pytest.approx(0.8 * 240.0, rel=0.02)


def test_who_leaves_at_once_is_in_neither_figure() -> None:
    demand = Demand(calls_per_s=2.0 / TALK_S, talk_s=TALK_S, patience_s=4.0)
    strict = simulate(demand, Rules(agents=1), EFFORT, 1)
    kind = simulate(demand, Rules(agents=1, short_abandon_s=5.0), EFFORT, 1)
    assert strict.abandonment.value is not None
    assert kind.abandonment.value is not None
    assert kind.abandonment.value < strict.abandonment.value
    assert kind.service_level.value == pytest.approx(1.0 - kind.abandonment.value, abs=1e-3)


def test_a_line_that_grows_without_end_is_not_simulated() -> None:
    with pytest.raises(ValueError, match="grows without end"):
        simulate(Demand(calls_per_s=2.0 / TALK_S, talk_s=TALK_S), Rules(agents=2), EFFORT, 1)


def test_the_interval_of_a_ratio_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(1000):
        weights = rng.uniform(5.0, 10.0, 12)
        estimate = ratio(weights * rng.normal(3.0, 0.5, 12), weights)
        assert estimate.value is not None
        assert estimate.half_width is not None
        covered += abs(estimate.value - 3.0) <= estimate.half_width
    assert 920 <= covered <= 975


def test_a_line_at_its_limit_says_that_it_is_not_settled() -> None:
    demand = Demand(calls_per_s=0.9999 * 10 / TALK_S, talk_s=TALK_S)
    result = simulate(demand, Rules(agents=10), Effort(hours=1.0, most_customers=200_000), 1)
    assert not result.settled
    assert run(10, 0.7).settled


def test_controls_take_out_what_is_known_and_cover_as_often() -> None:
    rng = np.random.default_rng(6)
    covered, plain_width, width = 0, 0.0, 0.0
    for _ in range(400):
        known = rng.normal(0.0, 1.0, (150, 1))
        numerators = 3.0 + 0.8 * known[:, 0] + rng.normal(0.0, 0.5, 150)
        estimate, plain = ratio(numerators, np.ones(150), known), ratio(numerators, np.ones(150))
        assert estimate.value is not None
        assert estimate.half_width is not None
        assert plain.half_width is not None
        covered += abs(estimate.value - 3.0) <= estimate.half_width
        width, plain_width = width + estimate.half_width, plain_width + plain.half_width
    assert 365 <= covered <= 395
    assert width < 0.6 * plain_width

"""Erlang's formulas against published figures, against each other and against plain sums."""

from __future__ import annotations

import math

import pytest

from acd.simulation.erlang import Queue, Theory, Unstable, erlang_b, erlang_c, steady_state


def line(agents: int, load: float, *, handle_s: float = 240.0, patience_s: float | None = None) -> Queue:
    return Queue(agents=agents, calls_per_s=load / handle_s, handle_s=handle_s, patience_s=patience_s)


@pytest.mark.parametrize(
    ("agents", "load", "blocked"),
    [
        (1, 0.0101, 0.01),
        (5, 1.361, 0.01),
        (10, 4.461, 0.01),
        (10, 3.092, 0.001),
        (20, 12.03, 0.01),
        (50, 37.90, 0.01),
        (100, 84.06, 0.01),
    ],
)
def test_erlang_b_agrees_with_the_published_table(agents: int, load: float, blocked: float) -> None:
    """ITU-D, "Teletraffic Engineering Handbook", table of the offered traffic by blocking."""
    assert erlang_b(agents, load) == pytest.approx(blocked, rel=2e-3)


@pytest.mark.parametrize(
    ("agents", "waits", "mean_wait_s", "within_20_s"),
    [(11, 0.682, 122.8, 0.390), (14, 0.174, 7.8, 0.888), (15, 0.102, 3.7, 0.941)],
)
def test_erlang_c_agrees_with_the_textbook_example(agents: int, waits: float, mean_wait_s: float, within_20_s: float) -> None:
    """200 calls an hour of 180 s, the worked example of most introductions."""
    theory = steady_state(line(agents, 10.0, handle_s=180.0), 20.0)
    assert theory.probability_of_waiting == pytest.approx(waits, abs=5e-4)
    assert theory.mean_wait_s == pytest.approx(mean_wait_s, abs=0.05)
    assert theory.service_level == pytest.approx(within_20_s, abs=1e-3)


def test_erlang_a_and_c_agree_with_garnett_mandelbaum_reiman() -> None:
    """Their example of 2002: 50 agents, 48 calls a minute of a minute, patience two minutes."""
    patient = steady_state(line(50, 48.0, handle_s=60.0), 20.0)
    assert patient.mean_wait_s == pytest.approx(20.8, abs=0.05)
    assert patient.mean_waiting == pytest.approx(17, abs=0.5)
    assert patient.occupancy == pytest.approx(0.96)
    impatient = steady_state(line(50, 48.0, handle_s=60.0, patience_s=120.0), 20.0)
    assert impatient.abandonment == pytest.approx(0.031, abs=5e-4)
    assert impatient.mean_wait_s == pytest.approx(3.7, abs=0.05)
    assert impatient.mean_waiting == pytest.approx(3, abs=0.05)
    assert impatient.occupancy == pytest.approx(0.93, abs=5e-3)


def plain_erlang_a(agents: int, load: float, patience_in_handle_times: float) -> tuple[float, float]:
    """(probability of waiting, abandonment) by summing the birth-death chain state by state."""
    weights = [1.0]
    for state in range(1, 4000):
        leaves = min(state, agents) + max(0, state - agents) / patience_in_handle_times
        weights.append(weights[-1] * load / leaves)
        if weights[-1] < 1e-300:
            break
    total = math.fsum(weights)
    waits = math.fsum(weights[agents:]) / total
    waiting = math.fsum((state - agents) * weight for state, weight in enumerate(weights) if state > agents) / total
    return waits, waiting / patience_in_handle_times / load


@pytest.mark.parametrize(
    ("agents", "load", "patience"), [(1, 0.5, 1.0), (10, 8.0, 0.75), (10, 12.0, 0.75), (50, 48.0, 2.0), (3, 2.9, 50.0)]
)
def test_erlang_a_is_the_birth_death_chain(agents: int, load: float, patience: float) -> None:
    theory = steady_state(line(agents, load, patience_s=patience * 240.0), 20.0)
    waits, abandonment = plain_erlang_a(agents, load, patience)
    assert theory.probability_of_waiting == pytest.approx(waits, rel=1e-9)
    assert theory.abandonment == pytest.approx(abandonment, rel=1e-9)
    assert theory.occupancy == pytest.approx(load * (1 - abandonment) / agents, rel=1e-9)


@pytest.mark.parametrize(("agents", "load"), [(1, 0.8), (10, 8.0), (50, 45.0), (400, 380.0)])
def test_endless_patience_is_erlang_c(agents: int, load: float) -> None:
    patient, nearly = steady_state(line(agents, load), 20.0), steady_state(line(agents, load, patience_s=1e10), 20.0)
    for name in Theory.__struct_fields__:
        assert getattr(nearly, name) == pytest.approx(getattr(patient, name), rel=1e-4, abs=1e-6)


def test_service_level_reaches_everybody_who_is_served_at_last() -> None:
    theory = steady_state(line(10, 11.0, patience_s=180.0), 1e5)
    assert theory.service_level == pytest.approx(1.0 - theory.abandonment, abs=1e-9)


def test_nothing_overflows_in_large_houses() -> None:
    for load in (1.0, 4_800.0, 5_200.0, 50_000.0):
        theory = steady_state(line(5_000, load, patience_s=100.0), 20.0)
        assert all(math.isfinite(getattr(theory, name)) for name in Theory.__struct_fields__)
    assert theory.abandonment == pytest.approx(0.9, abs=1e-6)
    assert theory.occupancy == pytest.approx(1.0)


def test_a_hopelessly_overloaded_line_loses_what_it_cannot_serve() -> None:
    """Ten times the load and great patience: nine tenths leave."""
    theory = steady_state(line(50, 500.0, patience_s=1e7), 20.0)
    assert theory.abandonment == pytest.approx(0.9, rel=1e-6)
    assert theory.mean_wait_s == pytest.approx(0.9 * 1e7, rel=1e-6)
    assert theory.occupancy == pytest.approx(1.0)
    assert theory.service_level == pytest.approx(0.0, abs=1e-12)


def test_a_line_that_grows_without_end_has_no_steady_state() -> None:
    assert not line(8, 8.0).stable
    with pytest.raises(Unstable):
        erlang_c(8, 8.0)
    assert line(8, 8.0, patience_s=1.0).stable


def test_nobody_calls() -> None:
    theory = steady_state(line(3, 0.0), 20.0)
    assert (theory.service_level, theory.occupancy, theory.mean_wait_s) == (1.0, 0.0, 0.0)

"""How many agents: the smallest number that meets the target."""

from __future__ import annotations

import pytest

from acd.simulation.erlang import Queue, steady_state
from acd.simulation.staffing import Target, agents_needed

EIGHTY_IN_TWENTY = Target(share=0.8, within_s=20.0)


@pytest.mark.parametrize(
    ("calls", "handle_s", "patience_s"), [(100, 240.0, None), (100, 240.0, 180.0), (1, 30.0, None), (5000, 300.0, 90.0)]
)
def test_one_agent_fewer_misses_the_target(calls: float, handle_s: float, patience_s: float | None) -> None:
    staffing = agents_needed(calls / 1800.0, handle_s, patience_s, EIGHTY_IN_TWENTY)
    assert staffing.theory.service_level >= 0.8
    fewer = Queue(agents=max(1, staffing.agents - 1), calls_per_s=calls / 1800.0, handle_s=handle_s, patience_s=patience_s)
    if staffing.agents > 1 and fewer.stable:
        assert steady_state(fewer, 20.0).service_level < 0.8


def test_the_textbook_example_needs_fourteen() -> None:
    """200 calls an hour of 180 s, 80 % within 20 s."""
    assert agents_needed(200 / 3600.0, 180.0, None, EIGHTY_IN_TWENTY).agents == 14


def test_patience_that_ends_needs_fewer() -> None:
    assert (
        agents_needed(100 / 1800.0, 240.0, 60.0, EIGHTY_IN_TWENTY).agents
        < agents_needed(100 / 1800.0, 240.0, None, EIGHTY_IN_TWENTY).agents
    )


def test_agents_are_not_burnt() -> None:
    target = Target(share=0.8, within_s=20.0, occupancy_max=0.7)
    staffing = agents_needed(1000 / 1800.0, 240.0, None, target)
    assert staffing.theory.occupancy <= 0.7
    assert staffing.agents == 191  # 133.3 erlangs / 0.7


def test_the_roster_is_larger_than_the_registry() -> None:
    staffing = agents_needed(100 / 1800.0, 240.0, None, EIGHTY_IN_TWENTY, shrinkage=0.3)
    assert staffing.rostered == -(-staffing.agents * 10 // 7)


def test_nobody_calls_nobody_is_needed() -> None:
    assert agents_needed(0.0, 240.0, None, EIGHTY_IN_TWENTY).agents == 0


def test_what_cannot_be_staffed_is_said() -> None:
    with pytest.raises(ValueError, match="more than"):
        agents_needed(1e6, 240.0, None, EIGHTY_IN_TWENTY)

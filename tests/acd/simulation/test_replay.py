"""Yesterday again: the same with the same rules, and something else with others."""

from __future__ import annotations

from datetime import UTC

import pytest

from acd.simulation.replay import Comparison, replay
from tests.acd.simulation.recorded_house import MORNING, RecordedEngine, recorded_day, recording, rules

HOUR = 3600.0


@pytest.fixture(scope="module")
def day() -> RecordedEngine:
    return recorded_day(seed=1)


def same(compared: Comparison) -> None:
    assert compared.misfits == 0
    assert compared.refusals == {}
    assert compared.replayed == compared.recorded
    assert compared.replayed_total == compared.recorded_total


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_same_rules_give_the_same_figures(seed: int) -> None:
    engine = recorded_day(seed, hours=3.0)
    for begin, end in ((MORNING - HOUR, MORNING + 3 * HOUR), (MORNING + 0.7 * HOUR, MORNING + 2.2 * HOUR)):
        found = recording(engine, begin, end)
        assert found.ledger.total().arrived > 100
        assert found.ledger.total().abandoned > 5
        same(replay(found, None, UTC))


def test_the_rules_of_the_record_given_again_change_nothing(day: RecordedEngine) -> None:
    found = recording(day, MORNING, MORNING + 4 * HOUR)
    same(replay(found, rules(), UTC))

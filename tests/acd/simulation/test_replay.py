"""Yesterday again: the same with the same rules, and something else with others."""

from __future__ import annotations

from datetime import UTC

import msgspec
import pytest

from acd.leadership.journal import EntryKind
from acd.model.refusals import Refused
from acd.simulation.recorded import Outcome, Reader
from acd.simulation.replay import Comparison, replay
from core.ids import AgentId
from core.model import AgentConfig, SkillRequirement
from tests.acd.simulation.recorded_installation import (
    BILLING,
    BILLS,
    CHAT,
    MORNING,
    SALES,
    RecordedEngine,
    recorded_day,
    recording,
    rules,
)

HOUR = 3600.0
WHOLE = (MORNING, MORNING + 2 * HOUR)


@pytest.fixture(scope="module")
def day() -> RecordedEngine:
    return recorded_day(seed=1, hours=2.0)


def same(compared: Comparison) -> None:
    assert compared.left_out == 0
    assert compared.refusals == {}
    assert compared.replayed == compared.recorded
    assert compared.replayed_total == compared.recorded_total


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_rules_give_the_same_figures_to_the_last_digit(seed: int) -> None:
    engine = recorded_day(seed, hours=2.0)
    for begin, end in ((MORNING - HOUR, WHOLE[1]), (MORNING + 0.71 * HOUR, MORNING + 1.43 * HOUR)):
        found = recording(engine, begin, end)
        assert found.ledger.total().answered > 50
        same(replay(found, None, UTC))
        same(replay(found, None, UTC, patient=True))


def test_the_record_has_everything_in_it(day: RecordedEngine) -> None:
    """Else the test above would prove little."""
    found = recording(day, *WHOLE)
    rings = [ring.outcome for note in found.notes.values() for ring in note.rings.values()]
    assert set(rings) == set(Outcome)
    total = found.ledger.total()
    assert total.abandoned > 5
    assert total.short_abandoned > 0
    assert total.unserved > 0
    assert found.ledger.by_queue()[CHAT].answered > 5
    callbacks = [work_id for work_id, note in found.notes.items() if len(note.connecting) and note.leaving is None]
    assert len(callbacks) > 50


def test_easier_rules_are_felt_by_their_queue(day: RecordedEngine) -> None:
    easier = rules(requirements=(SkillRequirement(skill=BILLS, level=1),), steps=())
    compared = replay(recording(day, *WHOLE), easier, UTC)
    before, after = compared.recorded[BILLING], compared.replayed[BILLING]
    assert before.mean_wait_s is not None
    assert after.mean_wait_s is not None
    assert after.mean_wait_s < before.mean_wait_s
    assert compared.replayed_total.arrived == compared.recorded_total.arrived
    assert compared.names[BILLING] == "Billing"


def test_who_is_made_to_wait_longer_leaves_or_not(day: RecordedEngine) -> None:
    """Only two agents may do billing: of those who were served some lose patience; with endless patience only the known."""
    harder = rules(requirements=(SkillRequirement(skill=BILLS, level=5),), steps=())
    found = recording(day, *WHOLE)
    human = replay(found, harder, UTC).replayed[BILLING]
    patient = replay(found, harder, UTC, patient=True).replayed[BILLING]
    assert human.abandonment is not None
    assert patient.abandonment is not None
    assert human.abandonment > (found.ledger.by_queue()[BILLING].abandonment or 0.0)
    assert patient.abandonment < human.abandonment
    assert replay(found, harder, UTC, seed=2).replayed[BILLING] != human
    assert replay(found, harder, UTC).replayed[BILLING] == human


def test_an_agent_of_the_new_rules_only_has_no_recorded_shift(day: RecordedEngine) -> None:
    found = recording(day, *WHOLE)
    more = msgspec.structs.replace(rules(), agents=(*rules().agents, AgentConfig(agent_id=AgentId("agent_new"), name="New")))
    compared = replay(found, more, UTC)
    same = replay(found, rules(), UTC)
    assert compared.replayed_total == same.replayed_total


def test_customers_of_a_queue_that_is_gone_are_counted(day: RecordedEngine) -> None:
    without = msgspec.structs.replace(rules(), queues=tuple(queue for queue in rules().queues if queue.queue_id != SALES))
    steps = tuple(step for step in rules().queues[1].steps if step.overflow_to is None)
    queues = tuple(
        msgspec.structs.replace(queue, steps=steps) if queue.queue_id == BILLING else queue for queue in without.queues
    )
    compared = replay(recording(day, *WHOLE), msgspec.structs.replace(without, queues=queues), UTC)
    assert compared.refusals["unknown_queue"] > 50


def test_rules_that_the_engine_refuses_are_refused(day: RecordedEngine) -> None:
    with pytest.raises(Refused, match="ring time-out"):
        replay(recording(day, *WHOLE), rules(ring_timeout_s=0.0), UTC)


def test_a_history_that_does_not_reach_back_begins_where_it_begins(day: RecordedEngine) -> None:
    found = recording(day, MORNING - 30 * HOUR, WHOLE[1])
    assert found.begin == day.entries[0].at
    same(replay(found, None, UTC))


def test_work_that_the_record_leaves_open_is_in_neither(day: RecordedEngine) -> None:
    cut = [entry for entry in day.entries if entry.at < MORNING + 1.5 * HOUR]
    found = Reader(None, cut[0].at, MORNING, MORNING + 2 * HOUR, UTC).read(cut)
    compared = replay(found, None, UTC)
    assert compared.still_open > 3
    assert {queue_id: figures.arrived for queue_id, figures in compared.replayed.items()} == {
        queue_id: figures.arrived for queue_id, figures in compared.recorded.items()
    }
    assert compared.replayed_total.mean_wait_s == compared.recorded_total.mean_wait_s


class LateTimers(RecordedEngine):
    """Its timers fire some milliseconds late, as in production."""

    def next_deadline(self) -> float | None:
        deadline = super().next_deadline()
        return None if deadline is None else deadline + 0.003


def test_timers_that_fired_late_make_little_difference() -> None:
    engine = recorded_day(seed=1, hours=2.0, engine=LateTimers())
    found = recording(engine, *WHOLE)
    compared = replay(found, None, UTC)
    before, after = compared.recorded_total, compared.replayed_total
    assert compared.left_out == 0
    assert after.arrived == before.arrived
    assert after.mean_wait_s == pytest.approx(before.mean_wait_s, rel=0.05)
    assert after.service_level == pytest.approx(before.service_level, abs=0.02)
    assert after.occupancy == pytest.approx(before.occupancy, abs=0.01)


def test_a_change_of_names_which_the_record_does_not_keep_is_left_out_of_nothing(day: RecordedEngine) -> None:
    entries = list(day.entries)
    again = msgspec.structs.replace(entries[0], at=entries[1].at)
    assert again.kind is EntryKind.COMMAND
    found = Reader(None, entries[0].at, *WHOLE, UTC).read([entries[0], again, *entries[1:]])
    assert found.left_out == 0
    same(replay(found, None, UTC))

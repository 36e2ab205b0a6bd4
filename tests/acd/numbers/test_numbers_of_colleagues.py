"""Days with consultations, transfers and hand-overs: history counts again what the board counted, and nobody counts twice."""

from __future__ import annotations

from datetime import UTC

import pytest

from acd.numbers.statistics import Statistics
from acd.numbers.tally import COUNTS, Tally, count
from core.causes import WorkEnd
from core.events import WorkEnded
from core.model import Purpose
from tests.acd.contact_center import MORNING, ContactCenter
from tests.acd.random_installation import QUEUES
from tests.acd.test_invariants import day_with_colleagues

DAY_S = 86_400.0


def counts(tally: Tally) -> dict[str, float]:
    return {name: getattr(tally, name) for name in COUNTS}


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_the_board_and_history_count_the_same(seed: int) -> None:
    day = day_with_colleagues(seed, steps=400)
    statistics = day.live.registry.statistics
    records = [*day.records, *statistics.open()]
    handed_on = 0
    for queue_id in QUEUES:
        again = count([record for record in records if record.queue_id == queue_id], MORNING, MORNING + DAY_S)
        assert counts(again) == pytest.approx(counts(statistics.today(queue_id, day.now)), abs=1e-6)
        handed_on += again.transferred
    assert handed_on == sum(record.transfers for record in day.records) > 0
    assert {record.cause for record in day.records if record.transfers} <= {WorkEnd.TRANSFERRED, WorkEnd.CONFERENCED}
    assert all(record.waited_s >= 0 for record in records)


@pytest.mark.parametrize("seed", [21, 22])
def test_a_projection_of_the_events_gives_the_same_numbers(seed: int) -> None:
    day = day_with_colleagues(seed, steps=300)
    past = Statistics(UTC)
    for event, rules in day.told:
        past.rules = rules
        past.apply(event)
    assert past.numbers == day.live.registry.statistics.numbers
    consultations = [event for event, _ in day.told if isinstance(event, WorkEnded) and event.purpose is Purpose.CONSULTATION]
    assert consultations
    assert all(event.record is None for event in consultations)


def test_who_transfers_has_served_and_the_rate_is_of_conversations() -> None:
    """One of three conversations was handed on: 33 %, whatever became of it."""
    center = ContactCenter()
    orders, billing = center.queue("orders", wrap_up_s=0), center.queue("billing", wrap_up_s=0)
    mei, jon = center.free_agent("Mei", only=(orders,)), center.free_agent("Jon", only=(billing,))
    first = orders.gets()
    mei.answers(first)
    waits = mei.transfers(first, line=billing)
    mei.has_left(first, with_=waits)
    jon.answers(waits)
    waits.hangs_up()
    second = orders.gets()
    mei.answers(second)
    second.hangs_up()
    total = Tally()
    for line in (orders, billing):
        total.add(center.engine.registry.statistics.today(line.queue_id, center.now))
    assert (total.offered, total.answered, total.handled, total.transferred) == (3, 3, 3, 1)


def test_two_agents_of_one_call_have_handled_one_conversation_each_with_their_own_talk() -> None:
    center = ContactCenter()
    orders, billing = center.queue("orders", wrap_up_s=0), center.queue("billing", wrap_up_s=0)
    mei, jon = center.free_agent("Mei", only=(orders,)), center.free_agent("Jon", only=(billing,))
    first = orders.gets()
    mei.answers(first)
    center.passes(100)
    waits = mei.transfers(first, line=billing)
    mei.has_left(first, with_=waits)
    jon.answers(waits)
    center.passes(40)
    waits.hangs_up()
    records = [event.record for event in center.of_type(WorkEnded) if event.record is not None]
    for agent, talked_s in ((mei, 100), (jon, 40)):
        own = count([record for record in records if record.agent_id == agent.agent_id], MORNING, MORNING + DAY_S)
        assert (own.answered, own.handled) == (1, 1)
        assert own.talk_sum_s == pytest.approx(talked_s)
        assert agent.view().handled_today == 1

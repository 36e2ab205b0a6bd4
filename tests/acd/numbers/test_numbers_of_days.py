"""Whole days through the real engine: history counts again what the board counted, and the estimates were worth believing."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import msgspec
import pytest

from acd.numbers.agent_time import StateChange, time_spent
from acd.numbers.service_level import calibration, occupancy, service_level
from acd.numbers.tally import COUNTS, Tally, count
from core.events import AgentStateChanged, AnyEvent, WorkEnded, WorkEnqueued, WorkMoved
from core.ids import QueueId
from core.model import Strategy, WorkRecord
from tests.acd.busy_days import BILLING, DAY_S, MIDNIGHT, ORDERS, Days
from tests.acd.contact_center import ContactCenter

HALF_HOUR_S = 1800.0
SEEDS = (1, 2)
SEEN = tuple(name for name in COUNTS if name not in {"transferred", "unserved"})
"""These days have some of everything else."""
LAG_MIN = 15
"""The board's minutes are read this much later: an answer may still be undone for ten seconds."""


class Board:
    """Somebody who writes down what the board showed: its minutes, and the day at its end."""

    def __init__(self, days: Days, how_many: int) -> None:
        self._days = days
        self.half_hours: dict[tuple[QueueId, float], Tally] = defaultdict(Tally)
        self.day: dict[QueueId, Tally] = {}
        for minute in range(how_many * 24 * 60):
            days.world.plan(MIDNIGHT + minute * 60 + 59.999, self._reads, minute)

    def _reads(self, minute: int) -> None:
        statistics = self._days.engine.registry.statistics
        now = MIDNIGHT + minute * 60
        then = now - LAG_MIN * 60
        for queue_id, queue in statistics.numbers.queues.items():
            tally = queue.minutes.get(int(then // 60))
            if tally is not None:
                self.half_hours[queue_id, then // HALF_HOUR_S * HALF_HOUR_S].add(tally)
            self.day[queue_id] = msgspec.structs.replace(statistics.today(queue_id, now))


def records_of(days: Days) -> list[WorkRecord]:
    """What the archive would have."""
    return records_of_events(days.events)


def records_of_events(events: list[AnyEvent]) -> list[WorkRecord]:
    return [event.record for event in events if isinstance(event, WorkEnded | WorkMoved) and event.record is not None]


def counts(tally: Tally) -> dict[str, float]:
    return {name: getattr(tally, name) for name in COUNTS}


@pytest.mark.parametrize("seed", [11, 12])
def test_the_board_and_history_count_the_same(seed: int) -> None:
    days = Days(seed, load=0.6, agents=6)
    board = Board(days, 1)
    days.pass_(1)
    records = records_of(days)
    assert sum(tally.offered for tally in board.half_hours.values()) > 500
    assert all(any(getattr(tally, name) for tally in board.day.values()) for name in SEEN)
    for (queue_id, start), shown in board.half_hours.items():
        again = count([record for record in records if record.queue_id == queue_id], start, start + HALF_HOUR_S)
        assert counts(again) == pytest.approx(counts(shown), abs=1e-6), (queue_id, start)
    for queue_id, shown in board.day.items():
        again = count([record for record in records if record.queue_id == queue_id], MIDNIGHT, MIDNIGHT + DAY_S)
        assert counts(again) == pytest.approx(counts(shown), abs=1e-6)
        numbers = (again.answered_in_time, again.answered, again.abandoned)
        assert service_level(*numbers) == service_level(shown.answered_in_time, shown.answered, shown.abandoned)


def test_work_that_is_not_over_counts_in_the_present_interval() -> None:
    days = Days(13, load=0.6, agents=6)
    days.plan(1)
    for hour in range(8, 20, 3):
        now = MIDNIGHT + hour * 3600.0
        days.world.run(now)
        statistics = days.engine.registry.statistics
        records = [*records_of(days), *statistics.open()]
        for queue_id in (BILLING, ORDERS):
            again = count([record for record in records if record.queue_id == queue_id], MIDNIGHT, now)
            assert counts(again) == pytest.approx(counts(statistics.today(queue_id, now)), abs=1e-6)


def test_the_numbers_know_the_line_and_what_of_it_rings() -> None:
    days = Days(15, load=0.9, agents=6)
    days.plan(1)
    most = 0
    for quarter in range(7 * 4, 20 * 4):
        days.world.run(MIDNIGHT + quarter * 900.0)
        registry = days.engine.registry
        for queue_id, queue in registry.queues.items():
            ringing = sum(bool(registry.work_items[work_id].offers) for _, work_id in queue.line)
            assert (registry.statistics.numbers.queues[queue_id].waiting, registry.statistics.ringing(queue_id)) == (
                len(queue.line),
                ringing,
            )
            most = max(most, ringing)
    assert most > 0


def test_work_that_rings_at_many_rings_once() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    agents = [center.free_agent(name) for name in ("Mei", "Jon", "Eva")]
    statistics = center.engine.registry.statistics
    call = billing.gets()
    assert (len(call.view().offers), statistics.ringing(billing.queue_id)) == (3, 1)
    agents[1].loses_audio()
    assert statistics.ringing(billing.queue_id) == 1
    center.passes(5)
    agents[0].answers(call)
    assert statistics.ringing(billing.queue_id) == 0
    center.passes(60)
    call.hangs_up()
    agents[0].writes_up(call)
    assert records_of_events(center.events)[0].offers == 3


def test_agents_time_is_the_same_on_the_board_and_in_history() -> None:
    days = Days(14, load=0.6, agents=6)
    days.plan(1)
    now = MIDNIGHT + 15 * 3600.0
    days.world.run(now)
    for agent_id in days.engine.registry.agents:
        changes = [
            StateChange(agent_id=agent_id, at=event.at, state=event.state, reason=event.reason)
            for event in days.events
            if isinstance(event, AgentStateChanged) and event.agent_id == agent_id
        ]
        spent = time_spent(changes, MIDNIGHT, now)
        shown = days.engine.registry.statistics.agent(agent_id, now)
        assert (spent.handling_s, spent.available_s) == pytest.approx((shown.handling_s, shown.available_s), abs=1e-3)
        assert occupancy(spent.handling_s, spent.available_s) == pytest.approx(occupancy(shown.handling_s, shown.available_s))
        assert sum(spent.seconds.values()) == pytest.approx(now - MIDNIGHT)


@cache
def four_days(seed: int) -> Days:
    days = Days(seed, load=0.9, agents=12)
    days.pass_(4)
    return days


def share_within_p90(records: list[WorkRecord], start: float = MIDNIGHT, end: float = MIDNIGHT + 4 * DAY_S) -> float:
    tally = count(records, start, end)
    share = calibration(tally.within_p90, tally.graded)
    assert tally.graded > 300, "too few to judge"
    assert share is not None
    return share


@pytest.mark.parametrize("seed", SEEDS)
def test_nine_of_ten_customers_wait_no_longer_than_they_were_told(seed: int) -> None:
    """Arrivals rise and fall fivefold, agents come and go, queues share agents: the aim is 85 to 95 %, and no day is far off.

    Over eight seeds one of 64 days of a queue was just outside of the aim (84.8 %).
    """
    records = records_of(four_days(seed))
    for queue_id in (BILLING, ORDERS):
        of_queue = [record for record in records if record.queue_id == queue_id]
        assert 0.85 <= share_within_p90(of_queue) <= 0.95
        for day in range(4):
            assert 0.83 <= share_within_p90(of_queue, MIDNIGHT + day * DAY_S, MIDNIGHT + (day + 1) * DAY_S) <= 0.97


@pytest.mark.parametrize("seed", SEEDS)
def test_also_those_who_find_everybody_busy(seed: int) -> None:
    """The many who are answered at once do not hide the few whom the estimate is for."""
    days = four_days(seed)
    busy = {event.work_id for event in days.events if isinstance(event, WorkEnqueued) and not event.agent_free}
    waited = [record for record in records_of(days) if record.work_id in busy]
    assert 0.85 <= share_within_p90(waited) <= 0.95
    tally = count(waited, MIDNIGHT, MIDNIGHT + 4 * DAY_S)
    assert 0.42 <= tally.within_p50 / tally.graded <= 0.58, "the median is in the middle"
    for low, high in ((0, 120), (120, 240), (240, 3600)):
        told = [record for record in waited if low <= (record.expected_p90_s or 0.0) < high]
        assert 0.82 <= share_within_p90(told) <= 0.97, f"of those who were told {low} to {high} s"

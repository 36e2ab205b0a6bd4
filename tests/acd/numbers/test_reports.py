"""Reports by interval, against a day worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest

from acd.numbers.adherence import adherence_of_day
from acd.numbers.agent_time import StateChange, time_by_interval, time_spent
from acd.numbers.behind import Counted, behind
from acd.numbers.intervals import Interval, edges
from core.causes import WorkEnd
from core.counting import Scope
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, Channel, Shift, WorkRecord
from tests.acd.numbers.counted import agent_rows, queue_rows

NINE = 1_780_045_200.0
"""09:00 UTC of a Friday in May 2026."""
HALF_S = 1800.0
BILLING = QueueId("queue_billing")
MEI, JON = AgentId("agent_mei"), AgentId("agent_jon")


def work(number: int, at: float, **fields: object) -> WorkRecord:
    known = {
        "work_id": WorkId(f"work_{number}"),
        "call_id": None,
        "channel": Channel.CALL,
        "queue_id": BILLING,
        "enqueued_at": at,
        "entered_at": at,
        "service_level_s": 20.0,
        "short_abandon_s": 5.0,
    }
    return WorkRecord(**{**known, **fields})  # type: ignore[arg-type]


def answered(
    number: int, at: float, *, waited_s: float, talk_s: float, wrap_up_s: float, p90_s: float | None = None
) -> WorkRecord:
    answered_at = at + waited_s
    return work(
        number,
        at,
        answered_at=answered_at,
        connected_at=answered_at,
        talked_until=answered_at + talk_s,
        ended_at=answered_at + talk_s + wrap_up_s,
        waited_s=waited_s,
        agent_id=MEI,
        cause=WorkEnd.SERVED,
        expected_p50_s=None if p90_s is None else p90_s / 2,
        expected_p90_s=p90_s,
    )


def left(number: int, at: float, waited_s: float, cause: WorkEnd = WorkEnd.ABANDONED) -> WorkRecord:
    return work(number, at, ended_at=at + waited_s, waited_s=waited_s, cause=cause)


HALF_AN_HOUR = (
    answered(1, NINE + 60, waited_s=5, talk_s=200, wrap_up_s=40, p90_s=8),
    answered(2, NINE + 400, waited_s=15, talk_s=100, wrap_up_s=20, p90_s=10),
    answered(3, NINE + 900, waited_s=40, talk_s=300, wrap_up_s=0, p90_s=60),
    left(4, NINE + 1000, waited_s=30),
    left(5, NINE + 1100, waited_s=3),
    left(6, NINE + 1200, waited_s=10, cause=WorkEnd.OVERFLOWED),
    left(7, NINE + 1300, waited_s=100, cause=WorkEnd.TIMED_OUT),
    answered(8, NINE + 1790, waited_s=20, talk_s=60, wrap_up_s=0),
)
MEIS_DAY = (
    StateChange(agent_id=MEI, at=NINE - 3600, state=AgentState.AVAILABLE),
    StateChange(agent_id=MEI, at=NINE + 600, state=AgentState.BUSY),
    StateChange(agent_id=MEI, at=NINE + 1200, state=AgentState.WRAP_UP),
    StateChange(agent_id=MEI, at=NINE + 1500, state=AgentState.AWAY, reason="lunch"),
    StateChange(agent_id=MEI, at=NINE + 2100, state=AgentState.AVAILABLE),
)


def test_a_half_hour_by_hand() -> None:
    between = edges(NINE + 5, NINE + 1500, Interval.HALF_HOUR, UTC)
    assert between == [NINE, NINE + HALF_S]
    (row,) = queue_rows(HALF_AN_HOUR, {MEI: MEIS_DAY}, between, [BILLING], NINE + 3600)
    assert (row.offered, row.answered, row.answered_in_time) == (8, 3, 2)
    assert (row.abandoned, row.short_abandoned, row.moved, row.unserved) == (1, 1, 1, 1)
    assert row.service_level == pytest.approx(2 / 4)
    assert row.average_speed_of_answer_s == pytest.approx((5 + 15 + 40) / 3)
    assert row.handled == 3
    assert row.average_handle_time_s == pytest.approx((240 + 120 + 300) / 3)
    assert row.average_talk_s == pytest.approx(200)
    assert row.average_wrap_up_s == pytest.approx(20)
    assert row.abandonment == pytest.approx(1 / 4)
    assert row.transfer_rate == 0.0
    assert row.calibration == pytest.approx(2 / 3), "the second was told 10 s and waited 15"
    assert row.estimate_error_s == pytest.approx((1 + 10 + 10) / 3)
    assert row.occupancy == pytest.approx(900 / 1500), "free 600, talking 600, wrap-up 300; away does not count"


def test_an_outcome_counts_when_it_happens() -> None:
    between = edges(NINE, NINE + 3600, Interval.HALF_HOUR, UTC)
    first, second = queue_rows(HALF_AN_HOUR, {}, between, [BILLING], NINE + 7200)
    assert (first.offered, second.offered) == (8, 0)
    assert (first.answered, second.answered, second.handled) == (3, 1, 1)
    assert second.service_level == 1.0
    assert second.occupancy is None


def test_nothing_happened_is_a_row_without_numbers() -> None:
    rows = queue_rows([], {}, edges(NINE, NINE + 3600, Interval.QUARTER_HOUR, UTC), [BILLING], NINE + 3600)
    assert len(rows) == 4
    assert all(row.offered == 0 and row.service_level is None and row.calibration is None for row in rows)


def test_agents_time_by_interval_and_reason() -> None:
    between = edges(NINE, NINE + 3600, Interval.HALF_HOUR, UTC)
    jon = agent_rows(HALF_AN_HOUR, {MEI: MEIS_DAY}, between, [JON], NINE + 3600)
    assert [row.handled for row in jon] == [0, 0]
    assert jon[0].occupancy is None
    first, second = agent_rows(HALF_AN_HOUR, {MEI: MEIS_DAY}, between, [MEI], NINE + 2400)
    assert (first.available_s, first.busy_s, first.wrap_up_s, first.away_s) == (600, 600, 300, 300)
    assert (first.away, second.away) == ({"lunch": 300}, {"lunch": 300})
    assert second.available_s == 300, "time to come does not count"
    assert (first.handled, second.handled) == (3, 1)
    assert first.occupancy == pytest.approx(900 / 1500)


def test_adherence_by_interval_adds_up_to_that_of_the_day() -> None:
    day = datetime.fromtimestamp(NINE, UTC)
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()]
    shifts = {MEI: (Shift(days=(weekday,), hours=("08:30-09:10", "09:20-12:00")),)}
    halves = edges(NINE - 3600, NINE + 3600, Interval.HALF_HOUR, UTC)
    rows = agent_rows([], {MEI: MEIS_DAY}, halves, [MEI], NINE + 2400, shifts=shifts, zone=UTC)
    (whole,) = agent_rows([], {MEI: MEIS_DAY}, (halves[0], halves[-1]), [MEI], NINE + 2400, shifts=shifts, zone=UTC)
    assert whole.planned_s == sum(row.planned_s for row in rows) == (40 + 20) * 60
    assert whole.planned_served_s == sum(row.planned_served_s for row in rows)
    spent = adherence_of_day(shifts[MEI], MEIS_DAY, day.date(), UTC, NINE + 2400)
    assert (whole.planned_served_s, whole.adherence) == (spent.served_s, spent.share)
    (unplanned,) = agent_rows([], {MEI: MEIS_DAY}, (halves[0], halves[-1]), [MEI], NINE)
    assert (unplanned.planned_s, unplanned.adherence) == (0, None)


def test_intervals_add_up_to_the_whole() -> None:
    between = edges(NINE - 7200, NINE + 7200, Interval.QUARTER_HOUR, UTC)
    parts = time_by_interval(MEIS_DAY, between)
    whole = time_spent(MEIS_DAY, between[0], between[-1])
    for state, seconds in whole.seconds.items():
        assert sum(part.seconds.get(state, 0.0) for part in parts) == pytest.approx(seconds)
    assert sum(whole.seconds.values()) == pytest.approx(between[-1] - (NINE - 3600)), "before the first known state is nothing"


def test_days_begin_at_midnight_of_the_zone_also_when_clocks_change() -> None:
    london = ZoneInfo("Europe/London")
    saturday_noon = 1_774_699_200.0  # 28 March 2026: the next night has 23 hours
    between = edges(saturday_noon, saturday_noon + 2 * 86_400, Interval.DAY, london)
    assert [(end - start) / 3600 for start, end in pairwise(between)] == [24, 23, 24]
    assert between[0] == saturday_noon - 12 * 3600


@pytest.mark.parametrize(
    ("interval", "length"), [(Interval.QUARTER_HOUR, 900), (Interval.HALF_HOUR, 1800), (Interval.HOUR, 3600)]
)
def test_intervals_are_whole_and_without_gaps(interval: Interval, length: float) -> None:
    between = edges(NINE + 1, NINE + 3 * 3600 - 1, interval, UTC)
    assert between[0] == NINE
    assert between[-1] == NINE + 3 * 3600
    assert {end - start for start, end in pairwise(between)} == {length}


def test_queues_together_are_counted_and_not_averaged() -> None:
    """One queue answered 1 of 1 in time, the other 0 of 3: together that is a quarter, and not a half."""
    orders = QueueId("queue_orders")
    quick = answered(1, NINE + 60, waited_s=5, talk_s=60, wrap_up_s=0)
    slow = [
        msgspec.structs.replace(answered(number, NINE + 60, waited_s=40, talk_s=180, wrap_up_s=0), queue_id=orders)
        for number in (2, 3, 4)
    ]
    between = edges(NINE, NINE + 2 * HALF_S, Interval.HALF_HOUR, UTC)
    first, second = queue_rows([quick, *slow], {MEI: MEIS_DAY}, between, [BILLING, orders], NINE + 3600, together=True)
    assert (first.queue_id, first.offered, first.answered_in_time) == ("", 4, 1)
    assert (first.service_level, first.average_speed_of_answer_s) == (1 / 4, (5 + 3 * 40) / 4)
    assert (second.start, second.offered, second.service_level) == (NINE + HALF_S, 0, None)
    (of_one,) = queue_rows([quick, *slow], {}, (NINE, NINE + 3600), [orders], NINE + 3600, together=True)
    assert of_one.offered == 3, "only the queues that the report is about"


def test_agents_together_have_the_sum_of_their_time() -> None:
    jons = tuple(msgspec.structs.replace(change, agent_id=JON) for change in MEIS_DAY[:1])
    between = edges(NINE, NINE + 1, Interval.HALF_HOUR, UTC)
    (both,) = agent_rows(HALF_AN_HOUR, {MEI: MEIS_DAY, JON: jons}, between, [MEI, JON], NINE + 3600, together=True)
    (mei, jon) = sorted(
        agent_rows(HALF_AN_HOUR, {MEI: MEIS_DAY, JON: jons}, between, [MEI, JON], NINE + 3600), key=lambda row: row.available_s
    )
    assert (both.agent_id, both.handled) == ("", mei.handled + jon.handled)
    assert both.available_s == mei.available_s + jon.available_s == 600 + 1800
    assert both.occupancy == pytest.approx((600 + 300) / (600 + 300 + 600 + 1800))


@pytest.mark.parametrize("counted", list(Counted))
def test_behind_each_number_are_as_many_conversations(counted: Counted) -> None:
    between = edges(NINE, NINE + 2 * HALF_S, Interval.HALF_HOUR, UTC)
    for row in queue_rows(HALF_AN_HOUR, {}, between, [BILLING], NINE + 7200):
        found = behind(HALF_AN_HOUR, [counted], row.start, row.end, Scope(queues=frozenset({BILLING})))
        assert len(found) == getattr(row, counted)
        assert [each.at for each in found] == sorted(each.at for each in found)
    assert behind(HALF_AN_HOUR, [counted], NINE, NINE + HALF_S, Scope(queues=frozenset({QueueId("queue_other")}))) == []

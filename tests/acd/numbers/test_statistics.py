"""The numbers of a contact center against days worked out by hand (features A10)."""

from __future__ import annotations

from datetime import UTC

import pytest

from acd.numbers.service_level import abandonment, average_handle_time, average_speed_of_answer, occupancy, service_level
from acd.numbers.statistics import Statistics
from acd.views.numbers import numbers_view
from core.events import QueueMoved
from core.ids import AgentId
from core.model import AgentState
from tests.acd.contact_center import ContactCenter, Line, Person


def test_formulas() -> None:
    assert service_level(answered_in_time=8, answered=9, abandoned=1) == 0.8
    assert average_speed_of_answer(90.0, 9) == 10.0
    assert average_handle_time(600.0, 3) == 200.0
    assert abandonment(abandoned=1, answered=9) == 0.1
    assert occupancy(handling_s=30.0, available_s=10.0) == 0.75


def test_nothing_measured_is_no_number() -> None:
    assert service_level(0, 0, 0) is None
    assert average_speed_of_answer(0.0, 0) is None
    assert average_handle_time(0.0, 0) is None
    assert abandonment(0, 0) is None
    assert occupancy(0.0, 0.0) is None


def a_morning() -> tuple[ContactCenter, Line]:
    """Three answered after 5, 15 and 25 s (threshold 20), one left after 30 s, one changed their mind after 3 s."""
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=10)
    mei = center.agent("Mei")
    mei.has_audio()
    for waited in (5, 15, 25):
        call = billing.gets()
        center.passes(waited)
        mei.becomes(AgentState.AVAILABLE)
        mei.answers(call)
        mei.becomes(AgentState.AWAY)
        center.passes(90)
        call.hangs_up()
        center.passes(10)
    for patience in (30, 3):
        call = billing.gets()
        center.passes(patience)
        call.hangs_up()
    return center, billing


def test_a_morning_by_hand() -> None:
    center, billing = a_morning()
    view = billing.view()
    assert (view.offered, view.answered, view.abandoned) == (5, 3, 1)
    assert view.service_level == view.service_level_today == pytest.approx(2 / 4)
    assert view.average_speed_of_answer_s == pytest.approx(15)
    assert view.average_handle_time_s == pytest.approx(100), "90 s of conversation and 10 s of wrap-up"
    numbers = numbers_view(center.engine.registry, center.now)
    assert (numbers.offered_today, numbers.abandoned_today, numbers.waiting) == (5, 1, 0)
    assert numbers.service_level_30m == pytest.approx(0.5)


def test_board_and_recorded_events_give_the_same_numbers() -> None:
    center, _ = a_morning()
    past = Statistics(UTC)
    past.rules = dict(center.engine.registry.statistics.rules)
    for event in center.events:
        past.apply(event)
    assert past.numbers == center.engine.registry.statistics.numbers


def test_agent_numbers() -> None:
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=0)
    mei = center.free_agent("Mei")
    center.passes(99)
    call = billing.gets()
    mei.answers(call)
    center.passes(300)
    call.hangs_up()
    view = mei.view()
    assert (view.handled_today, view.aht_s) == (1, 300.0)
    assert view.occupancy == pytest.approx(300 / 400)


def test_the_last_thirty_minutes_forget_and_the_day_remembers() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    call = billing.gets()
    center.passes(30)
    call.hangs_up()
    center.passes(31 * 60)
    assert billing.view().service_level is None
    assert billing.view().service_level_today == 0.0


def test_a_new_day_begins_at_midnight_of_the_zone() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    call = billing.gets()
    call.hangs_up()
    assert billing.view().offered == 1
    center.passes(24 * 3600)
    assert billing.view().offered == 0
    billing.gets()
    assert billing.view().offered == 1


def test_recent_shows_the_longest_line_of_each_minute() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    calls = [billing.gets() for _ in range(3)]
    for call in calls[:2]:
        call.hangs_up()
    center.passes(3 * 60)
    assert billing.view().recent[-4:] == (3, 1, 1, 1)
    assert len(billing.view().recent) == 30
    center.passes(40 * 60)
    assert billing.view().recent == (1,) * 30, "a quiet half-hour keeps the line it began with"


def test_waiting_flows_hear_their_place_and_expected_wait() -> None:
    """fusionpbx#2455."""
    center, billing = a_morning()
    mei = Person(center, AgentId("agent_Mei"))
    mei.becomes(AgentState.AVAILABLE)
    busy = billing.gets()
    mei.answers(busy)
    center.passes(2)
    first, second = billing.gets(), billing.gets()
    center.passes(1)
    told = center.of_type(QueueMoved)[-1]
    assert told.waiting == (first.work_id, second.work_id)
    assert told.expected_wait_s is not None
    assert told.expected_p90_s is not None
    assert 150 < told.expected_wait_s < 300 < told.expected_p90_s, "three conversations of 100 s, less who gives up"


def test_a_long_line_is_told_at_most_once_a_second() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    center.passes(5)
    before = len(center.of_type(QueueMoved))
    for _ in range(100):
        billing.gets()
        center.passes(0.01)
    center.passes(2)
    told = center.of_type(QueueMoved)[before:]
    assert len(told) == 2
    assert len(told[-1].waiting) == 100

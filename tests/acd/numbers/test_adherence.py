"""Shifts and adherence: who came when planned, who late, who went, and what the board shows of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.model.refusals import Refused
from acd.numbers.adherence import Adherence, Attendance, Period, adherence, adherence_of_day, planned, planned_until, served
from acd.numbers.agent_time import StateChange
from core.commands import ConfigureAcd
from core.ids import AgentId
from core.model import AgentConfig, AgentState, Shift
from tests.acd.contact_center import MORNING, ContactCenter, Person

WEEK = (
    Shift(days=("mon-thu",), hours=("09:00-12:30", "13:00-17:00")),
    Shift(days=("fri",), hours=("09:00-13:00",)),
)
THURSDAY = date(2026, 5, 28)
H = 3600.0


def at(hour: float, day: date = THURSDAY) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + hour * H


def was(hour: float, state: AgentState) -> StateChange:
    return StateChange(agent_id=AgentId("agent_mei"), at=at(hour), state=state)


def test_a_plan_is_the_day_s_shifts_in_the_company_s_time() -> None:
    assert planned(WEEK, THURSDAY, UTC) == (Period(at(9), at(12.5)), Period(at(13), at(17)))
    assert planned(WEEK, date(2026, 5, 30), UTC) == ()
    london = planned(WEEK, THURSDAY, ZoneInfo("Europe/London"))
    assert london[0].start == at(8)


def test_shifts_that_touch_are_one_and_the_day_may_end_at_midnight() -> None:
    shifts = (Shift(days=("thu",), hours=("09:00-12:00",)), Shift(days=("thu",), hours=("12:00-24:00",)))
    assert planned(shifts, THURSDAY, UTC) == (Period(at(9), at(24)),)


def test_a_perfect_day_is_one() -> None:
    changes = [
        was(8.9, AgentState.AVAILABLE),
        was(10, AgentState.BUSY),
        was(12.5, AgentState.AWAY),
        was(13, AgentState.AVAILABLE),
    ]
    day = adherence_of_day(WEEK, [*changes, was(17.5, AgentState.SIGNED_OUT)], THURSDAY, UTC, at(20))
    assert day == Adherence(planned_s=7.5 * H, served_s=7.5 * H)
    assert day.share == 1.0


def test_late_out_and_early_are_told_apart() -> None:
    changes = [
        was(9.25, AgentState.AVAILABLE),
        was(10, AgentState.AWAY),
        was(10.5, AgentState.AVAILABLE),
        was(12, AgentState.SIGNED_OUT),
        was(13, AgentState.AVAILABLE),
        was(16.75, AgentState.SIGNED_OUT),
    ]
    day = adherence_of_day(WEEK, changes, THURSDAY, UTC, at(20))
    assert (day.late_s, day.out_s, day.early_s) == (0.25 * H, 0.5 * H, 0.75 * H)
    assert day.served_s == 6.0 * H


def test_who_never_came_is_late_all_day() -> None:
    assert adherence_of_day(WEEK, [], THURSDAY, UTC, at(20)) == Adherence(planned_s=7.5 * H, late_s=7.5 * H)


def test_only_the_past_counts_and_an_absence_that_goes_on_is_out() -> None:
    now = adherence_of_day(WEEK, [was(9, AgentState.AVAILABLE), was(11, AgentState.AWAY)], THURSDAY, UTC, at(11.5))
    assert (now.planned_s, now.served_s, now.out_s, now.early_s) == (2.5 * H, 2 * H, 0.5 * H, 0.0)


def test_who_serves_beside_the_plan_gains_and_loses_nothing() -> None:
    day = adherence_of_day(WEEK, [was(6, AgentState.AVAILABLE), was(22, AgentState.SIGNED_OUT)], THURSDAY, UTC, at(23))
    assert day.share == 1.0
    assert adherence_of_day((), [was(6, AgentState.AVAILABLE)], THURSDAY, UTC, at(23)).share is None


def test_serving_is_everything_but_away_and_signed_out() -> None:
    changes = [
        was(9, AgentState.AVAILABLE),
        was(9.1, AgentState.OFFERED),
        was(9.2, AgentState.WRAP_UP),
        was(9.3, AgentState.AWAY),
    ]
    assert served(changes, at(9), at(17)) == (Period(at(9), at(9.3)),)


periods = st.lists(st.integers(min_value=0, max_value=86400), max_size=12, unique=True).map(
    lambda ends: tuple(
        Period(float(start), float(end)) for start, end in zip(sorted(ends)[::2], sorted(ends)[1::2], strict=False)
    )
)


@given(plan=periods, presence=periods, now=st.integers(min_value=0, max_value=90000))
def test_every_planned_second_counts_once(plan: tuple[Period, ...], presence: tuple[Period, ...], now: int) -> None:
    found = adherence(plan, presence, float(now))
    assert found.served_s + found.late_s + found.out_s + found.early_s == pytest.approx(found.planned_s)
    assert found.planned_s == sum(max(0.0, min(period.end, now) - period.start) for period in plan)
    assert min(found.served_s, found.late_s, found.out_s, found.early_s) >= 0.0


def test_attendance_remembers_a_day_and_what_goes_on_over_midnight() -> None:
    kept = Attendance()
    kept.note(AgentState.AVAILABLE, 10.0, day=1)
    kept.note(AgentState.BUSY, 20.0, day=1)
    kept.note(AgentState.AWAY, 30.0, day=1)
    assert kept.until(99.0) == (Period(10.0, 30.0),)
    kept.note(AgentState.AVAILABLE, 40.0, day=1)
    kept.note(AgentState.BUSY, 100.0, day=2)
    assert kept.until(110.0) == (Period(40.0, 110.0),)


# ── in the engine ─────────────────────────────────────────────────────────────────────────────────────────────────


def on_shift(center: ContactCenter, *hours: str) -> Person:
    """Mei, planned for the Thursday of the tests (20:26 UTC when they begin)."""
    shift = Shift(days=("thu",), hours=hours)
    center.does(ConfigureAcd(queues=(), agents=(AgentConfig(agent_id=AgentId("agent_mei"), name="Mei", shifts=(shift,)),)))
    return Person(center, AgentId("agent_mei"))


def test_the_board_shows_until_when_and_how_well() -> None:
    center = ContactCenter()
    mei = on_shift(center, "20:00-22:00")
    start = MORNING - MORNING % 86400 + 20 * H
    assert planned_until(planned((Shift(days=("thu",), hours=("20:00-22:00",)),), THURSDAY, UTC), center.now) == start + 2 * H
    assert mei.view().planned_until == start + 2 * H
    assert mei.view().adherence == 0.0
    mei.becomes(AgentState.AVAILABLE)
    center.passes(300)
    assert mei.view().adherence == 0.0, "not reachable is not served"
    mei.has_audio()
    center.passes(600)
    assert mei.view().adherence == pytest.approx(600 / (center.now - start))
    assert mei.view().late_s == pytest.approx(MORNING + 300 - start)
    center.restarts()
    assert mei.view().adherence == pytest.approx(600 / (center.now - start))
    center.passes(3 * H)
    assert mei.view().planned_until is None


def test_without_a_plan_nothing_is_shown() -> None:
    center = ContactCenter()
    view = center.free_agent("jon").view()
    assert (view.planned_until, view.adherence, view.late_s) == (None, None, 0.0)


def test_shifts_that_overlap_are_refused_with_their_place() -> None:
    center = ContactCenter()
    with pytest.raises(Refused, match=r"shifts\.0\.hours\.1: “21:00-23:00” overlaps “20:00-22:00”"):
        on_shift(center, "20:00-22:00", "21:00-23:00")

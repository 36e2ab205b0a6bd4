"""Opening hours: open or closed at a time, when it opens next, and every mistake with its place."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import holidays
from hypothesis import given
from hypothesis import strategies as st

from core.opening_hours import OpeningHours, PublicHolidays, _countries, _parts_of, schedule_complaints

LONDON = ZoneInfo("Europe/London")
OFFICE = OpeningHours(
    time_zone="Europe/London",
    week={"mon-fri": ("09:00-12:30", "13:30-17:00"), "sat": ("20:00-24:00",)},
    special={"2026-12-24": ("09:00-12:00",), "2026-12-25": ()},
    holidays=PublicHolidays(country="GB", subdivision="ENG"),
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).timestamp()


def opens(text: str) -> str:
    moment = OFFICE.next_open(at(text))
    assert moment is not None
    return datetime.fromtimestamp(moment, LONDON).isoformat(timespec="minutes")[:16]


def test_open_within_a_span_and_closed_between_spans() -> None:
    assert OFFICE.is_open(at("2026-06-22T09:00"))
    assert not OFFICE.is_open(at("2026-06-22T12:30"))
    assert OFFICE.state_at(at("2026-06-22T13:00")) == ("closed", "closed (Mon 13:00)")


def test_an_open_moment_is_its_own_next_opening() -> None:
    assert OFFICE.next_open(at("2026-06-22T10:15")) == at("2026-06-22T10:15")


def test_opens_after_lunch_next_morning_and_after_the_week_end() -> None:
    assert opens("2026-06-22T12:45") == "2026-06-22T13:30"
    assert opens("2026-06-22T18:00") == "2026-06-23T09:00"
    assert opens("2026-06-21T10:00") == "2026-06-22T09:00"


def test_holidays_and_days_with_their_own_hours_count() -> None:
    assert opens("2026-12-24T12:00") == "2026-12-29T09:00"
    assert OFFICE.state_at(at("2027-01-01T10:00"))[0] == "holiday"
    assert opens("2026-12-31T18:00") == "2027-01-02T20:00"


def test_the_end_of_the_day_is_midnight() -> None:
    assert OFFICE.is_open(at("2026-06-27T23:59"))
    assert not OFFICE.is_open(at("2026-06-28T00:00"))


def test_who_never_opens_has_no_next_opening() -> None:
    assert OpeningHours(time_zone="UTC", week={}).next_open(0.0) is None


@given(st.floats(min_value=1_700_000_000, max_value=1_900_000_000))
def test_the_next_opening_is_open_and_nothing_before_it_is(now: float) -> None:
    moment = OFFICE.next_open(now)
    assert moment is not None
    assert moment >= now
    assert OFFICE.is_open(moment)
    if moment > now:
        assert not OFFICE.is_open(moment - 61)
        assert not OFFICE.is_open(now)


def test_every_mistake_has_its_place() -> None:
    wrong = OpeningHours(
        time_zone="Europe/Londn",
        week={"mon-fri": ("09:00-13:00", "12:00-17:00", "8-9"), "fri": ("10:00-11:00",), "sut": ()},
        special={"24.12.": ("12:00-09:00",)},
        holidays=PublicHolidays(country="XX"),
    )
    assert [each.where for each in schedule_complaints(wrong)] == [
        ("time_zone",),
        ("week", "mon-fri", 1),
        ("week", "mon-fri", 2),
        ("week", "fri"),
        ("week", "sut"),
        ("special", "24.12."),
        ("special", "24.12.", 0),
        ("holidays", "country"),
    ]
    assert "“12:00-17:00” overlaps “09:00-13:00”" in [each.sentence for each in schedule_complaints(wrong)]


def test_every_country_and_part_the_library_has_can_be_chosen() -> None:
    assert {country: sorted(_parts_of(country)) for country in _countries()} == {
        country: sorted(parts) for country, parts in holidays.list_supported_countries().items()
    }

from __future__ import annotations

from math import inf, nan

import pytest

from customers.words import how_long, ordinal, when
from tests.customers.front_office import DAY, HOUR, LONDON, NOON


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "119 min"), (7200, "2 h"), (19 * HOUR, "19 h"), (3 * DAY, "3 days")],
)
def test_durations_are_said_in_the_unit_that_fits(seconds: float, said: str) -> None:
    assert how_long(seconds) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (HOUR, "today 11:00"),
        (20 * HOUR, "yesterday 16:00"),
        (-DAY, "tomorrow 12:00"),
        (12 * DAY, "3 Nov"),
        (400 * DAY, "11 Oct 2022"),
    ],
)
def test_days_are_named_as_seen_from_today(before: float, said: str) -> None:
    assert when(NOON - before, NOON, LONDON) == said


def test_yesterday_is_a_day_of_the_company_and_not_of_utc() -> None:
    half_past_midnight_in_summer = 1_689_982_200.0  # 2023-07-22 00:30 in London, 21 July in UTC
    assert when(half_past_midnight_in_summer - HOUR, half_past_midnight_in_summer, LONDON) == "yesterday 23:30"


def test_counts_are_said_in_words_while_they_are_small() -> None:
    assert [ordinal(number) for number in (2, 3, 4)] == ["Second", "Third", "4th"]


@pytest.mark.parametrize("at", [nan, inf, -inf, 1e308, -1e308, 577_244_000_000.0])
def test_a_time_that_no_calendar_knows_is_said_all_the_same(at: float) -> None:
    """Kept by a release that did not refuse it: it must not take the customer's whole screen-pop with it."""
    assert when(at, NOON, LONDON) in {"1 Jan 2100", "1 Jan 1900", "31 Dec 1899"}
    assert how_long(at)

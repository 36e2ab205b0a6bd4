from __future__ import annotations

import pytest

from customers.phone import formatted, is_withheld, time_zone, to_e164


@pytest.mark.parametrize("sent", ["+442079460180", "442079460180", "02079460180", "00442079460180", "020 7946 0180"])
def test_every_form_that_trunks_send_is_the_same_number(sent: str) -> None:
    assert to_e164(sent, "GB") == "+442079460180"


@pytest.mark.parametrize("sent", ["1000", "sipp", "", "anonymous", "12", "+", "<script>", "9" * 60, "+0"])
def test_what_is_no_telephone_number_stays_one_nobody_is_found_by(sent: str) -> None:
    assert to_e164(sent, "GB") is None


def test_a_new_range_in_full_international_form_is_accepted() -> None:
    assert to_e164("+15550100", "GB") == "+15550100"


@pytest.mark.parametrize("sent", ["", "anonymous", "Anonymous", " restricted "])
def test_withheld_numbers_are_recognized(sent: str) -> None:
    assert is_withheld(sent)


def test_numbers_are_shown_with_their_spaces() -> None:
    assert formatted("+442079460180") == "+44 20 7946 0180"
    assert formatted("sip:alice") == "sip:alice"


def test_the_zone_of_a_number_is_told_only_when_there_is_one() -> None:
    assert time_zone("+442079460180") == "Europe/London"
    assert time_zone("+80012345678") is None
    assert time_zone("nonsense") is None

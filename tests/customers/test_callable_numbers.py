"""A callback can be promised to the own country's ordinary numbers, and to nothing that costs whoever calls it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.callable_numbers import CallbackRules, Dialled, used_up, why_not

ORDINARY = ["+442079460123", "02079460123", "+447400123456", "+443331234567", "+448081570000"]
COSTLY = {
    "+449098790000": "premium rate",
    "09098790000": "premium rate, as dialled at home",
    "+448719999999": "premium rate",
    "+447012345678": "a personal number",
    "+33899123456": "premium rate abroad",
    "+8816123456789": "a satellite",
    "00870773123456": "a satellite, as dialled at home",
    "+979123456789": "international premium rate",
    "+80812345678": "international shared cost",
    "+882161234567": "a network without a country",
}


@pytest.mark.parametrize("number", ORDINARY)
def test_ordinary_numbers_of_the_own_country_are_called(number: str) -> None:
    assert why_not(number, "GB", CallbackRules()) is None


@pytest.mark.parametrize("number", COSTLY, ids=COSTLY.values())
def test_what_costs_the_caller_is_not_called_even_when_its_country_is_allowed(number: str) -> None:
    assert why_not(number, "GB", CallbackRules()) is not None
    assert why_not(number, "GB", CallbackRules(allow=("+33", "+44", "+8", "+9"))) == "costly"


@pytest.mark.parametrize(("number", "why"), [
    ("+33142685300", "foreign"), ("+18097654321", "foreign"), ("+441481710000", "foreign"), ("+441632960001", "unknown"),
    ("201", "not_a_number"), ("118118", "not_a_number"), ("anonymous", "not_a_number"), ("", "not_a_number"),
    ("+44²0123", "not_a_number"), ("+0", "not_a_number"), ("+999", "not_a_number"), ("+44", "not_a_number"),
])  # fmt: skip
def test_what_is_not_known_to_be_ordinary_is_not_called(number: str, why: str) -> None:
    assert why_not(number, "GB", CallbackRules()) == why


@given(
    st.from_regex(r"\+?[0-9]{0,16}", fullmatch=True) | st.text(), st.sampled_from([CallbackRules(), CallbackRules(allow=("+",))])
)
def test_whatever_a_caller_calls_himself_is_a_number_or_a_reason(number: str, rules: CallbackRules) -> None:
    """Every flow asks at its beginning: "+999" ended it, and the call with it."""
    why_not(number, "GB", rules)


@pytest.mark.parametrize(("rules", "number"), [
    (CallbackRules(allow=("+33",)), "+33142685300"),
    (CallbackRules(allow=("+441632960",)), "+441632960001"),
    (CallbackRules(allow=("20",)), "201"),
    (CallbackRules(allow_costly=("+44909879",)), "+449098790000"),
])  # fmt: skip
def test_the_rules_allow_more(rules: CallbackRules, number: str) -> None:
    assert why_not(number, "GB", rules) is None


def test_what_is_denied_is_never_called() -> None:
    rules = CallbackRules(deny=("+4420",), allow=("+44",), allow_costly=("+44",))
    assert why_not("+442079460123", "GB", rules) == "denied"


def test_an_extension_s_prefix_opens_no_telephone_number() -> None:
    assert why_not("+33142685300", "GB", CallbackRules(allow=("33",))) == "foreign"


@pytest.mark.parametrize(("rules", "limit"), [
    (CallbackRules(calls_per_hour=3), "calls_per_hour"),
    (CallbackRules(minutes_per_hour=3), "minutes_per_hour"),
    (CallbackRules(calls_per_number=2), "calls_per_number"),
    (CallbackRules(), None),
])  # fmt: skip
def test_an_hour_has_limits(rules: CallbackRules, limit: str | None) -> None:
    made = [Dialled("+442079460123", 60.0), Dialled("+442079460123", 60.0), Dialled("+442079460999", 60.0)]
    assert used_up(made, "+442079460123", rules) == limit

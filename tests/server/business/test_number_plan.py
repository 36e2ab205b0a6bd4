"""Which rule answers a called number: a table of cases; and what a rule may say."""

from __future__ import annotations

import pytest

from core.ids import FlowId
from server.business.number_plan import NumberRule, World, as_written, forms_of, rule_complaints, winner

MAIN = "+442071838750"


def rule(text: str) -> NumberRule:
    """``+44…@acme`` is that number on the trunk acme; the flow is named after the rule."""
    number, _, trunk = text.partition("@")
    return NumberRule(number_id=text, number=number, trunk=trunk, flow_id=FlowId(text))


CASES = [
    # plan, called, by trunk, who answers
    ([MAIN], MAIN, "", MAIN),
    ([MAIN], "442071838750", "", MAIN),
    ([MAIN], "02071838750", "", MAIN),
    ([MAIN], "02071838751", "", None),
    (["1000"], "1000", "", "1000"),
    (["1000"], "1001", "", None),
    (["10*"], "1001", "", "10*"),
    (["10*", "1000"], "1000", "", "1000"),
    (["*", "10*", "100*"], "1001", "", "100*"),
    (["*"], "anything", "", "*"),
    (["*", "+44*"], "02071838750", "", "+44*"),
    (["+4420718387*", "0207*"], "02071838750", "", "+4420718387*"),
    ([f"{MAIN}@acme"], MAIN, "acme", f"{MAIN}@acme"),
    ([f"{MAIN}@acme"], MAIN, "other", None),
    ([f"{MAIN}@acme"], MAIN, "", None),
    ([MAIN, f"{MAIN}@acme"], MAIN, "acme", f"{MAIN}@acme"),
    ([MAIN, f"{MAIN}@acme"], MAIN, "other", MAIN),
    ([MAIN, "+44*@acme"], MAIN, "acme", MAIN),
    (["*", "*@acme"], "77", "acme", "*@acme"),
    (["2071838750", MAIN], "2071838750", "", "2071838750"),
    ([], MAIN, "", None),
    (["1000"], "", "", None),
]


@pytest.mark.parametrize(("plan", "called", "trunk", "answers"), CASES)
def test_the_rule_that_says_most_answers(plan: list[str], called: str, trunk: str, answers: str | None) -> None:
    for order in (plan, plan[::-1]):
        found = winner(map(rule, order), forms_of(called, "GB"), trunk)
        assert (found.number_id if found else None) == answers


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("020 7183 8750", MAIN),
        ("+44 (0)20 7183-8750", MAIN),
        (" 1000 ", "1000"),
        ("sales", "sales"),
        ("+44 20 7183 87 *", "+4420718387*"),
        ("10*", "10*"),
        ("*", "*"),
        ("1*0", None),
        ("+", None),
        ("+abc*", None),
        ("", None),
        ("two words", None),
        ("x" * 40, None),
    ],
)
def test_numbers_are_kept_in_one_form_however_they_are_typed(typed: str, kept: str | None) -> None:
    assert as_written(typed, "GB") == kept


WORLD = World(trunks=("acme",), flows={FlowId("flow_main"): ("en", "zh"), FlowId("flow_new"): None})


@pytest.mark.parametrize(
    ("number", "trunk", "flow", "language", "wrong"),
    [
        ("+442071838751", "acme", "flow_main", "zh", []),
        ("1*1", "", "flow_main", "en", [("number", "not_a_number")]),
        ("020 7183 8750", "", "flow_main", "en", [("number", "taken")]),
        ("020 7183 8750", "acme", "flow_main", "en", []),
        ("1001", "amce", "flow_main", "en", [("trunk", "unknown_trunk")]),
        ("1001", "", "flow_mian", "en", [("flow_id", "unknown_flow")]),
        ("1001", "", "flow_new", "en", [("flow_id", "not_published")]),
        ("1001", "", "flow_main", "fr", [("language", "not_spoken")]),
        ("1001", "", "flow_main", "English", [("language", "not_a_language")]),
        ("1*1", "amce", "flow_mian", "en", [("number", "not_a_number"), ("trunk", "unknown_trunk"), ("flow_id", "unknown_flow")]),
    ],
)
def test_every_mistake_of_a_rule_is_told_at_its_field(
    number: str, trunk: str, flow: str, language: str, wrong: list[tuple[str, str]]
) -> None:
    new = NumberRule(number_id="new", number=number, trunk=trunk, flow_id=FlowId(flow), language=language)
    found = list(rule_complaints(new, [rule(MAIN)], WORLD, "GB"))
    assert [(each.where[0], each.code) for each in found] == wrong
    assert all(each.sentence for each in found)


def test_a_near_name_is_suggested() -> None:
    new = NumberRule(number_id="new", number="1001", trunk="amce", flow_id=FlowId("flow_mian"))
    sentences = [each.sentence for each in rule_complaints(new, [], WORLD, "GB")]
    assert sentences[0].endswith("did you mean “acme”?")
    assert sentences[1].endswith("did you mean “flow_main”?")


def test_a_rule_is_no_rival_of_itself() -> None:
    own = NumberRule(number_id=MAIN, number=MAIN, flow_id=FlowId("flow_main"))
    assert list(rule_complaints(own, [rule(MAIN)], WORLD, "GB")) == []

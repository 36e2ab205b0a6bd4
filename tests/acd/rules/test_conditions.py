"""The language of conditions: what it means, what it refuses and where, and that it can be printed and read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.rules.conditions import All, Compare, Condition, ConditionError, Fact, Has, Kind, Not, Some, parse
from core.ids import SkillId

LEVELS = {SkillId("skill_billing"): 3, SkillId("language.zh"): 4}
FACTS: dict[str, Fact] = {"vip_only": False, "site": "Köln", "team": 7, "senior": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language.zh >= 3 and not vip_only", True),
        ("billing >= 4", False),
        ("skill_billing >= 3", True),
        ("3 <= billing", True),
        ("5 < billing", False),
        ("billing", True),
        ("tango", False),
        ("tango >= 0", True),
        ("tango < 1", True),
        ("site == 'Köln'", True),
        ('site != "Bonn" and team == 7', True),
        ("senior == true and vip_only == false", True),
        ("unknown == false", True),
        ("unknown == ''", True),
        ("billing >= 4 or senior and site == 'Köln'", True),
        ("(billing >= 4 or senior) and vip_only", False),
        ("not (billing > 2 and senior)", False),
        ("not not senior", True),
        ("site == 7", False),
        ("team > -1", True),
    ],
)
def test_what_it_means(text: str, expected: bool) -> None:
    assert parse(text).holds(LEVELS, FACTS) is expected


@pytest.mark.parametrize(
    ("text", "character", "says"),
    [
        ("", 1, "ends too early"),
        ("billing >=", 11, "ends too early"),
        ("billing = 3", 9, "write “==”"),
        ("billing >= 3 vip_only", 14, "expected “and” or “or”"),
        ("(billing >= 3", 1, "never closed"),
        ("billing) and senior", 8, "before “)”"),
        ("site == 'Köln", 9, "quotation mark is never closed"),
        ("billing >= 'three'", 9, "only numbers have an order"),
        ("senior > true", 8, "only numbers have an order"),
        ("1 < billing < 4", 13, "cannot be chained"),
        ("billing >= language", 9, "two names"),
        ("3 == 3", 3, "two values"),
        ("true and billing", 1, "stands alone"),
        ("billing >= 3.5", 12, "only whole numbers"),
        ("billing & senior", 9, "has no meaning"),
        ("site == 'Köln' or site", 19, "used as a text and as true or false"),
        ("team == 7 or team == 'a'", 14, "used as a number and as a text"),
        ("and senior", 1, "instead of “and”"),
        ("(" * 60 + "a" + ")" * 60, 41, "levels deep"),
        ("a or " * 400 + "a", 1001, "longer than"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, character: int, says: str) -> None:
    with pytest.raises(ConditionError, match=rf"^at character {character}: ") as caught:
        parse(text)
    assert says in str(caught.value)
    assert caught.value.position == character - 1


def test_in_words() -> None:
    assert parse("language.zh>=3 and not vip_only").words() == "language zh ≥ 3 and not vip only"
    assert parse("(skill_billing > 2 or site == 'Köln') and senior != true").words() == (
        "(billing > 2 or site is «Köln») and senior is not yes"
    )


def test_names_and_how_they_are_used() -> None:
    condition = parse("billing and billing >= 3 and (site == 'Köln' or not vip_only)")
    assert condition.names() == ("billing", "site", "vip_only")
    assert condition.uses() == {"billing": Kind.NUMBER, "site": Kind.TEXT, "vip_only": Kind.FLAG}


def test_parentheses_that_say_nothing_make_no_difference() -> None:
    assert parse("a and (b and (c))") == parse("a and b and c") != parse("a and (b or c)")


NAMES = st.sampled_from(["billing", "language.zh", "team", "skill_x"])
NUMBERS = st.builds(Compare, NAMES, st.sampled_from([">=", "<=", ">", "<", "==", "!="]), st.integers(-9, 9))
TEXTS = st.builds(Compare, st.just("site"), st.sampled_from(["==", "!="]), st.sampled_from(["Köln", 'say "hi"', ""]))
LEAVES = NUMBERS | TEXTS | st.builds(Has, st.sampled_from(["vip_only", "senior", "billing"]))
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Some, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@given(tree=TREES)
def test_what_is_printed_can_be_read_and_means_the_same(tree: All | Some | Not | Has | Compare) -> None:
    written = str(Condition(tree, ()))
    again = parse(written)
    assert parse(str(again)) == again
    assert again.holds(LEVELS, FACTS) is Condition(tree, ()).holds(LEVELS, FACTS)


@given(text=st.text(alphabet="ab.>=<!()'\" 0135notrd", max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    place, condition = attempt(text)
    assert 0 <= place <= len(text)
    assert condition is None or parse(str(condition)) == condition


def attempt(text: str) -> tuple[int, Condition | None]:
    try:
        return 0, parse(text)
    except ConditionError as error:
        return error.position, None

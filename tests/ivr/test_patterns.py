"""Patterns mean what `re` means, and no pattern takes long."""

from __future__ import annotations

import random
import re

import pytest

from ivr.patterns import LONGEST_ENTRY, PatternError, fits, read

USUAL = [
    "4[0-9]+",
    r"\d{4}",
    r"\d{4,6}",
    r"(?:0|1[0-2]?|[3-9])\d*",
    r"^(\d{2}\*)?\d+#?$",
    "",
    "|1",
    r"(?!0)\d{2,}",
    r"(?=.*5)\d+?",
    "(?P<shop>12|34)[^05]*",
    r"((1?2?){3,5}3|\*)+",
    r"[\d*]{,3}",
    "(a|1)??0",
    r"\*[*#\]-]",
    "(1*)*",
    "(1|11){2}",
    "[]1]+",
]


@pytest.mark.parametrize("pattern", USUAL)
def test_a_pattern_means_the_same_as_in_re(pattern: str) -> None:
    chance = random.Random(7)
    entries = ["".join(chance.choices("0123456*#", k=chance.randint(0, 8))) for _ in range(300)] + ["1" * n for n in range(9)]
    for entry in entries:
        assert fits(pattern, entry) == bool(re.fullmatch(pattern, entry)), entry


@pytest.mark.parametrize(
    "pattern",
    [
        r"(\d*\d*)+A",
        r"((((\d*)*)*)*)*A",
        r"(\d?){9999}A",
        "(" * 12 + r"\d{0,99}" + "){0,99}" * 12 + "A",
        r"(\d|\d\d)*" * 19 + "A",
    ],
)
@pytest.mark.timeout(30)
def test_no_pattern_stands_still(pattern: str) -> None:
    """By trying every way in turn each of them would take longer than anybody lives."""
    assert not fits(pattern, "1" * LONGEST_ENTRY)


@pytest.mark.parametrize(
    "pattern",
    ["[0-9", r"(\d)\1", r"(?<=1)2", "(?i)a", r"\b1", "(?>1)", "1*+", "1{2", "1" * 201, "(" * 20 + ")" * 20, "1**", "1{}"],
)
def test_what_is_not_used_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        read(pattern)


def test_more_keys_than_anybody_means_fit_nothing() -> None:
    assert not fits(r"\d*", "1" * (LONGEST_ENTRY + 1))

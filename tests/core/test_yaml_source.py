"""YAML of people: what it holds is read, or named with its place, in a time that fits its length."""

from __future__ import annotations

import time

import pytest

from core.problems import Problem, TextRefused
from core.yaml_source import LARGEST, Source


def problems_of(text: str) -> list[Problem]:
    try:
        return Source(text, "c.yaml").problems
    except TextRefused as refused:
        return refused.problems


@pytest.mark.parametrize(
    "number", ["0x" + "f" * 5_000, "0b" + "1" * 50_000, "9" * 5_000, "1:" * (LARGEST // 4) + "1", "1:" * (LARGEST // 4) + "1.5"]
)
def test_a_number_of_thousands_of_digits_is_a_mistake_with_its_place(number: str) -> None:
    """300,000 parts to the base of 60 kept a thread busy for 160 s; and what was read cannot be printed: 500."""
    before = time.thread_time()
    problems = problems_of(f"queues:\n  q: {{wait: {number}}}\n")
    assert [(each.line, len(each.sentence) < 100) for each in problems] == [(2, True)]
    assert time.thread_time() - before < 5


def test_ordinary_numbers_are_numbers() -> None:
    assert Source("[1, -2.5, 0x1f, yes]", "c.yaml").data == [1, -2.5, 31, True]


@pytest.mark.parametrize(
    "value",
    ["!!bool perhaps", '!!int ""', '!!float ""', '"\\UFFFFFFFF"', '"a\\0b"', '"\\ud800"', '"\\ud83d\\ude00"', '{"\\0": 1}'],
)
def test_what_no_text_or_number_is_by_its_tag_or_escape_is_a_mistake_with_its_place(value: str) -> None:
    """Before, a tag or an escape beyond Unicode was an error of the server, and the others came in and could not be sent on."""
    assert [each.line for each in problems_of(f"queues:\n  q: {value}\n")] == [2]


@pytest.mark.parametrize("value", ["!!python/object/apply:os.system [x]", "!!set {}", "!!binary AAAA", "!!timestamp x", "!own x"])
def test_a_tag_makes_nothing(value: str) -> None:
    assert isinstance(Source(f"q: {value}", "c.yaml").data["q"], str | list | dict)

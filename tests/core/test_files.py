"""Names of files: the same everywhere, and never out of the store."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files import LONGEST_NAME, LONGEST_PART, BadName, checked


@pytest.mark.parametrize(
    "name", ["recordings/call_1.wav", "a", "recordings/2026/11/通话 ü.wav", "..a/b..", "a/" + "y" * LONGEST_PART]
)
def test_an_ordinary_name_is_taken_as_it_is(name: str) -> None:
    assert checked(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", "./a", "a/.", "a//b", "a/"),
        *("a\0b", "a\nb", "a\x7fb", "a\\b", "\ud800", "a/" + "ü" * LONGEST_PART, "/".join(["abcdefghi"] * 100)),
    ],
)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(BadName):
        checked(name)


@given(st.text())
def test_whatever_is_taken_stays_inside_and_is_short_enough(name: str) -> None:
    try:
        parts = checked(name).split("/")
    except BadName:
        return
    assert not {"", ".", ".."} & set(parts)
    assert len(name.encode()) <= LONGEST_NAME

"""Range headers, as browsers and strangers write them (RFC 9110 §14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.byte_ranges import NoSuchRange, UnreadableRange, asked_for


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 10)),
        ("bytes=90-1000", (90, 10)),
        ("bytes=-10", (90, 10)),
        ("bytes=-1000", (0, 100)),
        ("Bytes = 5-6", (5, 2)),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1, -5", None),
    ],
)
def test_a_range_is_understood(header: str | None, piece: tuple[int, int] | None) -> None:
    assert asked_for(header, 100) == piece


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=5-4", "bytes=٣-٤", "bytes=0-1;x"]
)
def test_what_means_nothing_is_refused(header: str) -> None:
    with pytest.raises(UnreadableRange):
        asked_for(header, 100)


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=100-200", 100), ("bytes=-0", 100), ("bytes=0-", 0)])
def test_what_begins_behind_the_end_is_refused(header: str, size: int) -> None:
    with pytest.raises(NoSuchRange):
        asked_for(header, size)


@given(st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}", fullmatch=True) | st.text(), st.integers(0, 200))
def test_a_piece_lies_inside_whatever_is_asked_for(header: str, size: int) -> None:
    try:
        piece = asked_for(header, size)
    except (UnreadableRange, NoSuchRange):
        return
    if piece is not None:
        first, count = piece
        assert 0 <= first < first + count <= size

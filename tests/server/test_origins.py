"""From whose page a request may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.origins import is_origin, is_ours, may_use_widget

DESK = ("https://desk.example.com", "https://Board.Example.com")


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        (None, "pb.example.com", True),
        ("https://pb.example.com", "pb.example.com", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("HTTPS://PB.example.com", "pb.example.com", True),
        ("https://desk.example.com", "internal:8080", True),
        ("https://board.example.com", "internal:8080", True),
        ("https://desk.example.com.evil.example", "pb.example.com", False),
        ("https://pb.example.com:8443", "pb.example.com", False),
        ("null", "pb.example.com", False),
        ("https://elsewhere.example", "pb.example.com", False),
        ("http://[", "pb.example.com", False),
        ("file://pb.example.com", "pb.example.com", False),
        ("", "", False),
        ("https://elsewhere.example", None, False),
    ],
)
def test_whose_page_it_is(origin: str | None, host: str | None, ours: bool) -> None:
    assert is_ours(origin, host, DESK) is ours


def test_other_pages_call_only_when_they_are_named() -> None:
    page = "https://shop.example"
    assert not may_use_widget(page, "pb.example.com", (), ())
    assert may_use_widget(page, "pb.example.com", (), ("https://shop.example",))
    assert may_use_widget(page, "pb.example.com", (), ("any",))
    assert not may_use_widget("null", "pb.example.com", (), ("https://shop.example",))


@pytest.mark.parametrize("text", ["https://shop.example", "http://localhost:3000", "https://[::1]:8443"])
def test_origins_as_browsers_write_them(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize("text", ["shop.example", "https://shop.example/", "https://shop.example/page", "*", "null", "http://["])
def test_what_is_no_origin(text: str) -> None:
    assert not is_origin(text)


@given(st.text(), st.text())
def test_nothing_raises(origin: str, host: str) -> None:
    is_ours(origin, host, ())
    is_origin(origin)

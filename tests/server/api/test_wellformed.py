"""What is no text is refused before any route sees it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.api.wellformed import DEEPEST, LONGEST_PATH, LONGEST_QUERY, check_address, check_json


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (b"/%00", b"", 400),
        (b"/api/v1/calls/call_%00", b"", 400),
        (b"/%0d%0aX-Header:1", b"", 400),
        (b"/%zz", b"", 400),
        (b"/%", b"", 400),
        (b"/%ff", b"", 400),
        (b"/%ed%a0%80", b"", 400),
        (b"/calls", b"before=%00", 400),
        (b"/calls", b"before=%C3", 400),
        (b"/calls", b"before=%1", 400),
        (b"/../pyproject.toml", b"", 404),
        (b"/..%2f..%2fpyproject.toml", b"", 404),
        (b"/assets/./x", b"", 404),
        (b"/" + b"a" * LONGEST_PATH, b"", 414),
        (b"/calls", b"q=" + b"a" * LONGEST_QUERY, 414),
    ],
)
def test_addresses_that_are_no_text_are_refused(path: bytes, query: bytes, status: int) -> None:
    refusal = check_address(path, query)
    assert refusal is not None
    assert refusal.status == status


@pytest.mark.parametrize("path", [b"/", b"/board", b"/api/v1/customers", b"/assets/a..b.js", b"/%E5%BC%A0"])
def test_addresses_that_people_use_pass(path: bytes) -> None:
    assert check_address(path, b"query=M%C3%BCller+%2B49&limit=5") is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}',
        b"[Infinity]",
        b"1e999",
        rb'"\ud800"',
        rb'"\udfff and more"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        b"9" * 10_000,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" * 100_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b"{",
        b"",
    ],
)
def test_bodies_that_nobody_could_store_are_refused(body: bytes) -> None:
    assert check_json(body) is not None


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(_VALUES, st.booleans())
def test_every_json_of_text_and_numbers_passes(value: Any, ascii_only: bool) -> None:
    assert check_json(json.dumps(value, ensure_ascii=ascii_only).encode()) is None


@given(st.binary(max_size=200))
def test_no_bytes_make_the_checks_raise(data: bytes) -> None:
    check_json(data)
    check_address(data, data)

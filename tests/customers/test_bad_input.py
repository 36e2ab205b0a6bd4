"""Whatever strangers send, the answer is a sentence or nobody; never a crash."""

from __future__ import annotations

import contextlib

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from core.model import LegKind
from customers.identity import MAX_VALUE, caller_identifier, storable
from customers.import_format import parse_line, parse_time
from customers.import_problems import BadValue
from customers.phone import formatted, to_e164
from customers.timeline import cursor_after, parse_cursor
from customers.words import when
from tests.customers.front_office import LONDON, NOON

anything_json = some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False, allow_infinity=False) | some.integers() | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(some.binary(max_size=300))
def test_any_bytes_are_a_line_or_a_reason(data: bytes) -> None:
    with contextlib.suppress(BadValue):
        parse_line(data)


@given(some.sampled_from(["customer", "chat", "ticket", "call", "email"]), some.dictionaries(
    some.sampled_from(["id", "name", "customer", "started_at", "messages", "phones", "number", "at", "facts"]), anything_json,
))  # fmt: skip
def test_any_object_is_a_line_or_a_reason(kind: str, fields: dict[str, object]) -> None:
    try:
        data = msgspec.json.encode({"type": kind, **fields})
    except (UnicodeEncodeError, OverflowError):
        return
    with contextlib.suppress(BadValue):
        parse_line(data)


@given(some.text(max_size=40) | some.floats())
def test_any_value_is_a_time_or_a_reason(value: str | float) -> None:
    with contextlib.suppress(BadValue):
        when(parse_time(value, NOON, LONDON), NOON, LONDON)


@given(some.text(max_size=400), some.sampled_from(list(LegKind)))
def test_any_caller_is_somebody_or_nobody(caller: str, kind: LegKind) -> None:
    found = caller_identifier(storable(caller), kind, "GB")
    if found is not None:
        assert 0 < len(found.value) <= MAX_VALUE + len("sip:")


@given(some.text(max_size=60))
def test_any_text_can_be_shown_as_a_number(text: str) -> None:
    formatted(text)
    number = to_e164(text, "GB")
    assert number is None or number.startswith("+")


@given(some.floats(min_value=-1e9, max_value=4e9), some.text(alphabet="abcdef0123456789_", max_size=36))
def test_a_cursor_comes_back_as_it_went(at: float, row_id: str) -> None:
    assert parse_cursor(cursor_after(at, row_id)) == (at, row_id)

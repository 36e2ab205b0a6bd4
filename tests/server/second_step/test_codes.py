"""Codes of authenticator apps, by the examples of RFC 6238 Appendix B and RFC 4226 Appendix D, and recovery codes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.second_step.codes import (
    RECOVERY_BYTES,
    STEP_S,
    code_at,
    key_text,
    key_uri,
    matching_step,
    normalized,
    recovery_code,
    recovery_hash,
    secret_of,
    step_of,
)

RFC_SECRET = b"12345678901234567890"
NOW = 1_800_000_015.0
NEVER = -1


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_examples_of_the_rfc(at: int, code: str) -> None:
    """Its eight digits, of which apps show the last six."""
    assert code_at(RFC_SECRET, step_of(at)) == code
    assert matching_step(RFC_SECRET, code, at, NEVER) == at // 30


@pytest.mark.parametrize(("drift_s", "fits"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_phones_clock_may_be_one_step_off(drift_s: int, fits: bool) -> None:
    code = code_at(RFC_SECRET, step_of(NOW + drift_s))
    assert (matching_step(RFC_SECRET, code, NOW, NEVER) is not None) is fits


def test_a_code_is_good_once_and_so_is_none_before_it() -> None:
    earlier, used = (code_at(RFC_SECRET, step_of(NOW) + step) for step in (-1, 0))
    step = matching_step(RFC_SECRET, used, NOW, NEVER)
    assert step is not None
    assert matching_step(RFC_SECRET, used, NOW, step) is None
    assert matching_step(RFC_SECRET, used, NOW + STEP_S, step) is None
    assert matching_step(RFC_SECRET, earlier, NOW, step) is None


@given(st.text(max_size=12))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    step = matching_step(RFC_SECRET, typed, NOW, NEVER)
    assert step is None or typed == code_at(RFC_SECRET, step)


@given(st.binary(min_size=20, max_size=20))
def test_a_key_is_text_that_says_the_same(secret: bytes) -> None:
    assert secret_of(key_text(secret)) == secret


def test_the_app_learns_whose_account_of_which_installation_it_is() -> None:
    uri = urlsplit(key_uri(RFC_SECRET, "Northwind: Home & Co", "tessa"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Northwind: Home & Co:tessa"
    assert uri.path.count(":") == 1
    assert parse_qs(uri.query)["issuer"] == ["Northwind: Home & Co"]
    assert secret_of(parse_qs(uri.query)["secret"][0]) == RFC_SECRET


@given(st.binary(min_size=RECOVERY_BYTES, max_size=RECOVERY_BYTES))
def test_recovery_codes_can_be_read_out_and_typed_as_people_type(chance: bytes) -> None:
    code = recovery_code(chance)
    assert re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", code)
    hashes = {recovery_hash("user_x", typed) for typed in (code, code.upper(), code.replace("-", " "), normalized(code))}
    assert len(hashes) == 1
    assert recovery_hash("user_y", code) not in hashes

"""Keys that people press: opened by one, for one leg, and by nobody else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sealing import Opener, seal

OURS = Opener.new()


def test_only_who_has_the_key_opens_a_digit_and_only_for_its_leg() -> None:
    sealed = seal(OURS.public, "7", "leg_1")
    assert OURS.open(sealed, "leg_1") == "7"
    assert OURS.open(sealed, "leg_2") is None
    assert Opener.new().open(sealed, "leg_1") is None


def test_the_same_digit_never_looks_the_same() -> None:
    assert len({seal(OURS.public, "7", "leg_1") for _ in range(10)}) == 10


@given(st.binary(max_size=80))
def test_whatever_else_comes_is_nothing(data: bytes) -> None:
    assert OURS.open(data, "leg_1") is None


@given(st.integers(0, 48), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, flip: int) -> None:
    sealed = bytearray(seal(OURS.public, "7", "leg_1"))
    if place == 31 and flip & 0x7F == 0:
        return  # the top bit of a public key is ignored (RFC 7748 §5); the body is bound to its bytes all the same
    sealed[place] ^= flip
    assert OURS.open(bytes(sealed), "leg_1") is None


def test_a_key_is_handed_on_as_text() -> None:
    assert Opener.from_text(OURS.to_text()).public == OURS.public
    for wrong in ("", "x", "é", "QUJD"):
        with pytest.raises(ValueError):  # noqa: PT011 - the sentence is for whoever set the variable
            Opener.from_text(wrong)

from __future__ import annotations

import pytest
from argon2 import extract_parameters

from server.passwords import hash_of_nobody, hash_password, needs_rehash, verify_password

WEAK = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ"


def test_only_the_right_password_opens() -> None:
    stored = hash_password("patchbay-demo")
    assert verify_password(stored, "patchbay-demo")
    assert not verify_password(stored, "Patchbay-demo")
    assert "patchbay" not in stored


def test_the_same_password_never_looks_the_same() -> None:
    assert hash_password("x") != hash_password("x")


def test_nobodys_hash_opens_to_nobody_and_takes_as_long_as_anybodys() -> None:
    nobodys = hash_of_nobody()
    assert not verify_password(nobodys, "")
    assert not verify_password(nobodys, "patchbay-demo")
    assert extract_parameters(nobodys) == extract_parameters(hash_password("x"))
    assert nobodys != hash_of_nobody()


@pytest.mark.parametrize("damaged", ["", "plain", "$argon2id$", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$!"])
def test_a_damaged_hash_opens_to_nobody(damaged: str) -> None:
    assert not verify_password(damaged, "plain")


def test_an_older_weaker_hash_is_to_be_renewed() -> None:
    assert needs_rehash(WEAK)
    assert not needs_rehash(hash_password("x"))

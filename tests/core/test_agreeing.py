"""Two ends of a link agree upon keys, and nobody and nothing else has them."""

from __future__ import annotations

import pytest

from core.agreeing import BadKey, OwnKey
from core.ids import LegId

LINK, OTHER_LINK = LegId("link_1"), LegId("link_2")


def test_what_one_sends_with_the_other_receives_with() -> None:
    one, other = OwnKey(), OwnKey()
    here, there = one.agreed(LINK, other.public), other.agreed(LINK, one.public)
    assert (here.profile, here.tx, here.rx) == (there.profile, there.rx, there.tx)
    assert here.tx != here.rx
    assert len(here.tx) == 28, "AEAD_AES_128_GCM: a key of 16 bytes, a salt of 12"


def test_every_pair_of_ends_and_every_link_has_keys_of_its_own() -> None:
    one, other, third = OwnKey(), OwnKey(), OwnKey()
    found = [one.agreed(LINK, other.public), one.agreed(OTHER_LINK, other.public), one.agreed(LINK, third.public)]
    assert len({key for keys in found for key in (keys.rx, keys.tx)}) == 6


@pytest.mark.parametrize("theirs", [b"", b"short", bytes(32), bytes(33)])
def test_what_is_no_key_is_refused(theirs: bytes) -> None:
    with pytest.raises(BadKey):
        OwnKey().agreed(LINK, theirs)


def test_an_end_is_not_its_own_other_end() -> None:
    key = OwnKey()
    with pytest.raises(BadKey):
        key.agreed(LINK, key.public)


def test_no_log_shows_them() -> None:
    keys = OwnKey().agreed(LINK, OwnKey().public)
    assert repr(keys) == str(keys) == "SrtpKeys(profile=7)"

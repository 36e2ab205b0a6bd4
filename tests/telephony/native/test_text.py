"""What bytes of strangers are when they reach Python: text that every bus, database, file and screen can take."""

from __future__ import annotations

import random
import unicodedata

import pytest
from patchbay_media import text_of

LONGEST_BYTES = 65536
PIECES = (
    "Müller <sip:+4930@h>;tag=1 ".encode(),
    "Müller".encode("latin-1"),
    b"\xed\xa0\x80\xed\xbf\xbf",  # surrogates as UTF-8 (CESU-8)
    b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf",  # overlong
    b"\xf4\x90\x80\x80\xff\xfe",  # beyond Unicode
    b"\x00\x01\x1b[2J\x7f\xc2\x85",
    "客服 😀 \u202e".encode(),
    b"\r\n\t",
)


@pytest.mark.parametrize(
    ("received", "read"),
    [
        (b"Anna", "Anna"),
        ("Müller 客服 😀".encode(), "Müller 客服 😀"),
        (b'"M\xfcller"', '"Müller"'),
        (b"caf\xc3\xa9 caf\xe9", "café café"),
        (b"a\x00b\x1bc\x7fd", "a\ufffdb\ufffdc\ufffdd"),
        (b"a\x93b\xc2\x93c", "a\ufffdb\ufffdc"),
        (b"From: a\r\n\tb", "From: a\r\n\tb"),
        (b"\xe2\x82", "â\ufffd"),
        (b"", ""),
    ],
)
def test_bytes_are_read_as_utf8_and_else_as_older_exchanges_mean_them(received: bytes, read: str) -> None:
    assert text_of(received) == read


@pytest.mark.parametrize("seed", range(20))
def test_whatever_comes_is_text_that_everybody_can_take(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        pieces = [chance.choice(PIECES) if chance.random() < 0.7 else chance.randbytes(chance.randint(0, 40)) for _ in range(8)]
        text = text_of(b"".join(pieces))
        assert text.encode("utf-8").decode("utf-8") == text
        controls = {character for character in text if unicodedata.category(character) in {"Cc", "Cs"}}
        assert controls <= {"\t", "\r", "\n"}


def test_text_has_an_end() -> None:
    assert len(text_of(b"\xfc" * 10 * LONGEST_BYTES)) <= LONGEST_BYTES
    assert len(text_of(b"a" * 10 * LONGEST_BYTES)) == LONGEST_BYTES

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text_files import NotText, text_of

WORDS = 'name: "Müller – 李雷"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_is_certain_is_read(encoding: str) -> None:
    assert text_of(WORDS.encode(encoding)) == WORDS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_its_nuls(encoding: str) -> None:
    text = '{"type": "customer", "id": "crm:1", "name": "Müller"}\n'
    assert text_of(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("a\nMüller".encode("latin-1"), "not UTF-8 at line 2, byte 0xfc: it looks like Latin-1 (ISO 8859-1) («a Müller»)"),
        ("Müller – 5 €".encode("cp1252"), "it looks like Windows-1252 («Müller – 5 €»). Save it as UTF-8"),
        (b"\xff\xfea\0b", "begins as UTF-16, but breaks off at byte 0x62"),
        (b"\x81\x00\xff", "no text in another encoding either"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_named_for_what_it_looks_like(data: bytes, sentence: str) -> None:
    with pytest.raises(NotText) as refused:
        text_of(data)
    assert sentence in str(refused.value)


def test_who_says_what_it_is_is_believed() -> None:
    assert text_of("Müller".encode("cp1252"), "cp1252") == "Müller"
    with pytest.raises(NotText, match="no encoding named «klingon»"):
        text_of(b"a", "klingon")


@given(st.binary())
def test_any_bytes_are_read_or_named(data: bytes) -> None:
    with contextlib.suppress(NotText):
        text_of(data)

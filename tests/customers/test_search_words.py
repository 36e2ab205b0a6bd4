"""How words and numbers are compared in the search."""

from __future__ import annotations

import pytest

from customers.search_numbers import reversed_digits, typed_number
from customers.search_words import Term, excerpt, name_words, terms_of, words_of

MINE = "+442079460180"


@pytest.mark.parametrize(
    "typed",
    [
        "+442079460180",
        "+44 20 7946 0180",
        "+44 (0)20 7946 0180",
        "0044 20 7946 0180",
        "00442079460180",
        "02079460180",
        "020 7946 0180",
        "(020) 7946-0180",
        "020.7946.0180",
        "020/79460180",
        "442079460180",
        "44 20 7946 0180",
        "tel:+44-20-7946-0180",
        "０２０ ７９４６ ０１８０",
        "٠٢٠٧٩٤٦٠١٨٠",
        "020‑7946‑0180",
    ],
)
def test_a_number_is_the_same_in_every_form(typed: str) -> None:
    number = typed_number(typed, ["GB"])
    assert number is not None
    assert MINE in number.whole


def test_a_number_of_another_country_that_is_in_use_is_found_without_its_code() -> None:
    number = typed_number("030 901820", ["GB", "DE"])
    assert number is not None
    assert "+4930901820" in number.whole


@pytest.mark.parametrize("typed", ["0180", "460180", "7946 0180", "(0)79460180"])
def test_last_digits_are_the_beginning_of_the_number_read_backwards(typed: str) -> None:
    number = typed_number(typed, ["GB"])
    assert number is not None
    assert reversed_digits(MINE).startswith(number.ends[::-1]) or reversed_digits(MINE).startswith(number.digits[::-1])


@pytest.mark.parametrize(("typed", "ticket"), [("#20391", 20391), ("20391", 20391), ("# 7", 7), ("020 7946", None)])
def test_ticket_numbers(typed: str, ticket: int | None) -> None:
    number = typed_number(typed, ["GB"])
    assert number is not None
    assert number.ticket == ticket


@pytest.mark.parametrize("typed", ["", "Dana", "dana 20", "77-1204a", "+", "()"])
def test_what_is_no_number(typed: str) -> None:
    assert typed_number(typed, ["GB"]) is None


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Jürgen Müller", "jurgen muller"),
        ("Jürgen Müller", "MUELLER, Juergen"),
        ("Jürgen Müller", "müller"),
        ("Zoë O'Brien", "zoe obrien"),
        ("Zoë O'Brien", "o'brien"),
        ("Søren Ærø", "soren aero"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Weiß", "weiss"),
        ("İpek Işık", "ipek isik"),
        ("José María", "maria jose"),
        ("Ｄａｎａ", "dana"),
    ],
)
def test_names_are_found_folded_swapped_and_begun(name: str, typed: str) -> None:
    known = name_words(name)
    for term in terms_of(typed):
        assert set(term.words[:-1]) <= set(known)
        assert any(word.startswith(term.words[-1]) for word in known)


def test_chinese_is_found_by_one_character_and_by_several() -> None:
    stored = words_of("李小龙的订单")
    assert terms_of("龙") == (Term(("龙",)),)
    assert all(term.words[0] in stored for term in terms_of("李小龙"))
    assert all(term.words[0] in stored for term in terms_of("订单"))
    assert terms_of("龙小")[0].words[0] not in stored


def test_an_order_number_stands_together_and_what_is_typed_is_no_syntax() -> None:
    assert terms_of("77-1204") == (Term(("77", "1204"), prefix=True),)
    assert terms_of('NEAR("a" OR b*) -c:d') == (
        Term(("near", "a"), prefix=True), Term(("or",), prefix=True), Term(("b",), prefix=True), Term(("c", "d"), prefix=True),
    )  # fmt: skip
    assert terms_of("' & | ! :* \\ \x00") == ()


def test_a_long_text_is_shown_where_the_word_stands() -> None:
    text = "word " * 100 + "the lamp is broken " + "word " * 100
    shown = excerpt(text, terms_of("LAMP"))
    assert "the lamp is broken" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) <= 162
    assert excerpt("short", terms_of("x")) == "short"

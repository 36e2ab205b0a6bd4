"""Texts in pieces that can be cached."""

from ivr.actions import SpokenText
from ivr.text import LONGEST_VALUE, filled, fixed_pieces, in_language, spoken, variables_in


def words(pieces: tuple[SpokenText, ...]) -> list[str]:
    return [piece.text for piece in pieces]


def test_a_sentence_falls_into_its_fixed_parts_and_its_values() -> None:
    pieces = spoken("You have {open_tickets} open tickets.", "en", {"open_tickets": "2"})
    assert words(pieces) == ["You have", "2", "open tickets."]


def test_digits_are_spoken_one_by_one() -> None:
    assert words(spoken("Order {order:digits}.", "en", {"order": "471"})) == ["Order", "4", "7", "1"]


def test_an_unknown_value_is_silence() -> None:
    assert words(spoken("Hello {name}.", "en", {})) == ["Hello"]


def test_only_fixed_parts_are_spoken_beforehand() -> None:
    text = {"en": "Hello {name}, welcome.", "zh": "欢迎。"}
    assert list(fixed_pieces(text, "en")) == [
        SpokenText(text="Hello", language="en"),
        SpokenText(text=", welcome.", language="en"),
        SpokenText(text="欢迎。", language="zh"),
    ]


def test_a_language_without_words_of_its_own_falls_back() -> None:
    assert in_language({"en": "Yes", "zh": "是"}, "de") == "Yes"
    assert in_language({"zh": "是"}, "de") == "是"
    assert in_language("Yes", "de") == "Yes"


def test_variables_are_found_in_all_languages() -> None:
    assert variables_in({"en": "{a}", "zh": "{b:digits}"}) == {"a", "b"}


def test_filling_in_keeps_one_text() -> None:
    assert filled("{a}-{b}", {"a": "1"}) == "1-"


def test_a_text_is_filled_in_up_to_the_longest_value() -> None:
    assert filled("{a}-{b}.", {"a": "1", "b": "2"}) == "1-2."
    assert filled("no field", {}) == "no field"
    assert filled("{a}" * 100_000 + "end", {"a": "12"}) == ("12" * LONGEST_VALUE)[:LONGEST_VALUE]
    assert filled("x" * LONGEST_VALUE + "{a}", {"a": "y"}) == "x" * LONGEST_VALUE

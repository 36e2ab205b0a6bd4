"""Places and waits in words: rounded up, and all spoken beforehand."""

import pytest

from ivr.words import every_piece, place_words, wait_words


def said(pieces: object) -> str:
    return " ".join(piece.text for piece in pieces)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("position", "words"),
    [
        (0, "You are next in line."),
        (1, "You are next in line."),
        (2, "You are number two in line."),
        (21, "You are number 21 in line."),
    ],
)
def test_places(position: int, words: str) -> None:
    assert said(place_words(position, "en")) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (60, "less than a minute"),
        (61, "about two minutes"),
        (200, "about five minutes"),
        (1000, "about half an hour"),
        (1e9, "more than half an hour"),
    ],
)
def test_waits_are_rounded_up(seconds: float, words: str) -> None:
    assert words in said(wait_words(seconds, "en"))


def test_chinese_has_its_own_words_and_other_languages_english() -> None:
    assert said(place_words(3, "zh")) == "您排在第 3 位。"
    assert said(place_words(1, "de")) == "You are next in line."


def test_everything_usual_is_spoken_beforehand() -> None:
    known = set(every_piece("en"))
    for position in range(1, 21):
        assert known.issuperset(place_words(position, "en"))
    for seconds in range(0, 4000, 50):
        assert known.issuperset(wait_words(seconds, "en"))

"""The sentences that flows need not write: apologies, places and waiting times, few and fixed so that all
can be spoken before any call."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.actions import SpokenText

NOT_UNDERSTOOD = {"en": "Sorry, I did not understand that.", "zh": "抱歉，我没有听懂。"}
NOT_HEARD = {"en": "Sorry, I did not hear anything.", "zh": "抱歉，我没有听到您的选择。"}

_INTERRUPTED = {
    "en": "Sorry, we were interrupted. Please stay on the line, you will be connected to another agent.",
    "zh": "抱歉，通话中断了。请不要挂机，我们马上为您转接其他客服。",
}

_TRANSFERRED = {
    "en": "One moment please, you are being transferred.",
    "zh": "请稍候，正在为您转接。",
}

SPOKEN_PLACES = 20
"""Places up to this are spoken before any call; later ones when first needed."""

_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip

_NEXT = {"en": "You are next in line.", "zh": "您是下一位。"}
_PLACE = {"en": ("You are number", "in line."), "zh": ("您排在第", "位。")}

_WAITS: tuple[tuple[float, dict[str, str]], ...] = (
    (60, {"en": "You should be connected in less than a minute.", "zh": "预计不到一分钟即可接通。"}),
    (120, {"en": "The expected wait is about two minutes.", "zh": "预计等待约两分钟。"}),
    (180, {"en": "The expected wait is about three minutes.", "zh": "预计等待约三分钟。"}),
    (300, {"en": "The expected wait is about five minutes.", "zh": "预计等待约五分钟。"}),
    (600, {"en": "The expected wait is about ten minutes.", "zh": "预计等待约十分钟。"}),
    (900, {"en": "The expected wait is about a quarter of an hour.", "zh": "预计等待约一刻钟。"}),
    (1800, {"en": "The expected wait is about half an hour.", "zh": "预计等待约半小时。"}),
    (float("inf"), {"en": "The expected wait is more than half an hour.", "zh": "预计等待超过半小时。"}),
)
"""Up to this many seconds, these words: an estimate is rounded up, never down."""


def _known(language: str) -> str:
    return language if language in _NEXT else "en"


def number_word(number: int, language: str) -> str:
    """``3`` → "three"; digits where the voice reads them well itself."""
    return _NUMBERS[number] if _known(language) == "en" and number < len(_NUMBERS) else str(number)


def place_words(position: int, language: str) -> tuple[SpokenText, ...]:
    """The place in a queue; 1 is the next."""
    key = _known(language)
    if position <= 1:
        return (SpokenText(text=_NEXT[key], language=language),)
    before, after = _PLACE[key]
    words = (before, number_word(position, language), after)
    return tuple(SpokenText(text=text, language=language) for text in words)


def interruption_words(language: str) -> tuple[SpokenText, ...]:
    """To somebody whose agent left in mid-conversation."""
    return (SpokenText(text=_INTERRUPTED[_known(language)], language=language),)


def transfer_words(language: str) -> tuple[SpokenText, ...]:
    """To somebody whose agent has handed them on."""
    return (SpokenText(text=_TRANSFERRED[_known(language)], language=language),)


def wait_words(expected_wait_s: float, language: str) -> tuple[SpokenText, ...]:
    """An expected wait, rounded up to one of few sentences."""
    for limit_s, sentences in _WAITS:
        if expected_wait_s <= limit_s:
            return (SpokenText(text=sentences[_known(language)], language=language),)
    raise AssertionError("the last limit is infinite")


def every_piece(language: str) -> Iterator[SpokenText]:
    """All that the two functions above are likely to say."""
    for position in range(1, SPOKEN_PLACES + 1):
        yield from place_words(position, language)
    for limit_s, _ in _WAITS:
        yield from wait_words(limit_s, language)

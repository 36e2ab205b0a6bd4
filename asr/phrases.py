"""Which of a list of phrases was heard. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Value, Word


class Choice(Value, frozen=True, kw_only=True):
    """A phrase of the list as it was given, or an empty one for something else."""

    phrase: str
    confidence: float
    """Mean over the phrase's words, lowered by the share of words that belong to no phrase."""


def pick(phrases: Sequence[str], heard: Sequence[Word]) -> Choice | None:
    """The longest phrase among the words heard («uh, billing please» is «billing»); None when nothing was heard."""
    if not heard:
        return None
    texts = [word.text for word in heard]
    best = Choice(phrase="", confidence=0.0)
    best_length = 0
    for phrase in phrases:
        wanted = phrase.lower().split()
        begin = _find(texts, wanted)
        if begin is None or len(wanted) <= best_length:
            continue
        words = heard[begin : begin + len(wanted)]
        certainty = sum(word.confidence for word in words) / len(words)
        best = Choice(phrase=phrase, confidence=round(certainty * len(wanted) / len(texts), 3))
        best_length = len(wanted)
    return best


def _find(texts: Sequence[str], wanted: Sequence[str]) -> int | None:
    for begin in range(len(texts) - len(wanted) + 1):
        if list(texts[begin : begin + len(wanted)]) == list(wanted):
            return begin
    return None

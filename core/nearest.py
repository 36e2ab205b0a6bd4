"""The nearest known word, for errors that help."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from core.problems import Complaint, Where, instead

LONGEST_WORD = 64
MOST_KNOWN = 500
"""Comparing takes the product of both lengths, for each of them."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean “menu”?``, or nothing when no known word is near."""
    near = nearest(word, known)
    return f"; did you mean “{near}”?" if near else ""


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Empty when none is near. `alike`: from 0 to 1, what counts as near (`difflib`)."""
    if len(word) > LONGEST_WORD:
        return ""
    by_lower = {name.lower(): name for name in islice(known, MOST_KNOWN)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[near[0]] if near else ""


def misspelled(
    where: Where, sentence: str, word: str, known: Iterable[str], *, at_key: bool = False, code: str = ""
) -> Complaint:
    """A complaint about a word that does not exist, with the known one that may have been meant."""
    near = nearest(word, known)
    guess = f"; did you mean “{near}”?" if near else ""
    return Complaint(where, f"{sentence}{guess}", at_key, code=code, params=(("name", word), *instead(near)))

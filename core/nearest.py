"""The nearest known word, for errors that help."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

LONGEST_WORD = 64
MOST_KNOWN = 500
"""Comparing takes the product of both lengths, for each of them."""


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str:
    """Empty when none is near. `alike`: from 0 to 1, what counts as near (`difflib`)."""
    if len(word) > LONGEST_WORD:
        return ""
    by_lower = {name.lower(): name for name in islice(known, MOST_KNOWN)}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=alike)
    return by_lower[near[0]] if near else ""

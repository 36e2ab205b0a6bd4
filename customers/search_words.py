"""Words as the search compares them: the same for what is stored and for what somebody typed, on every database. Pure.

Marks and case are taken off (Unicode NFKD), letters that do not come apart are spelled as people without them do. A run of
Chinese, Japanese or other unspaced writing becomes its single characters and pairs: whoever types one character or a name of
three finds it. Everything else is split where no letter or digit stands, so a database needs no tokenizer of its own that could
disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

LONGEST_WORD = 64
MOST_TERMS = 12
"""Of a question: more than that nobody types, and each costs."""
_SPELLED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŋ": "n", "ĸ": "k"}
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
"""As people write them where the letters are missing: «Mueller» is Müller."""
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\U00020000-\U000323af"
_RUNS = re.compile(rf"([{_UNSPACED}]+)|([^\W_{_UNSPACED}]+)")


class Term(NamedTuple):
    """Words that must stand one behind the other; the last one may go on when `prefix`."""

    words: tuple[str, ...]
    prefix: bool = False


def fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare).translate(_SPELLED)


def words_of(text: str) -> list[str]:
    """As they are stored, in their order."""
    return [word for unspaced, spaced in _runs(fold(text)) for word in (_characters(unspaced) if unspaced else [spaced])]


def name_words(name: str) -> list[str]:
    """Of a name, with the other ways of spelling it: Mueller for Müller, OBrien for O'Brien."""
    spelled = unicodedata.normalize("NFC", name.casefold()).translate(_UMLAUTS)
    whole = ["".join(spaced for _, spaced in _runs(word)) for word in fold(name).split()]
    return list(dict.fromkeys(filter(None, [*words_of(name), *words_of(spelled), *whole])))


def terms_of(query: str) -> tuple[Term, ...]:
    """What somebody typed: each word must be found, in any order, and may go on; what has no space in it stands together."""
    terms: list[Term] = []
    for typed in fold(query).split():
        together: list[str] = []
        for unspaced, spaced in _runs(typed):
            if unspaced:
                terms += [Term((pair,)) for pair in _pairs(unspaced)]
            else:
                together.append(spaced)
        if together:
            terms.append(Term(tuple(together), prefix=True))
    return tuple(terms[:MOST_TERMS])


def excerpt(text: str, terms: tuple[Term, ...], length: int = 160) -> str:
    """The part of a text where the first of the words stands."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    starts = tuple(word for term in terms for word in term.words[:1])
    found = (match.start() for match in re.finditer(r"\S+", line) if starts and _holds(match[0], starts))
    at = max(0, next(found, 0) - length // 4)
    if at:
        at = line.find(" ", at) + 1 or at
    part = line[at : at + length]
    return f"{'…' if at else ''}{part.rstrip()}{'…' if at + length < len(line) else ''}"


def _holds(word: str, starts: tuple[str, ...]) -> bool:
    return any(each.startswith(starts) for each in words_of(word[: LONGEST_WORD * 2]))


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for match in _RUNS.finditer(text):
        yield match[1] or "", (match[2] or "")[:LONGEST_WORD]


def _characters(run: str) -> list[str]:
    """Each character, and each pair of neighbours."""
    return [*run, *(one + two for one, two in pairwise(run))]


def _pairs(run: str) -> list[str]:
    return [run] if len(run) == 1 else [one + two for one, two in pairwise(run)]

"""Regular expressions for digits that somebody keyed in, matched in a time that neither pattern nor digits can stretch. Pure.

`re` tries one way after the other, so that ``(\\d*\\d*)+A`` holds it up for a minute on sixteen digits. Here all ways are gone
at once: from each place in the digits, each part of the pattern leads to a set of places, which is found once.
Source: R. Cox, «Regular Expression Matching Can Be Simple And Fast» (the simulation of K. Thompson, 1968).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from core.problems import Mistake, Mistaken

LONGEST_PATTERN = 200
LONGEST_ENTRY = 64
"""Keys; no pattern fits more."""
DEEPEST = 12
"""Groups within groups."""

_ONE = re.compile(r"\\[dDwWsS]|\\[^\w\s]|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}*+?|^$]", re.ASCII)
_OPEN = re.compile(r"\((?:\?(?::|P<[A-Za-z_]\w*>|(?P<ahead>[=!])))?")
_REPEAT = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d{1,4})?(?P<comma>,)?(?P<most>\d{1,4})?\})\??")
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_EDGES = {"^": True, "$": False}


class PatternMistake(Mistake):
    PATTERN_TOO_LONG = "`pattern` is longer than {most} characters"
    PATTERN_TOO_DEEP = "`pattern` nests groups more than {most} deep"
    PATTERN_UNREADABLE = "`pattern` is not a regular expression; it cannot be read from character {position}"
    PATTERN_PART_UNUSED = "`pattern` cannot be used: “{text}” at character {position} is not allowed here"


class PatternError(Mistaken):
    """No regular expression, or one with parts that are not used here."""


class _One(NamedTuple):
    key: re.Pattern[str]


class _Edge(NamedTuple):
    start: bool


class _Ahead(NamedTuple):
    part: _Part
    wanted: bool


class _Repeat(NamedTuple):
    part: _Part
    least: int
    most: int | None


class _Row(NamedTuple):
    parts: list[_Part]


class _Either(NamedTuple):
    parts: list[_Part]


_Part = _One | _Edge | _Ahead | _Repeat | _Row | _Either


def fits(pattern: str, digits: str) -> bool:
    """Whether the whole of `digits` fits, as `re.fullmatch`. Raises `PatternError`."""
    if len(digits) > LONGEST_ENTRY:
        return False
    return bool(_Matching(digits).ends(read(pattern), 0) >> len(digits) & 1)


@lru_cache(maxsize=256)
def read(pattern: str) -> _Part:
    """Raises `PatternError`."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(PatternMistake.PATTERN_TOO_LONG.at(most=LONGEST_PATTERN))
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        position = getattr(error, "pos", None) or 0
        raise PatternError(PatternMistake.PATTERN_UNREADABLE.at(position=position + 1)) from error
    reading = _Reading(pattern)
    found = reading.either(0)
    if reading.at < len(pattern):
        raise reading.unknown()
    return found


class _Reading:
    """Recursive descent over a pattern that `re` accepts."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def unknown(self) -> PatternError:
        text = self._text[self.at : self.at + 3]
        return PatternError(PatternMistake.PATTERN_PART_UNUSED.at(text=text, position=self.at + 1))

    def either(self, depth: int) -> _Part:
        if depth > DEEPEST:
            raise PatternError(PatternMistake.PATTERN_TOO_DEEP.at(most=DEEPEST))
        rows = [self._row(depth)]
        while self._takes("|"):
            rows.append(self._row(depth))
        return _Either(rows)

    def _takes(self, sign: str) -> bool:
        found = self._text.startswith(sign, self.at)
        self.at += found
        return found

    def _row(self, depth: int) -> _Part:
        parts: list[_Part] = []
        while self.at < len(self._text) and self._text[self.at] not in "|)":
            parts.append(self._repeated(self._single(depth)))
        return _Row(parts)

    def _single(self, depth: int) -> _Part:
        if (edge := _EDGES.get(self._text[self.at])) is not None:
            self.at += 1
            return _Edge(edge)
        if opened := _OPEN.match(self._text, self.at):
            self.at = opened.end()
            part = self.either(depth + 1)
            if not self._takes(")"):
                raise self.unknown()
            return _Ahead(part, opened["ahead"] == "=") if opened["ahead"] else part
        one = _ONE.match(self._text, self.at)
        if one is None:
            raise self.unknown()
        self.at = one.end()
        return _One(re.compile(one[0]))

    def _repeated(self, part: _Part) -> _Part:
        found = _REPEAT.match(self._text, self.at)
        if found is None or found[0] in ("{}", "{}?"):
            return part
        self.at = found.end()
        if found["sign"]:
            return _Repeat(part, *_SIGNS[found["sign"]])
        least = int(found["least"] or 0)
        most = int(found["most"]) if found["most"] else None if found["comma"] else least
        return _Repeat(part, least, most)


class _Matching:
    """Sets of places are numbers: bit n stands for the place before key n."""

    def __init__(self, digits: str) -> None:
        self._digits = digits
        self._known: dict[tuple[int, int], int] = {}

    def ends(self, part: _Part, at: int) -> int:
        """Where `part` may end that begins at `at`."""
        key = (id(part), at)
        if key not in self._known:
            self._known[key] = self._found(part, at)
        return self._known[key]

    def _through(self, part: _Part, places: int) -> int:
        found = 0
        for at in range(len(self._digits) + 1):
            if places >> at & 1:
                found |= self.ends(part, at)
        return found

    def _found(self, part: _Part, at: int) -> int:
        here = 1 << at
        match part:
            case _One(key):
                return here << 1 if at < len(self._digits) and key.fullmatch(self._digits[at]) else 0
            case _Edge(start):
                return here if at == (0 if start else len(self._digits)) else 0
            case _Ahead(inner, wanted):
                return here if bool(self.ends(inner, at)) is wanted else 0
            case _Row(parts):
                for each in parts:
                    here = self._through(each, here)
                return here
            case _Either(parts):
                found = 0
                for each in parts:
                    found |= self.ends(each, at)
                return found
            case _Repeat():
                return self._repeated(part, here)

    def _repeated(self, repeat: _Repeat, here: int) -> int:
        """Ends by itself: a part that may be empty only adds places, another one leaves the digits behind."""
        for _ in range(repeat.least):
            before, here = here, self._through(repeat.part, here)
            if here == before:
                break
        found, tries = here, 0
        while repeat.most is None or tries < repeat.most - repeat.least:
            here = self._through(repeat.part, here)
            if not here & ~found:
                break
            found, tries = found | here, tries + 1
        return found

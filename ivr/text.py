"""Texts of a flow: one per language, with `{variables}`, cut into pieces that can be spoken once and cached.

``"You have {open_tickets} open tickets."`` becomes "You have", "2", "open tickets.": the fixed pieces are spoken when the
flow is published, and only the value is spoken during the call. ``{order:digits}`` speaks a value digit by digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ivr.actions import SpokenText

Text = str | dict[str, str]
"""One text for all languages, or one by language code."""

_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)(:digits)?\}")
_FALLBACK = "en"
LONGEST_VALUE = 1_000
"""Of a variable, in characters: one that is put into itself doubles with every round a caller makes."""


class Piece(NamedTuple):
    """A fixed text, or the name of a variable."""

    text: str
    variable: str = ""
    digit_by_digit: bool = False


def in_language(text: Text, language: str) -> str:
    """The text for `language`; English, or else the first one, when there is none."""
    if isinstance(text, str):
        return text
    return text.get(language) or text.get(_FALLBACK) or next(iter(text.values()), "")


def all_languages(text: Text) -> Iterator[tuple[str | None, str]]:
    """Each (language, text); language None for a text that serves all."""
    if isinstance(text, str):
        yield None, text
    else:
        yield from text.items()


def split(text: str) -> Iterator[Piece]:
    """Fixed texts and variables in order; pieces without a letter or digit are left out: there is nothing to speak."""
    end = 0
    for found in _FIELD.finditer(text):
        yield from _fixed(text[end : found.start()])
        yield Piece("", found[1], bool(found[2]))
        end = found.end()
    yield from _fixed(text[end:])


def _fixed(text: str) -> Iterator[Piece]:
    if any(char.isalnum() for char in text):
        yield Piece(" ".join(text.split()))


def variables_in(text: Text) -> set[str]:
    """Names of all variables a text uses, in any language."""
    return {piece.variable for _, words in all_languages(text) for piece in split(words) if piece.variable}


def fixed_pieces(text: Text, default_language: str) -> Iterator[SpokenText]:
    """What can be spoken before any call."""
    for language, words in all_languages(text):
        for piece in split(words):
            if not piece.variable:
                yield SpokenText(text=piece.text, language=language or default_language)


def spoken(text: Text, language: str, variables: Mapping[str, str]) -> tuple[SpokenText, ...]:
    """The pieces to speak now; an empty variable is silence."""
    pieces: list[str] = []
    for piece in split(in_language(text, language)):
        value = piece.text if not piece.variable else variables.get(piece.variable, "").strip()
        pieces += value if piece.digit_by_digit else [value]
    return tuple(SpokenText(text=piece, language=language) for piece in pieces if piece.strip())


def filled(text: str, variables: Mapping[str, str]) -> str:
    """The text with its variables replaced, as one string; cut where a variable's value ends at the latest."""
    left, end = LONGEST_VALUE, 0
    pieces: list[str] = []
    for found in _FIELD.finditer(text):
        for piece in (text[end : found.start()], variables.get(found[1], "")):
            pieces.append(piece[:left])
            left -= len(pieces[-1])
        end = found.end()
        if not left:
            break
    return "".join(pieces) + text[end : end + left]

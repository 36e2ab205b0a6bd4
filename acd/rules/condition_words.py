"""The words of a condition: text → tokens with their positions."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

MAX_LENGTH = 1000

OPPOSITE = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
"""The operator when the two sides change places; its keys are all operators."""


class ConditionError(ValueError):
    """The expression cannot be read, or compares what cannot be compared."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"at character {position + 1}: {reason}")
        self.reason = reason
        """A sentence without the place."""
        self.position = position
        """Character of the text, from 0."""


class TokenKind(StrEnum):
    NAME = "name"
    VALUE = "value"
    OPERATOR = "operator"
    AND = "and"
    OR = "or"
    NOT = "not"
    OPEN = "("
    CLOSE = ")"
    END = "end"


class Token(NamedTuple):
    kind: TokenKind
    text: str
    position: int
    value: bool | int | str = 0
    """Of a VALUE."""

    @property
    def shown(self) -> str:
        return "the end" if self.kind is TokenKind.END else f"“{self.text}”"


WORDS = {"and": TokenKind.AND, "or": TokenKind.OR, "not": TokenKind.NOT, "(": TokenKind.OPEN, ")": TokenKind.CLOSE}
FLAGS = {"true": True, "false": False}

PATTERN = re.compile(
    r"""(?P<space>\s+)
      | (?P<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)
      | (?P<number>-?\d+)(?![\w.])
      | (?P<text>"[^"]*"|'[^']*')
      | (?P<operator>>=|<=|==|!=|>|<)
      | (?P<bracket>[()])""",
    re.VERBOSE,
)


def tokens(text: str) -> list[Token]:
    """Ends with an END. Raises `ConditionError` for what is no word of the language."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = PATTERN.match(text, position)
        if match is None:
            raise ConditionError(_unreadable(text, position), position)
        if match.lastgroup != "space":
            found.append(_token(match.lastgroup or "", match.group(), position))
        position = match.end()
    return [*found, Token(TokenKind.END, "", len(text))]


def _token(group: str, text: str, position: int) -> Token:
    if text in WORDS:
        return Token(WORDS[text], text, position)
    if text in FLAGS:
        return Token(TokenKind.VALUE, text, position, FLAGS[text])
    if group == "number":
        return Token(TokenKind.VALUE, text, position, int(text))
    if group == "text":
        return Token(TokenKind.VALUE, text, position, text[1:-1])
    return Token(TokenKind.OPERATOR if group == "operator" else TokenKind.NAME, text, position)


def _unreadable(text: str, position: int) -> str:
    if text[position] in "\"'":
        return "the quotation mark is never closed"
    if text[position] == "=":
        return "“=” compares nothing; write “==”"
    if text[position].isdigit():
        return "only whole numbers are compared"
    return f"“{text[position]}” has no meaning here"

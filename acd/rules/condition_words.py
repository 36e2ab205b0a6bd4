"""The words of a condition: text → tokens with their positions."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from core.problems import Mistake, Mistaken

MAX_LENGTH = 1000

OPPOSITE = {">=": "<=", "<=": ">=", ">": "<", "<": ">", "==": "==", "!=": "!="}
"""The operator when the two sides change places; its keys are all operators."""


class ConditionMistake(Mistake):
    CONDITION_TOO_LONG = "at character {position}: longer than {most} characters"
    CONDITION_TOO_DEEP = "at character {position}: more than {most} levels deep"
    CONDITION_ENDS_EARLY = "at character {position}: the condition ends too early"
    QUOTE_NOT_CLOSED = "at character {position}: the quotation mark is never closed"
    PARENTHESIS_NOT_CLOSED = "at character {position}: the parenthesis is never closed"
    SINGLE_EQUALS_SIGN = "at character {position}: “=” compares nothing; write “==”"
    ONLY_WHOLE_NUMBERS = "at character {position}: only whole numbers are compared"
    NO_MEANING_HERE = "at character {position}: “{text}” has no meaning here"
    AND_OR_EXPECTED = "at character {position}: expected “and” or “or” before “{text}”"
    NAME_OR_VALUE_EXPECTED = "at character {position}: expected a skill, an attribute or a value instead of “{text}”"
    VALUE_STANDS_ALONE = "at character {position}: “{text}” stands alone; compare it with a skill or an attribute"
    COMPARISONS_CHAINED = "at character {position}: comparisons cannot be chained; join two with “and”"
    TWO_NAMES_COMPARED = "at character {position}: two names cannot be compared: one side is a name, the other a value"
    TWO_VALUES_COMPARED = "at character {position}: two values cannot be compared: one side is a name, the other a value"
    NO_ORDER = "at character {position}: only numbers have an order; “{text}” is not a number"
    USED_IN_TWO_WAYS = "at character {position}: “{text}” is used as {kinds} and as {use}"


class ConditionError(Mistaken):
    """The expression cannot be read, or compares what cannot be compared."""

    def __init__(self, mistake: ConditionMistake, position: int, **params: object) -> None:
        """`position`: character of the text, from 0."""
        super().__init__(mistake.at(position=position + 1, **params))
        self.position = position


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
        raise ConditionError(ConditionMistake.CONDITION_TOO_LONG, MAX_LENGTH, most=MAX_LENGTH)
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = PATTERN.match(text, position)
        if match is None:
            raise ConditionError(_unreadable(text, position), position, text=text[position])
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


def _unreadable(text: str, position: int) -> ConditionMistake:
    if text[position] in "\"'":
        return ConditionMistake.QUOTE_NOT_CLOSED
    if text[position] == "=":
        return ConditionMistake.SINGLE_EQUALS_SIGN
    if text[position].isdigit():
        return ConditionMistake.ONLY_WHOLE_NUMBERS
    return ConditionMistake.NO_MEANING_HERE

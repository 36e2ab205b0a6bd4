"""Who may serve, as a small typed expression: ``language.zh >= 3 and not vip_only``.

A name is a skill (its level 0–5; 0 for who does not have it) or an attribute of the agent (yes/no, number or text). Parsed once;
`holds` is then a walk over a few nodes. An expression always means the same: a name that an agent does not have is 0, no or the
empty text, and comparing different kinds is never true.

    or    = and { "or" and }
    and   = not { "and" not }
    not   = "not" not | "(" or ")" | name [ operator value ] | value operator name
    value = number | "text" | 'text' | true | false
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from acd.rules.condition_words import OPPOSITE, ConditionError, ConditionMistake, Token, TokenKind, tokens
from core.ids import SkillId

__all__ = [
    "All",
    "AnyNode",
    "Compare",
    "Condition",
    "ConditionError",
    "Fact",
    "Has",
    "Kind",
    "Not",
    "Some",
    "fact",
    "kind_of",
    "parse",
]

PREFIX = "skill_"
"""Ids of skills may carry it; expressions need not."""

MAX_DEPTH = 40
"""Of parentheses and ``not``: an expression is read by people."""

Fact = bool | int | str
"""What a name stands for."""


class Kind(StrEnum):
    """How an expression uses a name, or what a value is."""

    FLAG = "yes/no"
    NUMBER = "number"
    TEXT = "text"


KIND_NAMES: Mapping[Kind, str] = {Kind.FLAG: "yes_no", Kind.NUMBER: "number", Kind.TEXT: "text"}
"""As `core.problems.KINDS` has them."""


class Node(msgspec.Struct, frozen=True):
    """Base of the parts of an expression."""


class Has(Node, frozen=True, tag="has"):
    """A bare name: an attribute that is yes, or a skill at any level."""

    name: str


class Compare(Node, frozen=True, tag="compare"):
    name: str
    operator: str
    value: Fact


class Not(Node, frozen=True, tag="not"):
    part: AnyNode


class All(Node, frozen=True, tag="all"):
    parts: tuple[AnyNode, ...]


class Some(Node, frozen=True, tag="some"):
    parts: tuple[AnyNode, ...]


AnyNode = Has | Compare | Not | All | Some


class Condition(msgspec.Struct, frozen=True):
    """A parsed expression. Equal expressions are equal values, however they were written."""

    root: AnyNode
    kinds: tuple[tuple[str, Kind], ...]
    """Each name once, in order of appearance, with the kind it is used as."""

    def holds(self, levels: Mapping[SkillId, int], attributes: Mapping[str, Fact]) -> bool:
        """Whether an agent with these skills and attributes may serve. Never raises."""
        return _holds(self.root, levels, attributes)

    def names(self) -> tuple[str, ...]:
        """Every skill and attribute asked for, each once, in order of appearance."""
        return tuple(name for name, _ in self.kinds)

    def uses(self) -> dict[str, Kind]:
        """How each name is used. A skill fits NUMBER and FLAG."""
        return dict(self.kinds)

    def words(self) -> str:
        """As people say it: «language zh ≥ 3 and not vip only»."""
        return _words(self.root, people=True)

    def __str__(self) -> str:
        """As it is written: `parse` of this gives an equal condition."""
        return _words(self.root, people=False)


def parse(text: str) -> Condition:
    """Raises `ConditionError`, which says where and why, in words for whoever wrote it."""
    return _Parser(text).whole()


def fact(name: str, levels: Mapping[SkillId, int], attributes: Mapping[str, Fact]) -> Fact | None:
    """What `name` means for one agent: a skill's level before an attribute; None when the agent has neither."""
    level = levels.get(SkillId(name))
    if level is None:
        level = levels.get(SkillId(PREFIX + name))
    return attributes.get(name) if level is None else level


def kind_of(value: Fact) -> Kind:
    if isinstance(value, bool):
        return Kind.FLAG
    return Kind.NUMBER if isinstance(value, int) else Kind.TEXT


# ── meaning ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _holds(node: AnyNode, levels: Mapping[SkillId, int], attributes: Mapping[str, Fact]) -> bool:
    match node:
        case Has():
            return bool(fact(node.name, levels, attributes))
        case Compare():
            return _compares(fact(node.name, levels, attributes), node.operator, node.value)
        case Not():
            return not _holds(node.part, levels, attributes)
        case All():
            return all(_holds(part, levels, attributes) for part in node.parts)
        case Some():
            return any(_holds(part, levels, attributes) for part in node.parts)


def _compares(found: Fact | None, operator: str, value: Fact) -> bool:
    if found is None:
        found = "" if isinstance(value, str) else type(value)(0)
    if kind_of(found) is not kind_of(value):
        return operator == "!="
    if operator in {"==", "!="}:
        return (found == value) is (operator == "==")
    if isinstance(found, str) or isinstance(value, str):
        return False  # the parser refuses an order of texts
    return {">=": found >= value, "<=": found <= value, ">": found > value, "<": found < value}[operator]


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────

SIGNS = {">=": "≥", "<=": "≤", "!=": "is not", "==": "is"}


def _words(node: AnyNode, *, people: bool) -> str:
    match node:
        case Has():
            return _name(node.name, people=people)
        case Compare():
            sign = SIGNS.get(node.operator, node.operator) if people else node.operator
            return f"{_name(node.name, people=people)} {sign} {_value(node.value, people=people)}"
        case Not():
            inner = _words(node.part, people=people)
            return f"not ({inner})" if isinstance(node.part, All | Some | Compare) else f"not {inner}"
        case All():
            return " and ".join(_part(part, (Some,), people=people) for part in node.parts)
        case Some():
            return " or ".join(_part(part, (), people=people) for part in node.parts)


def _part(node: AnyNode, weaker: tuple[type, ...], *, people: bool) -> str:
    text = _words(node, people=people)
    return f"({text})" if isinstance(node, weaker) else text


def _name(name: str, *, people: bool) -> str:
    return name.removeprefix(PREFIX).replace("_", " ").replace(".", " ") if people else name


def _value(value: Fact, *, people: bool) -> str:
    if isinstance(value, bool):
        return ("yes" if value else "no") if people else str(value).lower()
    if isinstance(value, int):
        return str(value)
    quote = "'" if '"' in value else '"'
    return f"«{value}»" if people else f"{quote}{value}{quote}"


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────


class _Parser:
    """Recursive descent over the tokens; one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._next = 0
        self._depth = 0
        self._kinds: dict[str, Kind] = {}

    def whole(self) -> Condition:
        root = self._some()
        token = self._peek()
        if token.kind is not TokenKind.END:
            raise ConditionError(ConditionMistake.AND_OR_EXPECTED, token.position, text=token.text)
        return Condition(root, tuple(self._kinds.items()))

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += token.kind is not TokenKind.END
        return token

    def _takes(self, kind: TokenKind) -> bool:
        if self._peek().kind is kind:
            self._take()
            return True
        return False

    def _some(self) -> AnyNode:
        parts = [self._all()]
        while self._takes(TokenKind.OR):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Some(tuple(_flat(parts, Some)))

    def _all(self) -> AnyNode:
        parts = [self._not()]
        while self._takes(TokenKind.AND):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else All(tuple(_flat(parts, All)))

    def _not(self) -> AnyNode:
        token = self._peek()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(ConditionMistake.CONDITION_TOO_DEEP, token.position, most=MAX_DEPTH)
        node: AnyNode
        if self._takes(TokenKind.NOT):
            node = Not(self._not())
        elif self._takes(TokenKind.OPEN):
            node = self._some()
            if not self._takes(TokenKind.CLOSE):
                raise ConditionError(ConditionMistake.PARENTHESIS_NOT_CLOSED, token.position)
        else:
            node = self._comparison()
        self._depth -= 1
        return node

    def _comparison(self) -> AnyNode:
        left = self._operand()
        sign = self._peek()
        if sign.kind is not TokenKind.OPERATOR:
            if left.kind is TokenKind.VALUE:
                raise ConditionError(ConditionMistake.VALUE_STANDS_ALONE, left.position, text=left.text)
            return Has(self._used(left, Kind.FLAG))
        self._take()
        right = self._operand()
        again = self._peek()
        if again.kind is TokenKind.OPERATOR:
            raise ConditionError(ConditionMistake.COMPARISONS_CHAINED, again.position)
        if left.kind is right.kind:
            names = left.kind is TokenKind.NAME
            mistake = ConditionMistake.TWO_NAMES_COMPARED if names else ConditionMistake.TWO_VALUES_COMPARED
            raise ConditionError(mistake, sign.position)
        if left.kind is TokenKind.VALUE:
            return self._compare(right, OPPOSITE[sign.text], left, sign)
        return self._compare(left, sign.text, right, sign)

    def _compare(self, name: Token, operator: str, value: Token, sign: Token) -> AnyNode:
        kind = kind_of(value.value)
        if kind is not Kind.NUMBER and operator not in {"==", "!="}:
            raise ConditionError(ConditionMistake.NO_ORDER, sign.position, text=value.text.strip("\"'"))
        return Compare(self._used(name, kind), operator, value.value)

    def _operand(self) -> Token:
        token = self._take()
        if token.kind not in {TokenKind.NAME, TokenKind.VALUE}:
            ends = token.kind is TokenKind.END
            mistake = ConditionMistake.CONDITION_ENDS_EARLY if ends else ConditionMistake.NAME_OR_VALUE_EXPECTED
            raise ConditionError(mistake, token.position, text=token.text)
        return token

    def _used(self, token: Token, kind: Kind) -> str:
        """One name is one kind of thing everywhere; a skill may be asked for bare, too."""
        before = self._kinds.get(token.text, kind)
        if Kind.TEXT in {before, kind} and before is not kind:
            raise ConditionError(
                ConditionMistake.USED_IN_TWO_WAYS, token.position, text=token.text, kinds=KIND_NAMES[before], use=KIND_NAMES[kind]
            )
        self._kinds[token.text] = Kind.NUMBER if Kind.NUMBER in {before, kind} else kind
        return token.text


def _flat(parts: list[AnyNode], kind: type[All] | type[Some]) -> list[AnyNode]:
    """``a and (b and c)`` is ``a and b and c``."""
    flat: list[AnyNode] = []
    for part in parts:
        flat += part.parts if isinstance(part, kind) and isinstance(part, All | Some) else [part]
    return flat

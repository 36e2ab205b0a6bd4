"""`branch`: the first case that holds decides where to go."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from core.model import Value
from core.problems import Complaint, Where
from ivr.flow import Exit, Step
from ivr.mistakes import FlowMistake
from ivr.names import StepName, VariableName
from ivr.results import Context, Go
from ivr.verbs.assign import as_text

_TRUE = frozenset({"yes", "true", "1", "on"})
_FALSE = frozenset({"no", "false", "0", "off", ""})
_TESTS = ("is", "is_not", "one_of", "at_least", "at_most", "known")


def same(left: str, right: str) -> bool:
    """Equal without regard to case; yes = true = 1, no = false = 0 = empty; numbers by value."""
    left, right = left.strip().lower(), right.strip().lower()
    if left == right or (left in _TRUE and right in _TRUE) or (left in _FALSE and right in _FALSE):
        return True
    a, b = number(left), number(right)
    return a is not None and a == b


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


class Case(Value, frozen=True):
    """One condition on one variable; all tests given must hold."""

    variable: VariableName = msgspec.field(name="if")
    go: StepName
    is_: str | int | float | bool | None = msgspec.field(name="is", default=None)
    is_not: str | int | float | bool | None = None
    one_of: tuple[str | int | float | bool, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    known: bool | None = None
    """The variable has a value."""

    def holds(self, value: str) -> bool:
        measured = number(value)
        checks = (
            self.is_ is None or same(value, as_text(self.is_)),
            self.is_not is None or not same(value, as_text(self.is_not)),
            self.one_of is None or any(same(value, as_text(wanted)) for wanted in self.one_of),
            self.at_least is None or (measured is not None and measured >= self.at_least),
            self.at_most is None or (measured is not None and measured <= self.at_most),
            self.known is None or bool(value) is self.known,
        )
        return all(checks)

    @property
    def tests(self) -> int:
        given = (self.is_, self.is_not, self.one_of, self.at_least, self.at_most, self.known)
        return sum(test is not None for test in given)


class Branch(Step, frozen=True, kw_only=True, tag="branch"):
    """Chooses by what is known."""

    cases: tuple[Case, ...]
    otherwise: StepName

    def enter(self, context: Context) -> Go:
        for case in self.cases:
            value = context.variables.get(case.variable, "")
            if case.holds(value):
                shown = "what was asked for" if case.variable in context.secrets else value or "not known"
                return Go(to=case.go, why=f"{case.variable} is {shown}")
        return Go(to=self.otherwise, why="")

    def exits(self) -> Iterator[Exit]:
        for index, case in enumerate(self.cases):
            yield Exit(f"case {index + 1}", case.go, ("cases", index, "go"))
        yield Exit("otherwise", self.otherwise, ("otherwise",))

    def reads(self) -> Iterator[tuple[Where, str]]:
        for index, case in enumerate(self.cases):
            yield ("cases", index, "if"), case.variable

    def complaints(self) -> Iterator[Complaint]:
        if not self.cases:
            yield FlowMistake.DECIDES_NOTHING.at(("cases",))
        for index, case in enumerate(self.cases):
            if not case.tests:
                names = ", ".join(f"`{name}`" for name in _TESTS)
                yield FlowMistake.CASE_WITHOUT_TEST.at(("cases", index), name=case.variable, tests=names)

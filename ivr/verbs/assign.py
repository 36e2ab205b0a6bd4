"""`set`: give variables values; a value may use other variables."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from core.problems import Complaint, Where
from ivr.flow import Exit, Step
from ivr.mistakes import FlowMistake
from ivr.names import StepName
from ivr.results import Context, Go
from ivr.text import filled, variables_in


def as_text(value: str | float | bool) -> str:
    """A YAML value as a variable holds it: truth as yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


class Set(Step, frozen=True, kw_only=True, tag="set"):
    """Changes variables."""

    values: dict[str, str | int | float | bool]
    next: StepName

    def enter(self, context: Context) -> Go:
        sets = {name: filled(as_text(value), context.variables) for name, value in self.values.items()}
        return Go(to=self.next, why="", sets=sets)

    def exits(self) -> Iterator[Exit]:
        yield Exit("next", self.next, ("next",))

    def sets(self) -> Iterator[str]:
        yield from self.values

    def copies(self, known: AbstractSet[str]) -> Iterator[str]:
        yield from (name for name, value in self.values.items() if variables_in(as_text(value)) & known)

    def reads(self) -> Iterator[tuple[Where, str]]:
        for name, value in self.values.items():
            for used in sorted(variables_in(as_text(value))):
                yield ("values", name), used

    def complaints(self) -> Iterator[Complaint]:
        if not self.values:
            yield FlowMistake.SETS_NOTHING.at(("values",))

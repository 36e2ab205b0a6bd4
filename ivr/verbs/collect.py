"""`collect`: several digits into a variable, with terminator, time-outs and a pattern they must fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

import msgspec

from core.model import Value
from core.problems import Complaint
from ivr.actions import Play, StopPlay
from ivr.flow import Exit, longest_s
from ivr.inputs import Digit, Input, PlaybackDone, Speech
from ivr.mistakes import FlowMistake
from ivr.names import StepName, VariableName
from ivr.patterns import LONGEST_ENTRY, PatternError, fits, read
from ivr.quantities import Seconds, Times
from ivr.results import Context, Go, Stay
from ivr.verbs.asking import Question


class CollectMemory(Value, frozen=True, tag="collect"):
    attempt: int
    asking: bool
    """The question is playing."""
    digits: str = ""
    until: float = 0.0
    """The deadline of this moment."""
    misheard: bool = False
    """Something was said: no number, but no silence either."""


class Collect(Question, frozen=True, kw_only=True, tag="collect"):
    """Asks for a number."""

    into: VariableName
    """The variable that receives the digits."""
    next: StepName
    min_digits: Times = 1
    max_digits: Times = 20
    terminator: str = "#"
    """The key that ends the number early; empty for none."""
    next_digit_s: Seconds = 4.0
    """How long the next digit may take; after that the number is taken as complete."""
    pattern: str | None = None
    """A regular expression the whole number must fit; without back references, flags and looking behind (`ivr/patterns.py`)."""
    secret: bool = False
    """The value stays in this flow's memory: it is stored nowhere, shown to nobody and not spoken; after a restart of the server
    it is asked again."""

    def enter(self, context: Context) -> Stay:
        return self._asked(1, Play(prompts=self.question(context)), context)

    def receive(self, memory: object, heard: Input, context: Context) -> Stay | Go | None:
        assert isinstance(memory, CollectMemory)
        match heard:
            case PlaybackDone() if memory.asking:
                return self._waiting(memory, context)
            case Speech():
                return Stay(memory=msgspec.structs.replace(memory, misheard=True), deadline=memory.until)
            case Digit(digit=digit) if self.terminator and digit == self.terminator:
                return self._complete(memory, context)
            case Digit(digit=digit):
                digits = memory.digits + digit
                if len(digits) >= self.max_digits:
                    return self._complete(CollectMemory(attempt=memory.attempt, asking=False, digits=digits), context)
                until = context.now + self.next_digit_s
                return Stay(
                    memory=CollectMemory(attempt=memory.attempt, asking=False, digits=digits, until=until),
                    deadline=until,
                    requests=(StopPlay(),) if memory.asking else (),
                )
            case _:
                return None

    def due(self, memory: object, context: Context) -> Stay | Go:
        assert isinstance(memory, CollectMemory)
        return self._waiting(memory, context) if memory.asking else self._complete(memory, context)

    def _complete(self, memory: CollectMemory, context: Context) -> Stay | Go:
        digits = memory.digits
        if len(digits) >= self.min_digits and (self.pattern is None or fits(self.pattern, digits)):
            count = "1 digit" if len(digits) == 1 else f"{len(digits)} digits"
            return Go(to=self.next, why=f"entered {count}", sets={self.into: digits})
        answer = self.ask_again(memory.attempt, context, silent=not digits and not memory.misheard)
        return answer if isinstance(answer, Go) else self._asked(memory.attempt + 1, answer, context)

    def _asked(self, attempt: int, play: Play, context: Context) -> Stay:
        until = context.now + longest_s(play.prompts)
        return Stay(memory=CollectMemory(attempt=attempt, asking=True, until=until), deadline=until, requests=(play,))

    def _waiting(self, memory: CollectMemory, context: Context) -> Stay:
        until = context.now + self.timeout_s
        return Stay(memory=msgspec.structs.replace(memory, asking=False, until=until), deadline=until)

    def exits(self) -> Iterator[Exit]:
        yield Exit("next", self.next, ("next",), silent=False)
        yield from super().exits()

    def sets(self) -> Iterator[str]:
        yield self.into

    def secrets(self, known: Set[str]) -> Iterator[str]:
        if self.secret:
            yield self.into

    def without_secrets(self, memory: object) -> object:
        assert isinstance(memory, CollectMemory)
        return msgspec.structs.replace(memory, digits="") if self.secret else memory

    def complaints(self) -> Iterator[Complaint]:
        yield from super().complaints()
        if not 1 <= self.min_digits <= self.max_digits:
            yield FlowMistake.MIN_DIGITS_OUT_OF_RANGE.at(("min_digits",))
        if self.next_digit_s <= 0:
            yield FlowMistake.NOT_ABOVE_ZERO.at(("next_digit_s",), field="next_digit_s")
        if not re.fullmatch(r"[0-9*#A-D]?", self.terminator):
            yield FlowMistake.NOT_A_KEY.at(("terminator",), field="terminator", value=self.terminator)
        if self.pattern is not None:
            if self.min_digits > LONGEST_ENTRY:
                yield FlowMistake.MORE_DIGITS_THAN_FIT.at(("min_digits",), most=LONGEST_ENTRY)
            try:
                read(self.pattern)
            except PatternError as error:
                yield error.complaint.below("pattern")

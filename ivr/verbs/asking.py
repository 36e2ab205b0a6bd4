"""What `menu` and `collect` share: a question, answers with barge-in, a limited number of tries."""

from __future__ import annotations

from collections.abc import Iterator

from core.problems import Complaint, Where
from ivr.actions import Play, Prompt, SpokenText
from ivr.flow import Exit, InputMode, Step, prompts
from ivr.mistakes import FlowMistake
from ivr.names import SoundFiles, StepName
from ivr.quantities import Seconds, Times
from ivr.results import Context, Go
from ivr.text import Text, spoken
from ivr.words import NOT_HEARD, NOT_UNDERSTOOD


class Question(Step, frozen=True, kw_only=True):
    """A step that asks the caller for something."""

    input_mode = InputMode.HEARS

    ask: Text | None = None
    ask_file: SoundFiles | None = None
    """A WAV file, relative to the data directory; wins over `ask`."""
    tries: Times = 3
    timeout_s: Seconds = 6.0
    """How long after the question an answer may take to begin."""
    sorry: Text | None = None
    """Said after an answer that does not fit, before asking again; a standard sentence when not given."""
    sorry_silence: Text | None = None
    """Said after no answer, before asking again; a standard sentence when not given."""
    no_match: StepName | None = None
    """Where to go when the last try was an answer that does not fit."""
    no_input: StepName | None = None
    """Where to go when the last try was silence."""
    otherwise: StepName | None = None
    """Where to go in both cases, where they have no step of their own."""

    def question(self, context: Context, before: Text | None = None) -> tuple[Prompt, ...]:
        """What is played to ask."""
        return prompts(before, None, context) + prompts(self.ask, self.ask_file, context)

    def ask_again(self, attempt: int, context: Context, *, silent: bool) -> Play | Go:
        """After failed try number `attempt` (from 1): the next question, or where to go instead."""
        if attempt < self.tries:
            sorry = (self.sorry_silence or NOT_HEARD) if silent else (self.sorry or NOT_UNDERSTOOD)
            return Play(prompts=self.question(context, sorry))
        target = (self.no_input if silent else self.no_match) or self.otherwise
        assert target is not None, "checked at load"
        return Go(to=target, why="no answer" if silent else "no answer that fits")

    def exits(self) -> Iterator[Exit]:
        """The ways out when the caller does not answer."""
        if self.no_match is not None:
            yield Exit("no match", self.no_match, ("no_match",), silent=False)
        if self.no_input is not None:
            yield Exit("no input", self.no_input, ("no_input",))
        if self.otherwise is not None and (self.no_match is None or self.no_input is None):
            yield Exit("otherwise", self.otherwise, ("otherwise",), silent=self.no_input is None)

    def texts(self) -> Iterator[tuple[Where, Text]]:
        if self.ask is not None:
            yield ("ask",), self.ask
        for field in ("sorry", "sorry_silence"):
            if (text := getattr(self, field)) is not None:
                yield (field,), text

    def standard_pieces(self, language: str) -> Iterator[SpokenText]:
        for text, given in ((NOT_UNDERSTOOD, self.sorry), (NOT_HEARD, self.sorry_silence)):
            if given is None and self.tries > 1:
                yield from spoken(text, language, {})

    def complaints(self) -> Iterator[Complaint]:
        if self.ask is None and self.ask_file is None:
            yield FlowMistake.ASKS_NOTHING.at()
        if self.tries < 1:
            yield FlowMistake.BELOW_ONE.at(("tries",), field="tries")
        if self.timeout_s <= 0:
            yield FlowMistake.NOT_ABOVE_ZERO.at(("timeout_s",), field="timeout_s")
        if self.otherwise is None:
            if self.no_match is None:
                yield FlowMistake.NO_WAY_WITHOUT_MATCH.at()
            if self.no_input is None:
                yield FlowMistake.NO_WAY_WITHOUT_INPUT.at()
        elif self.no_match is not None and self.no_input is not None:
            yield FlowMistake.OTHERWISE_NEVER_TAKEN.at(("otherwise",))

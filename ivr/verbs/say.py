"""`say`: speak a text or play a file, then go on. A key pressed meanwhile cuts it short and counts for the next question.

A text that tells something of the customer is left out while it is not certain that the customer is calling.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.model import Value
from core.problems import Complaint, Where
from ivr.actions import Play
from ivr.flow import Exit, Step, longest_s, personal_in, prompts
from ivr.inputs import Digit, Input, PlaybackDone
from ivr.mistakes import FlowMistake
from ivr.names import SoundFiles, StepName
from ivr.results import Context, Go, Stay
from ivr.text import Text, variables_in


class SayMemory(Value, frozen=True, tag="say"):
    """Nothing to remember: the machine knows what plays."""


class Say(Step, frozen=True, kw_only=True, tag="say"):
    """Speaks to the caller."""

    next: StepName
    text: Text | None = None
    file: SoundFiles | None = None
    """A WAV file, relative to the data directory; wins over `text`."""
    interruptible: bool = True

    def enter(self, context: Context) -> Stay | Go:
        if (
            self.text is not None
            and variables_in(self.text) & personal_in(context)
            and context.variables.get("certainty") != "certain"
        ):
            return Go(to=self.next, why="not said: it is not certain who calls")
        sounds = prompts(self.text, self.file, context)
        if not sounds or (context.hurried and self.interruptible):
            return Go(to=self.next, why="")
        return Stay(memory=SayMemory(), deadline=context.now + longest_s(sounds), requests=(Play(prompts=sounds),))

    def receive(self, memory: object, heard: Input, context: Context) -> Go | None:
        if isinstance(heard, PlaybackDone) or (isinstance(heard, Digit) and self.interruptible):
            return Go(to=self.next, why="")
        return None

    def due(self, memory: object, context: Context) -> Go:
        return Go(to=self.next, why="")

    def exits(self) -> Iterator[Exit]:
        yield Exit("next", self.next, ("next",))

    def texts(self) -> Iterator[tuple[Where, Text]]:
        if self.text is not None:
            yield ("text",), self.text

    def complaints(self) -> Iterator[Complaint]:
        if self.text is None and self.file is None:
            yield FlowMistake.SAYS_NOTHING.at()

"""What a flow is: named steps, each with one verb, and the ways that lead from one to another.

The structs here and in `verbs/` are at once the language's types and its published schema (`flow.schema.json`). A flow never
changes; a changed flow is a new version.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Set
from enum import StrEnum
from typing import ClassVar, NamedTuple

import msgspec

from core.problems import Complaint, Where
from ivr.actions import Prompt, SoundFile, SpokenText
from ivr.inputs import Input
from ivr.names import StepName, Use, uses
from ivr.results import Context, Result
from ivr.text import Text, all_languages, fixed_pieces, in_language, spoken, variables_in


class InputMode(StrEnum):
    """What a step does with digits."""

    HEARS = "hears"
    KEEPS = "keeps"
    """Not for this step, but for the next one that hears: type-ahead."""
    IGNORES = "ignores"


class Exit(NamedTuple):
    """One way out of a step."""

    label: str
    to: StepName
    where: Where
    """Relative to the step."""
    silent: bool = True
    """It can be taken without the caller doing anything, and without waiting for an agent."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="verb"):
    """Base of all verbs."""

    input_mode: ClassVar[InputMode] = InputMode.KEEPS

    @property
    def verb(self) -> str:
        return str(self.__struct_config__.tag)

    def input_mode_now(self, memory: object) -> InputMode:
        """What it does with digits at this moment."""
        return self.input_mode

    @abstractmethod
    def enter(self, context: Context) -> Result:
        """The call arrives at this step."""

    def receive(self, memory: object, heard: Input, context: Context) -> Result | None:
        """Something happened; None when this verb does not care."""
        return None

    def due(self, memory: object, context: Context) -> Result:
        """The deadline of the last `Stay` has come. Only verbs that stay are ever asked."""
        raise AssertionError(f"{self.verb} has no deadline")

    def resume(self, memory: object, context: Context) -> Result:
        """The server was restarted in this step: begin it again."""
        return self.enter(context)

    def enter_again(self, context: Context, *, transferred: bool) -> Result:
        """The agent whom the call was connected with in this step has left it, and perhaps handed it on."""
        del transferred
        return self.enter(context)

    def exits(self) -> Iterator[Exit]:
        """All ways out."""
        return iter(())

    def texts(self) -> Iterator[tuple[Where, Text]]:
        """All texts that may be spoken, and where they stand."""
        return iter(())

    def standard_pieces(self, language: str) -> Iterator[SpokenText]:
        """What it may say beyond the author's texts."""
        return iter(())

    def sets(self) -> Iterator[str]:
        """Names of variables this step gives a value."""
        return iter(())

    def reads(self) -> Iterator[tuple[Where, str]]:
        """Variables that it uses outside its texts."""
        return iter(())

    def copies(self, known: Set[str]) -> Iterator[str]:
        """Those of the variables it sets that hold something of the `known` ones."""
        return iter(())

    def secrets(self, known: Set[str]) -> Iterator[str]:
        """Those of the variables it sets that must not leave the flow, when `known` are secret already."""
        return self.copies(known)

    def without_secrets(self, memory: object) -> object:
        """What may be stored of what it remembers."""
        return memory

    def uses(self) -> Iterator[Use]:
        """What it needs from outside the flow: queues, skills, files, words to be heard."""
        return uses(self)

    def complaints(self) -> Iterator[Complaint]:
        """What the schema cannot say."""
        return iter(())


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call when its flow begins."""

    caller: str = ""
    called: str = ""
    language: str = "en"
    diverted_from: str = ""
    can_call_back: bool = True
    """Whether this installation can make calls."""

    def variables(self) -> dict[str, str]:
        """The facts as a flow's variables."""
        facts = {
            "caller": self.caller,
            "called": self.called,
            "spoken_language": self.language,
            "diverted_from": self.diverted_from,
        }
        return {**facts, "can_call_back": "yes" if self.can_call_back else "no"}


STANDARD_VARIABLES: dict[str, str] = {
    "caller": "the caller's number",
    "called": "the number that was called",
    "diverted_from": "the number that sent the caller on to us",
    "spoken_language": "the language prompts are spoken in; a step may set it",
    "can_call_back": "yes when a trunk takes calls from us and this caller's number may be called; else no callback is offered",
    "customer_name": "the caller's name, when known; empty until the caller is identified",
    "is_new": "yes when this customer was unknown",
    "known": "the contrary of `is_new`",
    "certainty": "certain, likely, shared or unknown: how sure it is who calls",
    "vip": "yes for a VIP",
    "open_tickets": "how many tickets are open",
    "last_channel": "call, chat, email or ticket",
    "last_agent": "the agent who spoke to this customer last",
    "language": "the customer's preferred language",
}
"""Variables that a flow may use without declaring them, and what they hold."""
PERSONAL_VARIABLES = frozenset({"customer_name", "name", "open_tickets", "last_channel", "last_agent", "vip"})
"""What only the customer may hear: spoken when it is certain who calls, whatever a flow does with them in silence."""


def personal_in(context: Context) -> Set[str]:
    """Variables that tell something of the customer: those, and what this flow makes of them."""
    return PERSONAL_VARIABLES | context.personal


def may_be_spoken(context: Context) -> dict[str, str]:
    """The variables as a caller may hear them: who might be somebody else hears nothing of the customer."""
    if context.variables.get("certainty") == "certain":
        return dict(context.variables)
    personal = personal_in(context)
    return {name: "" if name in personal else value for name, value in context.variables.items()}


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow, checked: every target exists, every step can be reached, no loop runs without the caller."""

    flow: str
    """Its id."""
    name: str
    start: StepName
    language: str
    variables: dict[str, str]
    """Declared variables and their first values."""
    limit_s: float
    """The longest a caller may be in this flow without reaching an agent."""
    steps: dict[StepName, Step]
    version: int = 0
    """Given by the storage when it is published."""

    def secrets(self) -> frozenset[str]:
        """Variables whose values must not leave the flow: what is collected secretly, and whatever is made from it."""
        return self._closed(frozenset(), lambda step, found: step.secrets(found))

    def personal(self) -> frozenset[str]:
        """Variables that tell something of the customer, under whatever name."""
        return self._closed(PERSONAL_VARIABLES, lambda step, found: step.copies(found))

    def _closed(self, found: frozenset[str], more_of: Callable[[Step, Set[str]], Iterator[str]]) -> frozenset[str]:
        """With whatever any step makes of what is found."""
        while more := {name for step in self.steps.values() for name in more_of(step, found)} - found:
            found |= more
        return found

    def languages(self) -> tuple[str, ...]:
        """The flow's own language and those its texts are written, or its files spoken, in."""
        steps = self.steps.values()
        written = [language for step in steps for _, text in step.texts() for language, _ in all_languages(text)]
        recorded = [use.language for step in steps for use in step.uses()]
        return tuple(dict.fromkeys([self.language, *(language for language in (*written, *recorded) if language)]))

    def fixed_prompts(self) -> tuple[SpokenText, ...]:
        """Everything that can be spoken before any call, each once, in the order of the file."""
        pieces: dict[SpokenText, None] = {}
        for step in self.steps.values():
            for _, text in step.texts():
                pieces.update(dict.fromkeys(fixed_pieces(text, self.language)))
        for step in self.steps.values():
            for language in self.languages():
                pieces.update(dict.fromkeys(step.standard_pieces(language)))
        return tuple(pieces)


def prompts(text: Text | None, file: Text | None, context: Context) -> tuple[Prompt, ...]:
    """A file where one is given for the language, the text otherwise."""
    if file is not None:
        return (SoundFile(file=in_language(file, context.language)),)
    return spoken(text, context.language, may_be_spoken(context)) if text is not None else ()


def longest_s(sounds: tuple[Prompt, ...]) -> float:
    """By when a playback must have ended: a guard against a lost end-of-prompt event, generous on purpose."""
    return 5.0 + sum(300.0 if isinstance(sound, SoundFile) else 2.0 + len(sound.text) / 4.0 for sound in sounds)


def text_variables(step: Step) -> Iterator[tuple[Where, str]]:
    """Each variable that a step's texts use."""
    for where, text in step.texts():
        for name in sorted(variables_in(text)):
            yield where, name

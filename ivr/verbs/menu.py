"""`menu`: one of several choices, by a key or by a spoken phrase, also while the question is still playing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from core.model import Value
from core.problems import Complaint
from ivr.actions import Listen, Play
from ivr.flow import Exit, longest_s
from ivr.inputs import Digit, Input, PlaybackDone, Speech
from ivr.mistakes import FlowMistake
from ivr.names import Phrase, StepName
from ivr.results import Context, Go, Request, Stay
from ivr.verbs.asking import Question


class Option(Value, frozen=True):
    """One choice of a menu."""

    go: StepName
    digit: str | int | None = None
    phrases: tuple[Phrase, ...] = ()
    """What a caller may say for it."""
    label: str = ""
    """How the trace names it."""

    @property
    def key(self) -> str:
        return "" if self.digit is None else str(self.digit)

    @property
    def name(self) -> str:
        return self.label or next(iter(self.phrases), self.go)


class MenuMemory(Value, frozen=True, tag="menu"):
    attempt: int
    """Which try this is, from 1."""
    asking: bool
    """The question is playing; the caller's time has not begun."""
    until: float = 0.0
    """The deadline of this moment."""
    misheard: bool = False
    """Something was said into the question that is none of the phrases. It may be noise or echo, so the caller gets the time
    after the question; but when nothing better comes, this was an answer that does not fit, and no silence."""


def plain(phrase: str) -> str:
    """Lower case words without punctuation, as recognizers write them."""
    return " ".join(re.sub(r"[^\w']", " ", phrase.lower()).split())


class Menu(Question, frozen=True, kw_only=True, tag="menu"):
    """Lets the caller choose."""

    options: tuple[Option, ...]
    least_confidence: float = 0.2
    """Less than this counts as not understood. Words around a phrase lower it: «uh, orders please» has a third."""

    def enter(self, context: Context) -> Stay:
        phrases = tuple(plain(phrase) for option in self.options for phrase in option.phrases)
        listen = (Listen(phrases=phrases, language=context.language),) if phrases else ()
        return self._asked(1, Play(prompts=self.question(context)), context, *listen)

    def receive(self, memory: object, heard: Input, context: Context) -> Stay | Go | None:
        assert isinstance(memory, MenuMemory)
        match heard:
            case PlaybackDone():
                return self._listening(memory, context)
            case Digit(digit=digit):
                for option in self.options:
                    if option.key == digit:
                        return Go(to=option.go, why=f"chose {digit} ({option.name})")
                return self._failed(memory, context, silent=False)
            case Speech():
                return self._spoken(memory, heard, context)
            case _:
                return None

    def due(self, memory: object, context: Context) -> Stay | Go:
        assert isinstance(memory, MenuMemory)
        if memory.asking:  # the end of the prompt was never reported
            return self._listening(memory, context)
        return self._failed(memory, context, silent=not memory.misheard)

    def _listening(self, memory: MenuMemory, context: Context) -> Stay:
        """The question has been asked: the caller's time begins."""
        until = context.now + self.timeout_s
        return Stay(memory=msgspec.structs.replace(memory, asking=False, until=until), deadline=until)

    def _spoken(self, memory: MenuMemory, speech: Speech, context: Context) -> Stay | Go | None:
        option = self._meant(speech.phrase) if speech.confidence >= self.least_confidence else None
        if option is not None:
            return Go(to=option.go, why=f"said “{plain(speech.phrase)}” ({option.name})")
        if not memory.asking:
            return self._failed(memory, context, silent=False)
        # Noise and echo of our own question do not end it.
        return Stay(memory=msgspec.structs.replace(memory, misheard=True), deadline=memory.until)

    def _meant(self, said: str) -> Option | None:
        """The one option whose phrases were said, alone or within other words; a longer phrase hides shorter ones inside it."""
        words = f" {plain(said)} "
        phrases = {plain(phrase): option for option in self.options for phrase in option.phrases}
        meant: list[Option] = []
        for phrase in sorted(phrases, key=len, reverse=True):
            if f" {phrase} " in words:
                words = words.replace(f" {phrase} ", " | ")
                meant.append(phrases[phrase])
        return meant[0] if meant and all(option is meant[0] for option in meant) else None

    def _failed(self, memory: MenuMemory, context: Context, *, silent: bool) -> Stay | Go:
        answer = self.ask_again(memory.attempt, context, silent=silent)
        return answer if isinstance(answer, Go) else self._asked(memory.attempt + 1, answer, context)

    def _asked(self, attempt: int, play: Play, context: Context, *more: Request) -> Stay:
        until = context.now + longest_s(play.prompts)
        return Stay(memory=MenuMemory(attempt=attempt, asking=True, until=until), deadline=until, requests=(play, *more))

    def exits(self) -> Iterator[Exit]:
        for number, option in enumerate(self.options):
            yield Exit(f"option {option.key or option.name}", option.go, ("options", number, "go"), silent=False)
        yield from super().exits()

    def complaints(self) -> Iterator[Complaint]:
        yield from super().complaints()
        if not self.options:
            yield FlowMistake.OFFERS_NOTHING.at(("options",))
        seen: dict[tuple[FlowMistake, str], int] = {}
        for number, option in enumerate(self.options):
            where = ("options", number)
            if option.digit is None and not option.phrases:
                yield FlowMistake.OPTION_UNCHOOSABLE.at(where)
            if option.digit is not None and not re.fullmatch(r"[0-9*#A-D]", option.key):
                yield FlowMistake.NOT_A_KEY.at((*where, "digit"), field="digit", value=option.key)
            said = [(FlowMistake.PHRASE_TAKEN, plain(phrase), "phrases") for phrase in option.phrases]
            keys = [(FlowMistake.DIGIT_TAKEN, option.key, "digit")] if option.key else []
            for mistake, name, field in [*said, *keys]:
                if (first := seen.setdefault((mistake, name), number)) != number:
                    yield mistake.at((*where, field), name=name, option=first + 1)
            if any(not plain(phrase) for phrase in option.phrases):
                yield FlowMistake.PHRASE_WITHOUT_WORDS.at((*where, "phrases"))

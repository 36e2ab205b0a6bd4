"""Runs a flow in virtual time: a caller, an hour and a script of answers go in, the path comes out, in microseconds.

The simulator stands where the runner does for real calls: it carries out the machine's actions by noting them, and decides
what happens next. An answer is given one second after the question has been spoken; a script that is used up is silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from core.causes import EndCause
from ivr.actions import Action, Enqueue, Finish, HangUp, Play, Prompt, RequestCallback, SoundFile, StopPlay, Trace
from ivr.flow import CallFacts, Flow, InputMode
from ivr.inputs import (
    AgentAccepted,
    CallbackTaken,
    Connected,
    Digit,
    HungUp,
    Identified,
    Input,
    PlaybackDone,
    QueuePosition,
    Speech,
)
from ivr.machine import Machine

SPOKEN_PER_S = 14.0
"""Characters per second of a calm voice."""
IDENTIFIED_AFTER_S = 0.2
ANSWERS_AFTER_S = 1.0
KEY_EVERY_S = 0.3
MOST_INPUTS = 100_000


class Press(msgspec.Struct, frozen=True):
    """Keys, one after the other."""

    digits: str


class Say(msgspec.Struct, frozen=True):
    """A phrase, understood."""

    phrase: str
    confidence: float = 1.0


class Silence(msgspec.Struct, frozen=True):
    """Lets one question pass without an answer."""


class Leave(msgspec.Struct, frozen=True):
    """Hangs up instead of answering."""


Answer = Press | Say | Silence | Leave


class PathStep(NamedTuple):
    """One step entered."""

    after_s: float
    """Since the call began."""
    step: str
    verb: str
    detail: str


class Spoken(NamedTuple):
    """One playback as the caller hears it."""

    after_s: float
    text: str
    """Files stand as ``♪ name``."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """What happened."""

    steps: tuple[PathStep, ...]
    spoken: tuple[Spoken, ...]
    enqueued: Enqueue | None
    """The last time the call was put in a queue."""
    outcome: str
    cause: EndCause | None
    """Why the flow hung up, if it did."""
    took_s: float
    variables: dict[str, str]

    @property
    def names(self) -> list[str]:
        """The steps' names, in order."""
        return [step.step for step in self.steps]

    @property
    def texts(self) -> list[str]:
        """Everything the caller heard, in order."""
        return [spoken.text for spoken in self.spoken]


def script(text: str) -> list[Answer]:
    """Answers, one for each question: ``1``, ``4711#``, ``say:billing``, ``silence``, ``hang-up``. Raises `ValueError`."""
    answers: list[Answer] = []
    for word in text.replace(",", " ").split():
        if word == "silence":
            answers.append(Silence())
        elif word == "hang-up":
            answers.append(Leave())
        elif word.startswith("say:"):
            answers.append(Say(word.removeprefix("say:").replace("_", " ")))
        elif all(key in "0123456789*#ABCD" for key in word):
            answers.append(Press(word))
        else:
            raise ValueError(f"“{word}” is no answer: give keys (1, 4711#), say:words_said, silence or hang-up")
    return answers


def simulate(
    flow: Flow,
    call: CallFacts,
    at: float,
    answers: Sequence[Answer] = (),
    *,
    customer: Mapping[str, str] | None = None,
    agent_after_s: float | None = 30.0,
    most_inputs: int = MOST_INPUTS,
) -> Path:
    """Walks one call through a flow. `customer` None: nobody knows the caller; `agent_after_s` None: no agent ever answers."""
    return _Simulation(flow, call, at, answers, customer=customer, agent_after_s=agent_after_s).run(most_inputs)


class _Simulation:
    """The world around one machine."""

    def __init__(
        self,
        flow: Flow,
        call: CallFacts,
        at: float,
        answers: Sequence[Answer],
        *,
        customer: Mapping[str, str] | None,
        agent_after_s: float | None,
    ) -> None:
        self._flow = flow
        self._machine = Machine.for_call(flow, call, at)
        self._began = self._now = at
        self._answers = list(answers)
        self._agent_after_s = agent_after_s
        self._coming: list[tuple[float, int, Input]] = []
        self._order = 0
        self._playing_until: float | None = None
        self._steps: list[PathStep] = []
        self._spoken: list[Spoken] = []
        self._enqueued: Enqueue | None = None
        self._finish: Finish | None = None
        self._cause: EndCause | None = None
        if customer is not None:
            self._later(IDENTIFIED_AFTER_S, Identified(variables=dict(customer)))

    def run(self, most_inputs: int) -> Path:
        self._note(self._machine.start(self._now))
        for _ in range(most_inputs):
            deadline = self._machine.next_deadline()
            if deadline is None:
                break
            self._answer()
            self._coming.sort(key=lambda coming: coming[:2])
            if self._coming and self._coming[0][0] <= deadline:
                self._now, _, heard = self._coming.pop(0)
                self._note(self._machine.handle(heard, self._now))
            else:
                self._now = deadline
                self._note(self._machine.handle_timer(self._now))
        return Path(
            steps=tuple(self._steps),
            spoken=tuple(self._spoken),
            enqueued=self._enqueued,
            outcome=self._finish.outcome if self._finish else "endless",
            cause=self._cause,
            took_s=round(self._now - self._began, 3),
            variables=self._finish.variables if self._finish else {},
        )

    def _answer(self) -> None:
        """Gives the next answer once the question is spoken and nothing of an earlier answer is still to come."""
        state = self._machine.state
        asked = self._flow.steps[state.step].input_mode_now(state.memory) is InputMode.HEARS and self._playing_until is None
        if not asked or not self._answers or any(isinstance(heard, Digit | Speech | HungUp) for _, _, heard in self._coming):
            return
        match self._answers.pop(0):
            case Press(digits=digits):
                for index, digit in enumerate(digits):
                    self._later(ANSWERS_AFTER_S + KEY_EVERY_S * index, Digit(digit=digit))
            case Say(phrase=phrase, confidence=confidence):
                self._later(ANSWERS_AFTER_S, Speech(phrase=phrase, confidence=confidence))
            case Leave():
                self._later(ANSWERS_AFTER_S, HungUp())
            case Silence():
                deadline = self._machine.next_deadline()
                if deadline is not None:
                    self._now = deadline
                    self._note(self._machine.handle_timer(self._now))

    def _later(self, in_s: float, heard: Input) -> None:
        self._order += 1
        self._coming.append((self._now + in_s, self._order, heard))

    def _note(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Trace(step=step, verb=verb, detail=detail):
                    self._steps.append(PathStep(self._after_s, step, verb, detail))
                case Play():
                    self._play(action)
                case StopPlay():
                    self._silence()
                case Enqueue():
                    self._enqueue(action)
                case RequestCallback():
                    self._called_back()
                case HangUp(cause=cause):
                    self._cause = cause
                case Finish():
                    self._finish = action
                case _:
                    pass
        if not self._machine.state.playing:
            self._playing_until = None

    @property
    def _after_s(self) -> float:
        return round(self._now - self._began, 3)

    def _play(self, play: Play) -> None:
        self._silence()
        self._spoken.append(Spoken(self._after_s, " ".join(map(_words, play.prompts))))
        if not play.loop:
            lasts_s = sum(3.0 if isinstance(prompt, SoundFile) else len(prompt.text) / SPOKEN_PER_S for prompt in play.prompts)
            self._playing_until = self._now + lasts_s
            self._later(lasts_s, PlaybackDone(number=play.number))

    def _silence(self) -> None:
        self._playing_until = None
        self._coming = [coming for coming in self._coming if not isinstance(coming[2], PlaybackDone)]

    def _enqueue(self, enqueue: Enqueue) -> None:
        self._enqueued = enqueue
        self._coming = [coming for coming in self._coming if not isinstance(coming[2], AgentAccepted | Connected)]
        if self._agent_after_s is not None:
            self._later(0.1, QueuePosition(position=1, expected_wait_s=self._agent_after_s))
            self._later(self._agent_after_s, AgentAccepted())
            self._later(self._agent_after_s + 0.1, Connected())

    def _called_back(self) -> None:
        """The agent will meet this caller later."""
        self._coming = [coming for coming in self._coming if not isinstance(coming[2], QueuePosition | AgentAccepted | Connected)]
        self._later(0.1, CallbackTaken())


def _words(prompt: Prompt) -> str:
    return f"♪ {prompt.file}" if isinstance(prompt, SoundFile) else prompt.text

"""A caller in a flow, without sound and without a clock: presses, speaks, waits, and knows what was heard."""

from __future__ import annotations

from textwrap import dedent, indent

from core.causes import WorkEnd
from ivr.actions import (
    Action,
    Enqueue,
    Finish,
    HangUp,
    LeaveQueue,
    Listen,
    Play,
    Prompt,
    SoundFile,
    StopListening,
    StopPlay,
    Trace,
)
from ivr.flow import CallFacts, Flow
from ivr.inputs import (
    AgentAccepted,
    Connected,
    Digit,
    EnqueueRefused,
    HungUp,
    Identified,
    Input,
    PlaceLost,
    PlaybackDone,
    QueuePosition,
    Speech,
    WaitEnded,
)
from ivr.load import load_flow
from ivr.machine import Machine

NOON = 1_782_129_600.0
"""Mon 22 Jun 2026 12:00 UTC."""


def flow_of(steps: str, **top: object) -> Flow:
    """A flow from its steps; the first one is where it starts."""
    steps = dedent(steps).strip("\n")
    first = steps.split(":", 1)[0].strip()
    frame = {"flow": "flow_test", "name": "Test", "start": first, **top}
    head = "\n".join(f"{key}: {value}" for key, value in frame.items())
    return load_flow(f"{head}\nsteps:\n{indent(steps, '  ')}\n", "test.yaml")


class Caller:
    """One call walking one flow; everything the machine wants done is noted."""

    def __init__(self, flow: Flow, *, at: float = NOON, facts: CallFacts | None = None) -> None:
        self.flow = flow
        self.now = at
        self.machine = Machine.for_call(flow, facts or CallFacts(caller="+441632960001", called="1000"), at)
        self.actions: list[Action] = []
        self.sound: Play | None = None
        self.listening: tuple[str, ...] = ()
        self._note(self.machine.start(at))

    # ── what the caller does ──────────────────────────────────────────────────────────────────────────────────

    def presses(self, digits: str) -> None:
        for digit in digits:
            self.meets(Digit(digit=digit))

    def says(self, phrase: str, confidence: float = 1.0) -> None:
        self.meets(Speech(phrase=phrase, confidence=confidence))

    def listens(self) -> None:
        """To the end of what is playing."""
        assert self.sound is not None, "nothing is playing"
        number, self.sound = self.sound.number, None
        self.meets(PlaybackDone(number=number))

    def waits(self, seconds: float) -> None:
        """Time passes; every deadline in it is kept."""
        end = self.now + seconds
        while (deadline := self.machine.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self._note(self.machine.handle_timer(self.now))
        self.now = end

    def hangs_up(self) -> None:
        self.meets(HungUp())

    # ── what happens to the caller ────────────────────────────────────────────────────────────────────────────

    def is_known_as(self, **facts: str) -> None:
        self.meets(Identified(variables=facts))

    def moves_to(self, position: int, expected_wait_s: float | None = None) -> None:
        self.meets(QueuePosition(position=position, expected_wait_s=expected_wait_s))

    def loses_the_place(self) -> None:
        self.meets(PlaceLost())

    def is_accepted(self) -> None:
        self.meets(AgentAccepted())

    def is_connected(self) -> None:
        self.meets(Connected())

    def is_not_taken(self, reason: str = "no such queue", code: str = "") -> None:
        self.meets(EnqueueRefused(reason=reason, code=code))

    def wait_ends(self, cause: WorkEnd = WorkEnd.TIMED_OUT) -> None:
        self.meets(WaitEnded(cause=cause))

    def survives_a_restart(self) -> None:
        """Another process takes the saved state over, a second later."""
        self.now += 1.0
        self.machine = Machine(self.flow, self.machine.state)
        self.sound = None
        self._note(self.machine.resume(self.now))

    def meets(self, heard: Input) -> None:
        self._note(self.machine.handle(heard, self.now))

    # ── what a test asks ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def step(self) -> str:
        return self.machine.state.step

    @property
    def hears(self) -> str:
        """What is playing now; empty for silence."""
        return "" if self.sound is None else " ".join(map(_words, self.sound.prompts))

    @property
    def heard(self) -> list[str]:
        """Everything that was played, in order."""
        return [" ".join(map(_words, action.prompts)) for action in self.actions if isinstance(action, Play)]

    @property
    def path(self) -> list[str]:
        return [action.step for action in self.actions if isinstance(action, Trace)]

    @property
    def reason(self) -> str:
        """What led to the present step."""
        return [action.detail for action in self.actions if isinstance(action, Trace)][-1]

    @property
    def outcome(self) -> str | None:
        return self.machine.state.outcome

    @property
    def variables(self) -> dict[str, str]:
        return self.machine.state.variables

    @property
    def enqueued(self) -> list[Enqueue]:
        return [action for action in self.actions if isinstance(action, Enqueue)]

    @property
    def left_queue(self) -> list[LeaveQueue]:
        return [action for action in self.actions if isinstance(action, LeaveQueue)]

    @property
    def hung_up_on(self) -> HangUp | None:
        return next((action for action in self.actions if isinstance(action, HangUp)), None)

    @property
    def finish(self) -> Finish | None:
        return next((action for action in self.actions if isinstance(action, Finish)), None)

    def _note(self, actions: list[Action]) -> None:
        self.actions += actions
        for action in actions:
            match action:
                case Play():
                    self.sound = action
                case StopPlay():
                    self.sound = None
                case Listen(phrases=phrases):
                    self.listening = phrases
                case StopListening():
                    self.listening = ()
                case _:
                    pass


def _words(prompt: Prompt) -> str:
    return f"♪ {prompt.file}" if isinstance(prompt, SoundFile) else prompt.text

"""One call walks one flow, purely: inputs and the time go in, actions come out.

Invariant: after every input the walk is over (`outcome` is set, `next_deadline()` is None) or stands in a step with a deadline.
No sequence of inputs raises. What a step began (a playback, listening, a wait) has ended when the step is left. `Finish` comes
exactly once, as the last action.

`start` begins the walk, `handle` takes an input, `handle_timer` a deadline that has come, `resume` continues after a restart.
"""

from __future__ import annotations

from typing import cast

import msgspec

from core.causes import EndCause
from core.ids import FlowId
from ivr.actions import (
    Action,
    Enqueue,
    Finish,
    HangUp,
    LeaveQueue,
    Listen,
    Play,
    RequestCallback,
    StopListening,
    StopPlay,
    Trace,
)
from ivr.flow import CallFacts, Flow, InputMode, Step
from ivr.inputs import CallbackRefused, Connected, Digit, EnqueueRefused, HungUp, Identified, Input, PlaybackDone, WaitEnded
from ivr.results import Context, End, Go, Request, Result
from ivr.state import FlowState
from ivr.verbs import AnyMemory

MOST_HOPS = 1000
"""Steps entered without any pause. The checks at load exclude endless walks; this guards against a mistake in them."""
TYPED_AHEAD = 16
"""Digits kept before they are asked for."""


class Machine:
    """Walks a call through a flow."""

    def __init__(self, flow: Flow, state: FlowState) -> None:
        self._flow = flow
        self._state = state
        self._actions: list[Action] = []
        self._secrets = flow.secrets()
        self._personal = flow.personal()

    @classmethod
    def for_call(cls, flow: Flow, facts: CallFacts, now: float, numbered_from: int = 0) -> Machine:
        """A walk that is about to begin; its first wait and playback get the number after `numbered_from`."""
        state = FlowState(
            flow_id=FlowId(flow.flow),
            version=flow.version,
            step=flow.start,
            started_at=now,
            deadline=now,
            variables={**flow.variables, **facts.variables()},
            plays=numbered_from,
            waits=numbered_from,
        )
        return cls(flow, state)

    @property
    def state(self) -> FlowState:
        """What is in memory; `kept` is what may be stored."""
        return self._state

    @property
    def kept(self) -> FlowState:
        """To be saved after every input: the state without what a caller entered secretly, or may have typed ahead for it."""
        state = self._state
        if not self._secrets:
            return state
        step = self._flow.steps.get(state.step)
        memory = state.memory if step is None or state.memory is None else step.without_secrets(state.memory)
        return msgspec.structs.replace(
            state,
            memory=cast("AnyMemory | None", memory),
            variables={name: value for name, value in state.variables.items() if name not in self._secrets},
            withheld=tuple(sorted(name for name in self._secrets if state.variables.get(name))),
            typed_ahead="",
        )

    def next_deadline(self) -> float | None:
        """When `handle_timer` must be called, or None when the walk is over."""
        if self._state.outcome is not None or self._state.deadline is None:
            return None
        return min(self._state.deadline, self._limit())

    def start(self, now: float) -> list[Action]:
        """Enters the first step."""
        self._follow(Go(to=self._flow.start, why=""), now)
        return self._done()

    def resume(self, now: float) -> list[Action]:
        """Takes the walk up after a restart: the step asks its question again, music goes on, a place in a queue is kept."""
        if self._state.outcome is not None:
            return []
        step = self._flow.steps.get(self._state.step)
        if step is None:
            return self.start(now)
        asked_in = self._step_that_asks_again()
        again, transferred = self._state.handed_back, self._state.transferred
        self._set(playing=False, listening=False, withheld=(), handed_back=False, transferred=False)
        if again:
            self._follow(step.enter_again(self._context(now), transferred=transferred), now)
        elif asked_in is None:
            self._follow(step.resume(self._state.memory, self._context(now)), now)
        else:
            self._follow(Go(to=asked_in, why="asked again"), now)
        return self._done()

    def _step_that_asks_again(self) -> str | None:
        """After a restart: where a secret was entered that nobody knows any more. A place in a queue is not given up for it."""
        if self._state.waiting:
            return None
        lost = set(self._state.withheld)
        return next((name for name, step in self._flow.steps.items() if lost & set(step.secrets(frozenset()))), None)

    def handle(self, heard: Input, now: float) -> list[Action]:
        """One input. Stale and meaningless ones change nothing."""
        if self._state.outcome is not None or self._stale(heard):
            return []
        match heard:
            case HungUp(by_caller=abandoned):
                self._set(playing=False)  # nobody is there to hear silence
                self._end("hung_up", abandoned=abandoned)
                return self._done()
            case Connected():
                self._set(waiting=False)  # the wait ended as it should: nothing to withdraw
                self._end("connected")
                return self._done()
            case Identified(variables=variables):
                self._set(variables={"customer_name": "", **self._state.variables, **variables})
            case PlaybackDone():
                self._set(playing=False)
            case EnqueueRefused() | WaitEnded():
                self._set(waiting=False)
            case CallbackRefused():
                self._set(waiting=True)
            case _:
                pass
        self._receive(heard, now)
        return self._done()

    def handle_timer(self, now: float) -> list[Action]:
        """A deadline may have come."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        if now >= self._limit():
            self._follow(End(cause=EndCause.FLOW_FAILED), now)
        elif self._state.memory is None:
            return self.start(now)
        else:
            self._follow(self._step().due(self._state.memory, self._context(now)), now)
        return self._done()

    # ── one input ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _receive(self, heard: Input, now: float) -> None:
        step = self._step()
        input_mode = step.input_mode_now(self._state.memory)
        if isinstance(heard, Digit) and input_mode is not InputMode.HEARS:
            if input_mode is InputMode.IGNORES:
                return
            self._set(typed_ahead=(self._state.typed_ahead + heard.digit)[:TYPED_AHEAD])
        result = step.receive(self._state.memory, heard, self._context(now))
        if result is not None:
            self._follow(result, now)

    def _follow(self, result: Result, now: float) -> None:
        """Carries a verb's decision out, through as many steps as pass without a pause."""
        hops = 0
        while isinstance(result, Go):
            hops += 1
            result = self._enter(result, now) if hops <= MOST_HOPS else End(cause=EndCause.FLOW_FAILED)
        if isinstance(result, End):
            self._end("hung_up" if result.cause is EndCause.FLOW_HUNG_UP else "failed", result.cause)
            return
        for request in result.requests:
            self._do(request)
        self._set(memory=cast("AnyMemory", result.memory), deadline=result.deadline)
        self._receive_typed_ahead(now)

    def _enter(self, go: Go, now: float) -> Result:
        self._tidy()
        step = self._flow.steps[go.to]
        self._set(step=go.to, memory=None, variables={**self._state.variables, **go.sets})
        self._actions.append(Trace(step=go.to, verb=step.verb, detail=go.why))
        return step.enter(self._context(now))

    def _receive_typed_ahead(self, now: float) -> None:
        """Digits pressed early answer the question that has just been asked."""
        while self._state.typed_ahead and self._state.outcome is None and self._step().input_mode is InputMode.HEARS:
            digit, rest = self._state.typed_ahead[0], self._state.typed_ahead[1:]
            self._set(typed_ahead=rest)
            self._receive(Digit(digit=digit), now)

    def _do(self, request: Request) -> None:
        match request:
            case Play():
                self._set(plays=self._state.plays + 1, playing=True)
                self._actions.append(msgspec.structs.replace(request, number=self._state.plays))
            case StopPlay():
                self._set(playing=False)
                self._actions.append(request)
            case Listen():
                self._set(listening=True)
                self._actions.append(request)
            case Enqueue():
                if not self._state.waiting:
                    self._set(waits=self._state.waits + 1, waiting=True)
                self._actions.append(msgspec.structs.replace(request, number=self._state.waits))
            case RequestCallback():
                # From the moment of asking on: who hangs up now has not left the queue.
                self._set(waiting=False)
                self._actions.append(msgspec.structs.replace(request, number=self._state.waits))

    def _tidy(self, *, abandoned: bool = False) -> None:
        """Ends what the step that is left began."""
        if self._state.playing:
            self._actions.append(StopPlay())
        if self._state.listening:
            self._actions.append(StopListening())
        if self._state.waiting:
            self._actions.append(LeaveQueue(number=self._state.waits, abandoned=abandoned))
        self._set(playing=False, listening=False, waiting=False)

    def _end(self, outcome: str, cause: EndCause | None = None, *, abandoned: bool = False) -> None:
        self._tidy(abandoned=abandoned)
        self._set(outcome=outcome, deadline=None, memory=None)
        if cause is not None:
            self._actions.append(HangUp(cause=cause))
        kept = {name: value for name, value in self._state.variables.items() if name not in self._secrets}
        self._actions.append(Finish(outcome=outcome, variables=kept))

    # ── small things ──────────────────────────────────────────────────────────────────────────────────────────

    def _stale(self, heard: Input) -> bool:
        if isinstance(heard, PlaybackDone):
            return not self._state.playing or heard.number != self._state.plays
        return self._state.memory is None and not isinstance(heard, HungUp | Identified | Connected)

    def _step(self) -> Step:
        return self._flow.steps[self._state.step]

    def _context(self, now: float) -> Context:
        variables = self._state.variables
        language = variables.get("spoken_language") or self._flow.language
        hurried = bool(self._state.typed_ahead)
        return Context(
            now=now, language=language, variables=variables, hurried=hurried, secrets=self._secrets, personal=self._personal
        )

    def _limit(self) -> float:
        return self._state.started_at + self._flow.limit_s

    def _set(self, **changes: object) -> None:
        """The only place where the state changes."""
        self._state = msgspec.structs.replace(self._state, **changes)

    def _done(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions

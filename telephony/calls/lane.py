"""One call's way from what was decided to what is done: its state, what it tells, and what is still to be asked, step by step.

Invariants
- State, facts and what is still to be done of one call are written together (`core.steps`), one step after the other: none
  overtakes another, and none is written twice.
- A fact is told when everything before it has been asked for; it leaves what is to be done in the step that tells it.
- An ended call leaves the store in the step that tells its end.
- Without Redis calls go on: what was begun to be written is written first, and then the newest at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from core.events import AnyEvent
from core.ids import CallId, LegId, StreamId
from core.leadership import Fenced
from core.retrying import until_available
from core.steps import Place, Step, Steps
from telephony.calls.actions import Action, Batch, Publish, is_for_now, may_be_left
from telephony.calls.call import Call
from telephony.calls.saved import Kept, encoded
from telephony.calls.ways import Ways

log = structlog.get_logger(__name__)

Then = Callable[[], tuple[list[Batch], bool]]
"""What follows from an action's answer, decided without a pause: more to do, and whether the batch goes on."""


class Shell(Protocol):
    """Whom a lane is part of."""

    def call(self, call_id: CallId) -> Call | None:
        """The newest state; None: it is over."""
        ...

    def over_until(self, call_id: CallId) -> float | None:
        """Until when an ended call must be remembered as ended."""
        ...

    def new_token(self) -> str:
        """For one step."""
        ...

    async def carry_out(self, lane: Lane, action: Action) -> Then: ...

    def spread(self, batches: list[Batch]) -> None:
        """Gives what was decided to the lanes that it concerns, and has them write what has changed."""
        ...

    def lane_over(self, lane: Lane) -> None:
        """Nothing is left to be done or remembered."""
        ...


class Lane:
    """Owns what is saved of one call, what is still to be done for it, and the task that does it. Bounded by the call's life."""

    def __init__(self, call_id: CallId | None, place: Place, steps: Steps, shell: Shell, kept: Kept | None = None) -> None:
        """`kept` is what an earlier process left. Without `call_id`: what is done for agents outside any call."""
        self.call_id = call_id
        self.streams: dict[LegId, StreamId] = dict(kept.streams) if kept is not None else {}
        """Of its legs whose words are written down."""
        self.ways = Ways()
        self.also: dict[Place, bytes | None] = {}
        """What changes elsewhere with its next step."""
        self._place = place
        self._steps = steps
        self._shell = shell
        self._todo: deque[deque[Action]] = deque(deque(batch) for batch in kept.todo) if kept is not None else deque()
        self._asking = False
        """The first action is under way: what follows waits for it."""
        self._facts: list[AnyEvent] = []
        """To be told with the next step."""
        self._changed = False
        self._stored = kept is not None
        self._step: Step | None = None
        """Perhaps written, perhaps not: before it is, there is no other."""
        self._tried = False
        self._writing = asyncio.Lock()
        self._lost = False
        self._task: asyncio.Task[None] | None = None

    # ── what is decided ───────────────────────────────────────────────────────────────────────────────────────

    def touch(self) -> None:
        """The call is another than it was."""
        self._changed = True

    def add(self, batch: Batch) -> None:
        """To be done after everything that was decided before."""
        if batch.actions:
            self._todo.append(deque(batch.actions))
            self._changed = True

    def wake(self) -> None:
        """Does what is to be done and writes what has changed, in its own time."""
        if (self._task is None or self._task.done()) and (self._todo or self._changed or self.also):
            self._task = asyncio.create_task(self._run(), name=f"call-{self.call_id}")

    async def stop(self) -> None:
        """What is left is done by whoever takes the call back."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        while True:
            await self.write()
            if self._lost or not self._todo:
                return
            self._asking = True
            try:
                while self._todo and not isinstance(action := self._todo[0][0], Publish):
                    await self._carry_out(action)
            finally:
                self._asking = False

    async def _carry_out(self, action: Action) -> None:
        """What was done and what follows from it are one change."""
        batches: list[Batch] = []
        goes_on = True
        try:
            batches, goes_on = (await self._shell.carry_out(self, action))()
        except Exception:  # border of an action: what nobody expected to fail must not keep the call from its end
            log.exception("action failed", call_id=self.call_id, action=type(action).__name__)
        first = self._todo[0]
        first.popleft()
        if not first or not goes_on:
            self._changed = self._changed or len(first) > 0
            self._todo.popleft()
        self._changed = self._changed or not may_be_left(action)
        self._shell.spread(batches)

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def write(self) -> None:
        """Returns when all that is known now is written: waits for Redis. A call that another process has by now is left as it
        is there."""
        async with self._writing:
            while not self._lost and (step := self._step or self._next_step()) is not None:
                self._step = step
                try:
                    await until_available(self._advance, "call control", log.bind(call_id=self.call_id), asyncio.sleep)
                except Fenced:
                    log.warning("another process has this call", call_id=self.call_id)
                    self._lost = True
                    return
                self._stored = step.changes.get(step.of) is not None
                self._step, self._tried = None, False
        if not self._stored and not self._todo and not self._changed and self._is_over():
            self._shell.lane_over(self)

    async def _advance(self) -> None:
        assert self._step is not None
        again, self._tried = self._tried, True
        await self._steps.advance(self._step, again=again and (self._stored or self._step.of in self._step.changes))

    def _next_step(self) -> Step | None:
        """None: nothing is new."""
        self._take_facts()
        if not (self._changed or self._facts or self.also):
            return None
        value = self._value()
        facts = tuple(self._facts)
        if facts and value is None and not self._stored:  # by what was there before a last step is known again
            value, facts = encoded(Kept(call=None, todo=(tuple(Publish(event=event) for event in facts),))), ()
        else:
            self._facts.clear()
        self._changed = False
        changes, self.also = self.also, {}
        if value is not None or self._stored:
            changes[self._place] = value
        if not changes and not facts:
            return None
        return Step(of=self._place, token=self._shell.new_token(), changes=changes, events=facts, call_id=self.call_id)

    def _take_facts(self) -> None:
        """Those that nothing must be asked before."""
        while self._todo and not self._asking and isinstance(action := self._todo[0][0], Publish):
            self._facts.append(action.event)
            self._todo[0].popleft()
            if not self._todo[0]:
                self._todo.popleft()

    def _value(self) -> bytes | None:
        """As it is saved; None: there is nothing to remember."""
        call = self._shell.call(self.call_id) if self.call_id is not None else None
        over_until = self._shell.over_until(self.call_id) if self.call_id is not None else None
        todo = tuple(kept for batch in self._todo if (kept := tuple(action for action in batch if not is_for_now(action))))
        if call is None and over_until is None and not todo:
            return None
        return encoded(Kept(call=call, todo=todo, streams=self.streams, over_until=over_until))

    def _is_over(self) -> bool:
        return self.call_id is None or (self._shell.call(self.call_id) is None and self._shell.over_until(self.call_id) is None)

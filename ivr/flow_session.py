"""One call in its flow, as a task: takes inputs and deadlines to the machine, saves what it says, and has it carried out.

Invariants: only this task touches the call's machine; the state is saved before the actions that follow from it are taken, and
every action is harmless when repeated, so that a crash between the two loses nothing. When Redis is away the session stands
still, and takes its step up again afterwards.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

import structlog

from core.causes import EndCause
from core.events import Alert
from core.ids import CustomerId, FlowId, LegId, StreamId, WorkId
from core.ports import Unavailable
from core.retrying import until_available
from ivr.actions import Action, HangUp, Trace
from ivr.actor import Actor, Tools, WorkItems
from ivr.flow import CallFacts
from ivr.inbox import Inbox
from ivr.inputs import Digit, Input, QueuePosition
from ivr.machine import Machine
from ivr.state import SavedCall

log = structlog.get_logger(__name__)

LONGEST_SLEEP_S = 10.0
"""Deadlines are looked at this often, so that a clock that jumps does no lasting harm."""


class FlowSession:
    """Owns one call's machine and its task."""

    def __init__(self, saved: SavedCall, tools: Tools, work_items: WorkItems) -> None:
        self._tools = tools
        self._inbox = Inbox()
        self._actor = Actor(saved, tools, work_items, self._inbox.put)
        self._log = log.bind(call_id=saved.call_id, leg_id=saved.leg_id)
        self._task: asyncio.Task[None] | None = None

    @property
    def leg_id(self) -> LegId:
        return self._actor.saved.leg_id

    @property
    def keys_until(self) -> float:
        return self._actor.saved.keys_until

    @property
    def stream_id(self) -> StreamId | None:
        """The recognizer's stream, while the flow listens."""
        return self._actor.speech_input.stream_id

    @property
    def running(self) -> tuple[FlowId, int] | None:
        """The flow and its version; None before the first step."""
        state = self._actor.saved.state
        return None if state is None else (state.flow_id, state.version)

    @property
    def present_work(self) -> WorkId | None:
        """What waits in a queue for this call."""
        return self._actor.present_work

    @property
    def believes_to_wait(self) -> WorkId | None:
        """The same, once it was given a place."""
        return self._actor.believes_to_wait

    @property
    def began_at(self) -> float:
        state = self._actor.saved.state
        return state.started_at if state is not None else 0.0

    def put(self, heard: Input) -> None:
        """Something happened to this call."""
        self._inbox.put(heard)

    def identified_as(self, customer_id: CustomerId | None) -> None:
        """Whose call it is; travels with the work."""
        self._actor.identified_as(customer_id)

    def start(self) -> asyncio.Task[None]:
        """Begins the session, or takes it up again where it was saved."""
        self._task = asyncio.create_task(self._run(), name=f"ivr:{self._actor.saved.call_id}")
        return self._task

    async def finished(self) -> None:
        """Waits for the end of the session."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def stop(self) -> None:
        """Ends the task; the saved state stays for the next process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._actor.cancel()

    # ── the session ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            await self._follow()
        except Exception:  # noqa: BLE001 - the border of a call: a mistake here ends this call's flow and no other
            self._log.exception("flow_broke")
            await self._give_up("A flow broke off by a mistake in Patchbay; the log of this time says which.", "flow_broke")
        else:
            await self._actor.speech_input.settled()
        finally:
            if self._inbox.dropped:
                self._log.warning("inputs_dropped", count=self._inbox.dropped)

    async def _follow(self) -> None:
        machine, actions = await self._begin()
        if machine is None:
            return
        await self._carry_out(machine, actions)
        while (deadline := machine.next_deadline()) is not None:
            heard = await self._inbox.get(min(deadline - self._tools.clock.now(), LONGEST_SLEEP_S))
            now = self._tools.clock.now()
            before = machine.state
            actions = machine.handle(heard, now) if heard is not None else machine.handle_timer(now)
            if isinstance(heard, Digit):
                self._actor.took_key(heard.at)
            moved = machine.state is not before and not isinstance(heard, QueuePosition)
            if actions or moved:  # positions change often and are told anew after a restart: not worth saving
                await self._carry_out(machine, actions)

    async def _begin(self) -> tuple[Machine | None, list[Action]]:
        saved, now = self._actor.saved, self._tools.clock.now()
        version = saved.state.version if saved.state is not None else None
        read = partial(self._tools.flows.get, saved.flow_id, version)
        flow = await until_available(read, "flow", self._log, asyncio.sleep)
        if flow is None:
            text = f"A call reached the flow {saved.flow_id}, which is not published."
            await self._give_up(text, "flow_not_published", flow=saved.flow_id)
            return None, []
        if saved.state is not None:
            machine = Machine(flow, saved.state)
            return machine, machine.resume(now)
        facts = CallFacts(
            caller=saved.caller,
            called=saved.called,
            language=saved.language,
            diverted_from=saved.diverted_from,
            can_call_back=self._tools.can_call_back(saved.caller),
        )
        machine = Machine.for_call(flow, facts, now, saved.numbered_from)
        return machine, machine.start(now)

    async def _give_up(self, text: str, code: str, **details: str | int | float) -> None:
        """The flow cannot go on: the call is ended, and people are told."""
        now = self._tools.clock.now()
        alert = Alert(at=now, key="ivr:flow", severity="critical", text=text, code=code, details=details)
        try:
            await self._tools.bus.publish(alert)
            await self._actor.act(HangUp(cause=EndCause.FLOW_FAILED))
        except Unavailable as error:
            self._log.error("flow_given_up_unheard", reason=error)

    async def _carry_out(self, machine: Machine, actions: list[Action]) -> None:
        """Saves and acts. After a time without Redis the present step begins anew: its deadlines passed while nobody acted."""
        while await self._stood_still(machine, actions) and machine.state.outcome is None:
            actions = machine.resume(self._tools.clock.now())

    async def _stood_still(self, machine: Machine, actions: list[Action]) -> bool:
        """Tries until all is done; true when that took more than one try."""
        entered = [action for action in actions if isinstance(action, Trace)]
        todo = deque(action for action in actions if not isinstance(action, Trace))
        tries = 0

        async def save_and_act() -> None:
            nonlocal tries
            tries += 1
            await self._actor.save(machine.kept)
            if entered:
                await self._actor.publish(entered)
                entered.clear()
            while todo:
                await self._actor.act(todo[0])
                todo.popleft()

        await until_available(save_and_act, "flow", self._log.bind(step=machine.state.step), asyncio.sleep)
        return tries > 1

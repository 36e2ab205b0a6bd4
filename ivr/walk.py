"""One call in its flow, as a task: takes inputs and deadlines to the machine, saves what it says, and carries it out.

Invariants: only this task touches the call's machine; the state is saved before the actions that follow from it are taken,
and every command is harmless when repeated, so that a crash between the two loses nothing. When Redis is away the walk stands
still, and takes its step up again afterwards.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Protocol

import msgspec
import structlog

from core.causes import EndCause
from core.commands import Answer, AnyCommand, EndCall, EndWork, EnqueueWork, PlayPrompt, StopPlayback
from core.events import Alert, CallStarted, FlowFinished, FlowStepped
from core.ids import CallId, CustomerId, LegId, NodeId, PlaybackId, StreamId, WorkId
from core.model import Channel
from core.ports import Bus, Clock, Listening, StateStore, Unavailable
from ivr.actions import Action, Enqueue, Finish, HangUp, LeaveQueue, Listen, Play, StopListening, StopPlay, Trace
from ivr.flow import CallFacts
from ivr.inbox import Inbox
from ivr.inputs import EnqueueRefused, Input, PlaybackDone, QueuePosition
from ivr.machine import Machine
from ivr.ports import FlowSource
from ivr.prompts import Prompts
from ivr.state import SavedCall

log = structlog.get_logger(__name__)

STATE_KIND = "ivr"
"""Kind of the saved calls in the `StateStore`."""
LONGEST_SLEEP_S = 10.0
"""Deadlines are looked at this often, so that a clock that jumps does no lasting harm."""
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between tries while Redis or SQL is away; the last one repeats."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What all walks share."""

    bus: Bus
    flows: FlowSource
    prompts: Prompts
    listening: Listening
    store: StateStore
    clock: Clock


class Works(Protocol):
    """Learns which work belongs to which call, so that queue events find their walk."""

    def began(self, work_id: WorkId, call_id: CallId) -> None: ...

    def ended(self, work_id: WorkId) -> None: ...


def playback_id(call_id: CallId, number: int) -> PlaybackId:
    """The same call and number give the same id, also after a restart."""
    return PlaybackId(f"play_{call_id.removeprefix('call_')}_{number}")


def playback_number(call_id: CallId, playback: PlaybackId) -> int | None:
    """The other way round; None for a playback that is not a flow's."""
    number = playback.rpartition("_")[2]
    return int(number) if number.isascii() and number.isdigit() and playback_id(call_id, int(number)) == playback else None


def work_id(call_id: CallId, number: int) -> WorkId:
    """The same call and number give the same id, also after a restart."""
    return WorkId(f"work_{call_id.removeprefix('call_')}_{number}")


class Walk:
    """Owns one call's machine and its task."""

    def __init__(self, saved: SavedCall, tools: Tools, works: Works) -> None:
        self._saved = saved
        self._tools = tools
        self._works = works
        self._inbox = Inbox()
        self._log = log.bind(call_id=saved.call_id, leg_id=saved.leg_id)
        self._task: asyncio.Task[None] | None = None

    @property
    def leg_id(self) -> LegId:
        return self._saved.leg_id

    @property
    def node_id(self) -> NodeId:
        return self._saved.node_id

    @property
    def stream_id(self) -> StreamId | None:
        """The recognizer's stream, while the flow listens."""
        return self._saved.stream_id

    @property
    def present_work(self) -> WorkId | None:
        state = self._saved.state
        return work_id(self._saved.call_id, state.waits) if state is not None and state.waiting else None

    def put(self, heard: Input) -> None:
        """Something happened to this call."""
        self._inbox.put(heard)

    def identified_as(self, customer_id: CustomerId) -> None:
        """Whose call it is; travels with the work."""
        self._saved = msgspec.structs.replace(self._saved, customer_id=customer_id)

    def start(self) -> asyncio.Task[None]:
        """Begins the walk, or takes it up again where it was saved."""
        self._task = asyncio.create_task(self._run(), name=f"ivr:{self._saved.call_id}")
        return self._task

    async def finished(self) -> None:
        """Waits for the end of the walk."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def stop(self) -> None:
        """Ends the task; the saved state stays for the next process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # ── the walk ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            await self._walk()
        except Exception:  # noqa: BLE001 - the border of a call: a mistake here ends this call's flow and no other
            self._log.exception("flow_broke")
            await self._give_up("A flow broke off by a mistake in Patchbay; the log of this time says which.")
        finally:
            if self._inbox.dropped:
                self._log.warning("inputs_dropped", count=self._inbox.dropped)

    async def _walk(self) -> None:
        machine, actions = await self._begin()
        if machine is None:
            return
        await self._carry_out(machine, actions)
        while (deadline := machine.next_deadline()) is not None:
            heard = await self._inbox.get(min(deadline - self._tools.clock.now(), LONGEST_SLEEP_S))
            now = self._tools.clock.now()
            before = machine.state.memory
            actions = machine.handle(heard, now) if heard is not None else machine.handle_timer(now)
            moved = machine.state.memory is not before and not isinstance(heard, QueuePosition)
            if actions or moved:  # positions change often and are told anew after a restart: not worth saving
                await self._carry_out(machine, actions)

    async def _begin(self) -> tuple[Machine | None, list[Action]]:
        saved, now = self._saved, self._tools.clock.now()
        version = saved.state.version if saved.state is not None else None
        for pause_s in _pauses():
            try:
                flow = await self._tools.flows.get(saved.flow_id, version)
                break
            except Unavailable as error:
                self._log.warning("flow_not_readable_yet", reason=str(error))
                await asyncio.sleep(pause_s)
        if flow is None:
            await self._give_up(f"A call reached the flow {saved.flow_id}, which is not published.")
            return None, []
        if saved.state is not None:
            machine = Machine(flow, saved.state)
            return machine, machine.resume(now)
        facts = CallFacts(caller=saved.caller, called=saved.called, language=saved.language)
        machine = Machine.for_call(flow, facts, now)
        return machine, machine.start(now)

    async def _give_up(self, text: str) -> None:
        """The flow cannot go on: the call is ended, and people are told."""
        now = self._tools.clock.now()
        try:
            await self._tools.bus.publish(Alert(at=now, key="ivr:flow", severity="critical", text=text))
            await self._ask("calls", EndCall(call_id=self._saved.call_id, cause=EndCause.FLOW_FAILED))
        except Unavailable as error:
            self._log.error("flow_given_up_unheard", reason=str(error))

    # ── actions ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _carry_out(self, machine: Machine, actions: list[Action]) -> None:
        """Saves and acts, however long Redis is away; after such a gap the present step begins anew."""
        todo = list(actions)
        for pause_s in _pauses():
            try:
                await self._save(machine)
                while todo:
                    await self._act(todo[0], machine)
                    todo.pop(0)
                return
            except Unavailable as error:
                self._log.warning("flow_stands_still", step=machine.state.step, reason=str(error))
                await asyncio.sleep(pause_s)
                todo += machine.resume(self._tools.clock.now()) if not any(isinstance(a, Finish) for a in todo) else []

    async def _save(self, machine: Machine) -> None:
        self._saved = msgspec.structs.replace(self._saved, state=machine.state)
        await self._tools.store.save(STATE_KIND, self._saved.call_id, msgspec.msgpack.encode(self._saved))

    async def _act(self, action: Action, machine: Machine) -> None:
        saved = self._saved
        match action:
            case Trace(step=step, verb=verb, detail=detail):
                self._log.info("flow_stepped", step=step, verb=verb)
                now = self._tools.clock.now()
                await self._tools.bus.publish(
                    FlowStepped(at=now, call_id=saved.call_id, flow_id=saved.flow_id, step=step, verb=verb, detail=detail)
                )
            case Play():
                await self._play(action)
            case StopPlay():
                await self._ask(f"node:{saved.node_id}", StopPlayback(leg_id=saved.leg_id))
            case Listen(phrases=phrases, language=language):
                await self._listen(phrases, language, machine)
            case StopListening():
                await self._stop_listening()
            case Enqueue():
                await self._enqueue(action)
            case LeaveQueue(number=number, abandoned=abandoned):
                left = work_id(saved.call_id, number)
                self._works.ended(left)
                await self._ask("acd", EndWork(work_id=left, abandoned=abandoned))
            case HangUp(cause=cause):
                await self._ask("calls", EndCall(call_id=saved.call_id, cause=cause))
            case Finish(outcome=outcome, variables=variables):
                await self._finish(outcome, variables)

    async def _play(self, play: Play) -> None:
        files = await self._tools.prompts.files(play.prompts)
        playing = playback_id(self._saved.call_id, play.number)
        command = PlayPrompt(leg_id=self._saved.leg_id, playback_id=playing, files=files, loop=play.loop)
        answer = await self._ask(f"node:{self._saved.node_id}", command)
        if not answer.ok:
            self.put(PlaybackDone(number=play.number))  # the flow goes on without this sound

    async def _listen(self, phrases: tuple[str, ...], language: str, machine: Machine) -> None:
        """Without a recognizer the keys still work."""
        await self._stop_listening()
        try:
            stream_id = await self._tools.listening.listen(self._saved.call_id, self._saved.leg_id, phrases, language)
        except Unavailable as error:
            self._log.warning("not_listening", reason=str(error))
            return
        self._saved = msgspec.structs.replace(self._saved, stream_id=stream_id)
        await self._save(machine)

    async def _stop_listening(self) -> None:
        stream_id = self._saved.stream_id
        if stream_id is None:
            return
        self._saved = msgspec.structs.replace(self._saved, stream_id=None)
        try:
            await self._tools.listening.stop(stream_id)
        except Unavailable as error:
            self._log.warning("listening_not_stopped", reason=str(error))

    async def _enqueue(self, wish: Enqueue) -> None:
        work = work_id(self._saved.call_id, wish.number)
        self._works.began(work, self._saved.call_id)
        command = EnqueueWork(
            work_id=work,
            call_id=self._saved.call_id,
            channel=Channel.CALL,
            queue_id=wish.queue_id,
            customer_id=self._saved.customer_id,
            priority=wish.priority,
            requirements=wish.requirements,
        )
        answer = await self._ask("acd", command)
        if not answer.ok:
            self._works.ended(work)
            self.put(EnqueueRefused(reason=answer.reason))

    async def _finish(self, outcome: str, variables: dict[str, str]) -> None:
        await self._stop_listening()
        if self.present_work is not None:
            self._works.ended(self.present_work)
        self._log.info("flow_finished", outcome=outcome)
        await self._tools.bus.publish(
            FlowFinished(
                at=self._tools.clock.now(),
                call_id=self._saved.call_id,
                flow_id=self._saved.flow_id,
                outcome=outcome,
                variables=variables,
            )
        )

    async def _ask(self, addressee: str, command: AnyCommand) -> Answer:
        answer = await self._tools.bus.send(addressee, command)
        if not answer.ok:
            self._log.warning("command_refused", addressee=addressee, command=type(command).__name__, reason=answer.reason)
        return answer


def saved_from(event: CallStarted) -> SavedCall:
    """A call whose flow has not begun."""
    return SavedCall(
        call_id=event.call_id,
        leg_id=event.leg_id,
        node_id=event.node_id,
        flow_id=event.flow_id,
        caller=event.caller,
        called=event.called,
        language=event.language,
    )


def _pauses() -> Iterator[float]:
    """Pauses between tries, for ever: growing, then steady."""
    yield from BACK_OFF_S
    yield from itertools.repeat(BACK_OFF_S[-1])

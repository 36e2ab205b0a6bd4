"""Carries out what the machine wants done for one call: commands to the node, the ACD and call control, events to everybody.

Invariant: every command is harmless when repeated with the same ids, and the ids follow from the call and a count. `Unavailable`
is left to the caller (`flow_session.py`), who tries again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec
import structlog

from core import commands
from core.commands import Answer, AnyCommand, EndCall, EndWork, EnqueueWork, PlayPrompt, StopPlayback
from core.events import CallStarted, FlowStep, FlowStepped
from core.ids import CallId, CustomerId, PlaybackId, StreamId, WorkId
from core.model import Channel
from core.partitions import calls_of
from core.ports import Bus, Clock, Listening, StateStore, log_level
from core.ranges import fit_name
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
from ivr.asking_in import AskingIn
from ivr.inputs import CallbackRefused, CallbackTaken, EnqueueRefused, Input, PlaybackDone
from ivr.ports import FlowSource
from ivr.prompts import Prompts
from ivr.speech_input import SpeechInput
from ivr.state import FlowState, SavedCall
from ivr.taking_back import STATE_KIND

log = structlog.get_logger(__name__)

_ACD = "acd"
IDENTIFIED_WITHIN_S = 0.5
"""Usually known long before; a caller waits no longer for it, and then has no last agent."""


def always(_: str) -> bool:
    return True


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What all flow sessions share."""

    bus: Bus
    flows: FlowSource
    prompts: Prompts
    listening: Listening
    store: StateStore
    clock: Clock
    can_call_back: Callable[[str], bool] = always
    """Whether a caller with this number may be offered a callback."""


class WorkItems(Protocol):
    """Learns which work belongs to which call, so that queue events find their session."""

    def began(self, work_id: WorkId, call_id: CallId) -> None: ...

    def ended(self, work_id: WorkId) -> None: ...


def playback_id(call_id: CallId, number: int) -> PlaybackId:
    """The same call and number give the same id, also after a restart."""
    return PlaybackId(f"play_{call_id.removeprefix('call_')}_{number}")


def playback_number(call_id: CallId, playback: PlaybackId) -> int | None:
    """The other way round; None for a playback that is not a flow's."""
    number = playback.rpartition("_")[2]
    return int(number) if number.isascii() and number.isdigit() and playback_id(call_id, int(number)) == playback else None


class Actor:
    """Owns what is saved of one call, and acts for it."""

    def __init__(self, saved: SavedCall, tools: Tools, work_items: WorkItems, put: Callable[[Input], None]) -> None:
        """`put` takes what an action itself brings about: a refusal, a prompt that cannot be played."""
        self._saved = saved
        self._identified = asyncio.Event()
        """It is known who calls, or that nobody knows."""
        self._tools = tools
        self._work_items = work_items
        self._put = put
        self._node = f"node:{saved.node_id}"
        self._log = log.bind(call_id=saved.call_id, leg_id=saved.leg_id)
        self._speech_input = SpeechInput(
            tools.listening, saved.call_id, saved.leg_id, stream_id=saved.stream_id, changed=self._heard_on
        )
        self._asking_in = AskingIn(saved.call_id, partial(self._ask, _ACD))

    @property
    def speech_input(self) -> SpeechInput:
        return self._speech_input

    @property
    def saved(self) -> SavedCall:
        return self._saved

    @property
    def present_work(self) -> WorkId | None:
        state = self._saved.state
        return self._saved.work_of(state.waits) if state is not None and state.waiting else None

    @property
    def believes_to_wait(self) -> WorkId | None:
        """The same, once it was given a place."""
        return None if self._asking_in.goes_on else self.present_work

    def identified_as(self, customer_id: CustomerId | None) -> None:
        """Whose call it is; travels with the work."""
        self._saved = msgspec.structs.replace(self._saved, customer_id=customer_id)
        self._identified.set()

    def took_key(self, at: float) -> None:
        """Kept with the state that follows from it."""
        self._saved = msgspec.structs.replace(self._saved, keys_until=max(at, self._saved.keys_until))

    async def save(self, state: FlowState) -> None:
        self._saved = msgspec.structs.replace(self._saved, state=state)
        await self._tools.store.save(STATE_KIND, self._saved.call_id, msgspec.msgpack.encode(self._saved))

    async def act(self, action: Action) -> None:
        """One action. Raises `Unavailable`."""
        saved = self._saved
        match action:
            case Trace():
                await self.publish((action,))
            case Play():
                await self._play(action)
            case StopPlay():
                await self._ask(self._node, StopPlayback(leg_id=saved.leg_id))
            case Listen(phrases=phrases, language=language):
                self._speech_input.listen(phrases, language)
            case StopListening():
                self._speech_input.stop()
            case Enqueue() | RequestCallback() | LeaveQueue():
                await self._queue(action)
            case HangUp(cause=cause):
                await self._ask(calls_of(saved.call_id), EndCall(call_id=saved.call_id, cause=cause))
            case Finish(outcome=outcome):
                self._finish(outcome)

    async def publish(self, entered: Sequence[Trace]) -> None:
        """The steps of one input. Raises `Unavailable`."""
        saved = self._saved
        self._log.info("flow_stepped", steps=[trace.step for trace in entered])
        steps = tuple(FlowStep(step=fit_name(trace.step), verb=trace.verb, detail=fit_name(trace.detail)) for trace in entered)
        now = self._tools.clock.now()
        await self._tools.bus.publish(FlowStepped(at=now, call_id=saved.call_id, flow_id=saved.flow_id, steps=steps))

    async def _play(self, play: Play) -> None:
        files = await self._tools.prompts.files(play.prompts)
        playing = playback_id(self._saved.call_id, play.number)
        command = PlayPrompt(leg_id=self._saved.leg_id, playback_id=playing, files=files, loop=play.loop)
        answer = await self._ask(self._node, command)
        if not answer.ok:
            self._put(PlaybackDone(number=play.number))  # the flow goes on without this sound

    async def _heard_on(self, stream_id: StreamId | None) -> None:
        self._saved = msgspec.structs.replace(self._saved, stream_id=stream_id)
        if self._saved.state is not None:
            await self.save(self._saved.state)

    async def _queue(self, action: Enqueue | RequestCallback | LeaveQueue) -> None:
        """What concerns the wait."""
        work = self._saved.work_of(action.number)
        self._asking_in.stop()
        match action:
            case Enqueue():
                await self._enqueue(action)
            case RequestCallback():
                await self._request_callback(work)
            case LeaveQueue(abandoned=abandoned):
                self._work_items.ended(work)
                await self._ask(_ACD, EndWork(work_id=work, abandoned=abandoned))

    async def _enqueue(self, request: Enqueue) -> None:
        await self._until_identified()
        work, place = self._saved.work_of(request.number), self._saved.place
        self._work_items.began(work, self._saved.call_id)
        command = EnqueueWork(
            work_id=work,
            call_id=self._saved.call_id,
            channel=Channel.CALL,
            queue_id=place.queue_id if place is not None and place.wait == request.number else request.queue_id,
            customer_id=self._saved.customer_id,
            priority=request.priority,
            requirements=request.requirements,
        )
        await self._asking_in.ask(command, partial(self._not_taken, work))

    def _not_taken(self, work: WorkId, answer: Answer) -> None:
        self._work_items.ended(work)
        self._put(EnqueueRefused(reason=answer.reason, code=str(answer.result.get("code", ""))))

    async def _until_identified(self) -> None:
        """Whoever enters a queue is known there, also by a flow without `lookup`: who served this customer last may be asked."""
        if self._saved.customer_id is not None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(IDENTIFIED_WITHIN_S):
                await self._identified.wait()

    async def _request_callback(self, work: WorkId) -> None:
        answer = await self._ask(_ACD, commands.RequestCallback(work_id=work))
        if answer.ok:
            self._work_items.ended(work)  # what becomes of it is no longer this caller's business
            self._put(CallbackTaken())
        else:
            self._work_items.began(work, self._saved.call_id)
            self._put(CallbackRefused(reason=answer.reason))

    def _finish(self, outcome: str) -> None:
        self._asking_in.stop()
        waits = self._saved.state.waits if self._saved.state is not None else 0
        for number in range(self._saved.numbered_from + 1, waits + 1):
            self._work_items.ended(self._saved.work_of(number))
        self._log.info("flow_finished", outcome=outcome)

    async def cancel(self) -> None:
        """Drops what is under way beside the session."""
        await self._asking_in.cancel()
        await self._speech_input.cancel()

    async def _ask(self, addressee: str, command: AnyCommand) -> Answer:
        answer = await self._tools.bus.send(addressee, command)
        if not answer.ok:
            name = type(command).__name__
            self._log.log(log_level(answer), "command_refused", addressee=addressee, command=name, reason=answer.reason)
        return answer


def saved_from(event: CallStarted) -> SavedCall:
    """A call whose flow has not begun."""
    return SavedCall(
        call_id=event.call_id,
        leg_id=event.leg_id,
        node_id=event.node_id,
        flow_id=event.flow_id,
        caller=event.caller,
        diverted_from=event.facts.diverted_from,
        called=event.called,
        language=event.language,
    )

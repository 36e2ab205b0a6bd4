"""The IVR of all calls: gives each call its session, and each event to the session it concerns.

Invariants: `handle` never waits for a node, a voice or a recognizer (each session is its own task), so that one slow call delays
no other; an event that comes twice changes nothing the second time; after `start` every call that was in a flow is in it again
(`taking_back.py`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Set
from functools import partial
from pathlib import Path

import structlog

from core.causes import WorkEnd
from core.commands import AnyCommand, EndCall, EndWork, StopPlayback
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    DigitPressed,
    FlowPublished,
    OfferAccepted,
    PlaybackFinished,
    QueueMoved,
    SpeechHeard,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import CallId, FlowId, WorkId
from core.old_news import is_old_news
from core.partitions import calls_of, partition_of
from core.ports import ANSWER_WITHIN_S, Bus, Clock, Listening, OpenDigit, PromptSpeaker, StateStore, Unavailable
from core.retrying import until_available
from core.saved import sorted_out
from ivr.actor import Tools, always, playback_number, saved_from
from ivr.early_keys import EarlyKeys
from ivr.flow_session import FlowSession
from ivr.inputs import (
    AgentAccepted,
    Connected,
    Digit,
    HungUp,
    Identified,
    Input,
    PlaceLost,
    PlaybackDone,
    QueuePosition,
    Speech,
    WaitEnded,
)
from ivr.ports import FlowSource
from ivr.prompts import Prompts
from ivr.sounds import write_standard_sounds
from ivr.state import LivingCall, SavedCall, handed_back
from ivr.taking_back import STATE_KIND, take_back_calls

log = structlog.get_logger(__name__)

STOP_WITHIN_S = 2.0
"""How long a start waits for a node to stop what a lost flow was playing: it may be gone with its machine."""


class FlowRunner:
    """Owns the sessions of all calls that are in a flow."""

    def __init__(
        self,
        *,
        bus: Bus,
        flows: FlowSource,
        speaker: PromptSpeaker,
        listening: Listening,
        store: StateStore,
        clock: Clock,
        data_dir: Path,
        open_digit: OpenDigit,
        wideband: bool = False,
        can_call_back: Callable[[str], bool] = always,
        publish_sound: Callable[[str], Awaitable[str]] | None = None,
    ) -> None:
        """`data_dir` is where prompts and music are; `wideband` plays 16 kHz prompts (for a bridge at 16 kHz); `publish_sound`
        brings a file to media nodes that do not have this directory, and gives its name there;
        `can_call_back` says whether somebody with this number may be offered a callback.
        """
        self._prompts = Prompts(speaker, bus, clock, wideband=wideband, publish=publish_sound)
        self._tools = Tools(
            bus=bus,
            flows=flows,
            prompts=self._prompts,
            listening=listening,
            store=store,
            clock=clock,
            can_call_back=can_call_back,
        )
        self._open_digit = open_digit
        self._data_dir = data_dir
        self._sessions: dict[CallId, FlowSession] = {}
        self._over: set[CallId] = set()
        """Flows that are finished while their call lives on: with an agent, or about to be hung up."""
        self._connected_calls: set[CallId] = set()
        """Talk with an agent, or have; their flow is finished, or about to be."""
        self._call_of_work: dict[WorkId, CallId] = {}
        self._early_keys = EarlyKeys()
        self._background: set[asyncio.Task[None]] = set()
        self._handlers: dict[type, Callable[..., None]] = {
            CallStarted: self._call_started,
            CallerIdentified: self._identified,
            DigitPressed: self._digit,
            PlaybackFinished: self._playback,
            SpeechHeard: self._speech,
            WorkEnqueued: self._enqueued,
            QueueMoved: self._queue_moved,
            OfferAccepted: self._accepted,
            WorkEnded: self._work_ended,
            CallConnected: self._connected,
            CallHandedBack: self._handed_back,
            CallTransferred: self._handed_on,
            CallEnded: self._call_ended,
            FlowPublished: self._flow_published,
        }

    @property
    def calls_in_flows(self) -> int:
        return len(self._sessions)

    def callers(self) -> Counter[tuple[FlowId, int]]:
        """How many calls are in each version of each flow: they finish in the one they began with."""
        return Counter(running for session in self._sessions.values() if (running := session.running) is not None)

    @property
    def waiting(self) -> dict[WorkId, CallId]:
        """The places in queues that callers believe to have, those of who called first before the others."""
        sessions = sorted(self._sessions.items(), key=lambda item: item[1].began_at)
        return {work: call_id for call_id, session in sessions if (work := session.believes_to_wait) is not None}

    def place_lost(self, call_id: CallId) -> None:
        """The ACD does not know of this caller's wait: a place is asked for again."""
        self._send(call_id, PlaceLost())

    async def start(self) -> None:
        """Begins to speak the prompts of all published flows. Raises `Unavailable`."""
        await asyncio.to_thread(write_standard_sounds, self._data_dir)
        for flow_id in await self._tools.flows.published():
            self.prepare(flow_id)

    async def take(self, partitions: Set[int], living: Iterable[LivingCall] = ()) -> None:
        """Takes back the calls that an earlier process had of these partitions.

        `living` are those that are known to be in a flow now. Raises `Unavailable`.
        """
        taken = await take_back_calls(self._tools.store, partitions, living, self._tools.clock.now())
        for call_id in taken.outdated:
            await self._tools.store.delete(STATE_KIND, call_id)
        self._over |= taken.over | taken.ending.keys()
        self._connected_calls |= taken.over
        for call in taken.on:
            self._begin(call)
        await asyncio.gather(*(self._begin_anew(lost) for lost in taken.anew))
        for call_id, cause in taken.ending.items():
            await self._ask(calls_of(call_id), EndCall(call_id=call_id, cause=cause))

    async def drop(self, partitions: Set[int]) -> None:
        """Somebody else has these calls: their flows stand still here, as they are saved."""

        def is_gone(call_id: CallId) -> bool:
            return partition_of(call_id) in partitions

        gone = [self._sessions.pop(call_id) for call_id in tuple(self._sessions) if is_gone(call_id)]
        await asyncio.gather(*(session.stop() for session in gone))
        self._over = {call_id for call_id in self._over if not is_gone(call_id)}
        self._connected_calls = {call_id for call_id in self._connected_calls if not is_gone(call_id)}
        self._call_of_work = {work: call_id for work, call_id in self._call_of_work.items() if not is_gone(call_id)}

    async def _begin_anew(self, lost: LivingCall) -> None:
        """After an end of what the lost flow had begun: its sound and its place in a queue."""
        call = lost.call
        await self._ask(f"node:{call.node_id}", StopPlayback(leg_id=call.leg_id), within_s=STOP_WITHIN_S)
        if lost.work_id is not None:
            await self._ask("acd", EndWork(work_id=lost.work_id, abandoned=False))
        self._begin(call)

    async def _ask(self, addressee: str, command: AnyCommand, within_s: float = ANSWER_WITHIN_S) -> None:
        try:
            await self._tools.bus.send(addressee, command, timeout_s=within_s)
        except Unavailable as error:
            log.warning("not_asked", addressee=addressee, command=type(command).__name__, reason=error)

    def prepare(self, flow_id: FlowId) -> None:
        """A flow was published: its prompts are spoken in the background, before the first caller needs them."""
        self._in_background(self._prepare(flow_id), f"ivr:prepare:{flow_id}")

    async def prepared(self) -> None:
        """Waits until all prompts asked for by `prepare` are spoken (or cannot be)."""
        await asyncio.gather(*self._background)

    async def stop(self) -> None:
        """Ends all tasks; the calls' states stay saved."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(*(session.stop() for session in tuple(self._sessions.values())))

    @property
    def wanted(self) -> frozenset[type]:
        """The kinds of events that `handle` does something for."""
        return frozenset(self._handlers)

    async def handle(self, event: AnyEvent) -> None:
        """Any event of the system; quick."""
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    # ── which work belongs to which call (`WorkItems`) ────────────────────────────────────────────────────────────

    def began(self, work_id: WorkId, call_id: CallId) -> None:
        self._call_of_work[work_id] = call_id

    def ended(self, work_id: WorkId) -> None:
        self._call_of_work.pop(work_id, None)

    # ── calls come and go ─────────────────────────────────────────────────────────────────────────────────────

    def _call_started(self, event: CallStarted) -> None:
        early = self._early_keys.take(event.call_id)
        if event.outbound or event.call_id in self._sessions or event.call_id in self._over:
            return
        self._begin(saved_from(event))
        for pressed in early:
            self._digit(pressed)

    def _begin(self, saved: SavedCall) -> None:
        session = FlowSession(saved, self._tools, self)
        self._sessions[saved.call_id] = session
        if session.present_work is not None:
            self.began(session.present_work, saved.call_id)
        session.start().add_done_callback(lambda _: self._over_with(saved.call_id))

    def _over_with(self, call_id: CallId) -> None:
        if self._sessions.pop(call_id, None) is not None:
            self._over.add(call_id)

    def _call_ended(self, event: CallEnded) -> None:
        if event.call_id in self._sessions:
            self._sessions[event.call_id].put(HungUp(by_caller=event.cause.startswith("caller:")))
        self._early_keys.take(event.call_id)
        self._in_background(self._forget(event.call_id), f"ivr:forget:{event.call_id}")

    async def _forget(self, call_id: CallId) -> None:
        """The call is over: once its session is, too, nothing of it is kept."""
        if call_id in self._sessions:
            await self._sessions[call_id].finished()
        self._over.discard(call_id)
        self._connected_calls.discard(call_id)
        try:
            await self._tools.store.delete(STATE_KIND, call_id)
        except Unavailable as error:
            log.warning("saved_flow_not_deleted", call_id=call_id, reason=error)

    # ── what happens to a call ────────────────────────────────────────────────────────────────────────────────

    def _send(self, call_id: CallId | None, heard: Input) -> None:
        if call_id is not None and call_id in self._sessions:
            self._sessions[call_id].put(heard)

    def _identified(self, event: CallerIdentified) -> None:
        session = self._sessions.get(event.call_id)
        if session is not None:
            session.identified_as(event.customer_id)
            facts = {"customer_name": event.name, "is_new": "yes" if event.is_new else "no", "certainty": str(event.certainty)}
            if event.number.startswith("+"):
                facts["caller"] = event.number
            session.put(Identified(variables={**facts, **event.variables}))

    def _digit(self, event: DigitPressed) -> None:
        if event.call_id is None or event.call_id in self._over:
            return
        session = self._sessions.get(event.call_id)
        if session is None:
            self._early_keys.keep(event.call_id, event)
        elif session.leg_id == event.leg_id and not is_old_news(event.at, session.keys_until, self._tools.clock.now()):
            digit = self._open_digit(event)
            if digit is not None:
                session.put(Digit(digit=digit, at=event.at))

    def _playback(self, event: PlaybackFinished) -> None:
        """A stopped playback is no end of a prompt: we stopped it ourselves, or the caller is gone or with an agent."""
        if event.call_id is not None and event.call_id in self._sessions and event.outcome != "stopped":
            number = playback_number(event.call_id, event.playback_id)
            if number is not None:
                self._sessions[event.call_id].put(PlaybackDone(number=number))

    def _speech(self, event: SpeechHeard) -> None:
        session = self._sessions.get(event.call_id)
        if session is not None and session.stream_id == event.stream_id:
            session.put(Speech(phrase=event.phrase, confidence=event.confidence))

    def _enqueued(self, event: WorkEnqueued) -> None:
        self._send(self._call_of_work.get(event.work_id), QueuePosition(position=event.position))

    def _queue_moved(self, event: QueueMoved) -> None:
        for position, work_id in enumerate(event.waiting, start=1):
            self._send(self._call_of_work.get(work_id), QueuePosition(position=position, expected_wait_s=event.expected_wait_s))

    def _accepted(self, event: OfferAccepted) -> None:
        self._send(self._call_of_work.get(event.work_id), AgentAccepted())

    def _work_ended(self, event: WorkEnded) -> None:
        if event.cause is not WorkEnd.SERVED:
            self._send(self._call_of_work.get(event.work_id), WaitEnded(cause=event.cause))

    def _connected(self, event: CallConnected) -> None:
        self._connected_calls.add(event.call_id)
        self._send(event.call_id, Connected())

    def _handed_back(self, event: CallHandedBack) -> None:
        """The agent left: the flow goes on in the step that the call was connected in, once its end there is saved."""
        self._lead_on(event.call_id, partial(handed_back, work_id=event.work_id, queue_id=event.queue_id, on=False))

    def _handed_on(self, event: CallTransferred) -> None:
        """The same, unless somebody else has the conversation already."""
        if event.to_agent_id is None:
            self._lead_on(event.call_id, partial(handed_back, work_id=event.to_work_id, queue_id=event.queue_id, on=True))

    def _lead_on(self, call_id: CallId, again: Callable[[SavedCall, float], SavedCall | None]) -> None:
        if call_id in self._connected_calls:
            self._connected_calls.discard(call_id)
            self._in_background(self._go_on(call_id, again), f"ivr:go_on:{call_id}")

    async def _go_on(self, call_id: CallId, goes_on: Callable[[SavedCall, float], SavedCall | None]) -> None:
        if call_id in self._sessions:
            await self._sessions[call_id].finished()
        find = partial(self._tools.store.load_all, STATE_KIND)
        found = await until_available(find, "flow", log.bind(call_id=call_id), asyncio.sleep)
        read, _ = sorted_out({key: value for key, value in found.items() if key == call_id}, SavedCall)
        saved = read.get(call_id)
        if call_id in self._connected_calls:  # somebody has taken it meanwhile
            return
        again = None if saved is None else goes_on(saved, self._tools.clock.now())
        if again is None:
            log.error("flow_not_taken_up", call_id=call_id)  # music goes on, and an agent may take the call
            return
        self._over.discard(call_id)
        self._begin(again)

    # ── prompts of published flows ────────────────────────────────────────────────────────────────────────────

    def _flow_published(self, event: FlowPublished) -> None:
        self.prepare(event.flow_id)

    async def _prepare(self, flow_id: FlowId) -> None:
        try:
            flow = await self._tools.flows.get(flow_id)
        except Unavailable as error:
            log.warning("flow_not_readable", flow_id=flow_id, reason=error)
            return
        if flow is not None:
            await self._prompts.prepare(flow)

    def _in_background(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

"""The shell of call control: carries out what `control.py` decides, call by call in order, and saves each call's state.

One task per living call does its actions, so that a slow node delays nobody else; one task watches the deadlines; one serves
the commands addressed to ``calls:0``, ``calls:1`` …, which stand for the partitions of the calls (`core/partitions.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import structlog

from core.addresses import Addresses
from core.causes import EndCause
from core.commands import (
    Answer,
    AnyCommand,
    Consult,
    EndCall,
    EndConsultation,
    HandBackCall,
    HandOver,
    HangUpLeg,
    ListLegs,
    OpenLink,
    SetMix,
    StopSupervising,
    Supervise,
    TalkWith,
    Transfer,
)
from core.events import AnyEvent, CallEnded
from core.ids import CallId, LegId, NodeId, StreamId
from core.model import LegSnapshot
from core.partitions import ALL, addressee
from core.ports import (
    Bus,
    CallbackBook,
    CallbackRefusal,
    Clock,
    NumberPlan,
    StateStore,
    Transcribing,
    Unavailable,
    log_level,
    ok,
    refused,
)
from core.ranges import fit_id
from core.retrying import until_available
from core.saved import take_back, take_back_ids, words_of
from telephony.calls import outbound
from telephony.calls.actions import Action, Ask, AskAcd, Batch, Link, LookUpCallback, LookUpNumber, Publish, StartText, StopText
from telephony.calls.call import AgentLeg, Call
from telephony.calls.control import CallControl
from telephony.calls.saved import read_calls

log = structlog.get_logger(__name__)

LOOK_AT_CLOCK_S = 1.0
JUMPED_S = 60.0
"""Less than that is no matter: a call may be four hours long."""
AT_START_WITHIN_S = 2.0
"""How long a start waits for nodes, all at once, however many there were: those of a machine that lost its power are gone."""
CALL_KIND = "call"
AGENT_LEG_KIND = "agent_leg"
STREAM_KIND = "leg_stream"


class CallService:
    """Owns all living calls. `handle` never waits for a node; what it decides is done by each call's own task."""

    def __init__(
        self,
        *,
        bus: Bus,
        store: StateStore,
        numbers: NumberPlan,
        callbacks: CallbackBook,
        transcribing: Transcribing,
        clock: Clock,
        control: CallControl,
    ) -> None:
        self._bus = bus
        self._store = store
        self._numbers = numbers
        self._callbacks = callbacks
        self._transcribing = transcribing
        self._clock = clock
        self._control = control
        self._addresses = Addresses(map(addressee, ALL))
        self._mailboxes: dict[CallId | None, _Mailbox] = {}
        self._streams: dict[LegId, StreamId] = {}
        self._saved: dict[tuple[str, str], Call | AgentLeg] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._deadline_moved = asyncio.Event()
        self._commands: dict[type, Callable[[Any, float], list[Batch] | str]] = {
            TalkWith: control.talk_with,
            Consult: control.consult,
            Transfer: control.transfer,
            HandOver: control.hand_over,
            EndConsultation: control.end_consultation,
            HandBackCall: lambda command, now: control.hand_back(command.agent_id, now),
            Supervise: control.supervise,
            StopSupervising: control.stop_supervising,
            EndCall: lambda command, now: control.end(command.call_id, command.cause, now),
        }
        """What each wish means; a string says why not."""

    async def start(self) -> None:
        """Takes back the calls of an earlier process and asks their nodes what is still there. Raises `Unavailable`."""
        await asyncio.gather(*(self._reconcile(node_id) for node_id in await self._load()))
        self._tasks = [
            asyncio.create_task(self._bus.serve(self._addresses, self._command), name="calls-serve"),
            asyncio.create_task(self._watch_deadlines(), name="calls-deadlines"),
        ]

    async def run(self) -> None:
        """Until cancelled. Raises what ended a task of `start`: without them no command is heard and nothing ends in time."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Stops acting; calls go on at their nodes."""
        tasks = [*self._tasks, *(mailbox.task for mailbox in self._mailboxes.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def calls(self) -> dict[CallId, Call]:
        """Living calls, for the live view."""
        return self._control.calls

    @property
    def wanted(self) -> frozenset[type]:
        """The kinds of events that can change a call."""
        return self._control.wanted

    async def handle(self, event: AnyEvent) -> None:
        """One event of the stream, in order. Quick, and harmless when it comes twice."""
        await self._do(self._control.handle(event, self._clock.now()))

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _command(self, command: AnyCommand) -> Answer:
        decide = self._commands.get(type(command))
        if decide is None:
            return refused(f"call control does not understand {type(command).__name__}")
        result = decide(command, self._clock.now())
        if isinstance(result, str):
            return refused(result)
        await self._do(result)
        return ok()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, batches: list[Batch]) -> None:
        """Saves what changed before anything is done, so that a crash in between is mended by `reconcile`."""
        await self._save_changes()
        self._deadline_moved.set()
        for batch in batches:
            mailbox = self._mailboxes.get(batch.call_id)
            if mailbox is None:
                mailbox = self._mailboxes[batch.call_id] = _Mailbox(self, batch.call_id)
            mailbox.add(batch)

    def mailbox_empty(self, call_id: CallId | None) -> None:
        """A mailbox has nothing left to do and its task ends."""
        del self._mailboxes[call_id]

    async def perform(self, batch: Batch) -> None:
        """Does one batch; stops it at the first essential command that fails."""
        for action in batch.actions:
            if isinstance(action, Ask):
                if not await self._ask(batch.call_id, action):
                    return
                continue
            if isinstance(action, Link):
                await self._link(batch.call_id, action)
                continue
            if isinstance(action, AskAcd):
                if not await self._ask_acd(batch.call_id, action):
                    return
                continue
            try:
                await self._act(batch.call_id, action)
            except Exception:  # border of an action: what nobody expected to fail must not keep the call from its end
                log.exception("action failed", call_id=batch.call_id, action=type(action).__name__)

    async def _act(self, call_id: CallId | None, action: Action) -> None:
        if isinstance(action, Publish):
            await self._publish(action.event)
        elif isinstance(action, StartText):
            await self._start_text(call_id, action)
        elif isinstance(action, StopText):
            await self._stop_text(action)
        elif isinstance(action, LookUpNumber) and call_id is not None:
            await self._look_up(call_id, action.called, action.trunk)
        elif isinstance(action, LookUpCallback) and call_id is not None:
            await self._look_up_callback(call_id, action.origin_call_id)

    async def _ask(self, call_id: CallId | None, ask: Ask) -> bool:
        """True when the batch goes on."""
        try:
            answer = await self._bus.send(f"node:{ask.node_id}", ask.command, timeout_s=ask.within_s)
        except Unavailable as error:
            answer = refused(str(error))
        if answer.ok:
            missing = frozenset(answer.result.get("missing", ()))
            if not missing or call_id is None or not isinstance(ask.command, SetMix):
                return True
            batches, goes_on = self._control.legs_missing(call_id, ask.command, missing, self._clock.now())
            await self._do(batches)
            return goes_on
        name = type(ask.command).__name__
        log.log(log_level(answer), "command_refused", call_id=call_id, node_id=ask.node_id, command=name, reason=answer.reason)
        if not ask.essential:
            return True
        if call_id is not None:
            await self._do(self._control.ask_failed(call_id, ask, answer.reason, self._clock.now()))
        return False

    async def _link(self, call_id: CallId | None, link: Link) -> None:
        """Both ends know each other's address and public key; without a way the mix that follows says that it misses one."""
        if call_id is None:
            return
        host, port, public_key = "", 0, b""
        for node_id in (link.near, link.far, link.near):
            open_link = OpenLink(link_id=link.link_id, call_id=call_id, host=host, port=port, public_key=public_key)
            try:
                answer = await self._bus.send(f"node:{node_id}", open_link)
            except Unavailable as error:
                answer = refused(str(error))
            if not answer.ok:
                log.warning("no_link", call_id=call_id, node_id=node_id, reason=answer.reason)
                return
            host, port, public_key = (answer.result[field] for field in ("host", "port", "public_key"))

    async def _ask_acd(self, call_id: CallId | None, ask: AskAcd) -> bool:
        """True when the batch goes on."""
        try:
            answer = await self._bus.send("acd", ask.command)
        except Unavailable as error:
            answer = refused(str(error))
        if answer.ok:
            return True
        log.log(log_level(answer), "not_in_line", call_id=call_id, work_id=ask.command.work_id, reason=answer.reason)
        if call_id is not None:
            await self._do(self._control.not_in_line(call_id, ask.command, self._clock.now()))
        return False

    async def _publish(self, event: AnyEvent) -> None:
        """Facts are not lost: waits for the bus to come back."""
        await until_available(partial(self._bus.publish, event), "call control", log, asyncio.sleep)

    async def _look_up(self, call_id: CallId, called: str, trunk: str) -> None:
        try:
            entry = await self._numbers.find(called, trunk)
        except Unavailable as error:
            log.error("number_plan_unavailable", call_id=call_id, reason=error)
            return
        await self._do(self._control.number_found(call_id, entry, self._clock.now()))

    async def _look_up_callback(self, call_id: CallId, origin_call_id: CallId | None) -> None:
        try:
            target = await self._callbacks.target(origin_call_id, call_id) if origin_call_id is not None else None
        except Unavailable as error:
            log.error("callback_book_unavailable", call_id=call_id, reason=error)
            now = self._clock.now()
            await self._do(self._control.callback_found(call_id, None, now, EndCause.SYSTEM_STOPPED))
            return
        if isinstance(target, CallbackRefusal):
            log.warning("callback_not_allowed", call_id=call_id, code=target.why)
            now = self._clock.now()
            await self._publish(outbound.not_allowed(call_id, target, now))
            await self._do(self._control.callback_found(call_id, None, now, target.cause))
            return
        await self._do(self._control.callback_found(call_id, target, self._clock.now()))

    async def _start_text(self, call_id: CallId | None, action: StartText) -> None:
        if call_id is None or action.leg_id in self._streams:
            return
        try:
            stream = await self._transcribing.start(call_id, action.leg_id, action.speaker, action.language, action.offset_ms)
        except Unavailable as error:
            log.log(log_level(error), "no_live_text", call_id=call_id, leg_id=action.leg_id, reason=error)
            return
        self._streams[action.leg_id] = stream
        await self._remember_stream(action.leg_id, stream)

    async def _stop_text(self, action: StopText) -> None:
        stream = self._streams.pop(action.leg_id, None)
        if stream is None:
            return
        try:
            await self._store.delete(STREAM_KIND, action.leg_id)
            await self._transcribing.stop(stream)
        except Unavailable as error:
            log.warning("text_not_stopped", leg_id=action.leg_id, reason=error)

    async def _remember_stream(self, leg_id: LegId, stream: StreamId) -> None:
        try:
            await self._store.save(STREAM_KIND, leg_id, stream.encode())
        except Unavailable as error:
            log.error("stream_not_saved", leg_id=leg_id, reason=error)

    # ── state that survives ───────────────────────────────────────────────────────────────────────────────────

    async def _save_changes(self) -> None:
        """Writes only what is new: values are immutable, so an unchanged one is the same object."""
        wanted: dict[tuple[str, str], Call | AgentLeg] = {
            (CALL_KIND, call_id): call for call_id, call in self._control.calls.items()
        }
        wanted |= {(AGENT_LEG_KIND, agent_id): leg for agent_id, leg in self._control.agent_legs.items()}
        try:
            for key, value in wanted.items():
                if self._saved.get(key) is not value:
                    await self._store.save(*key, msgspec.msgpack.encode(value))
            for key in self._saved.keys() - wanted.keys():
                await self._store.delete(*key)
        except Unavailable as error:
            log.error("calls_not_saved", reason=error)
            return
        self._saved = wanted

    async def _load(self) -> set[NodeId]:
        found = await self._store.load_all(CALL_KIND)
        read, unreadable = read_calls(found)
        if unreadable:
            await self._store.set_aside(CALL_KIND, unreadable)
            await self._give_up({CallId(key): words_of(found[key]) for key in unreadable})
        calls = list(read.values())
        legs = list((await take_back(self._store, AGENT_LEG_KIND, AgentLeg)).values())
        streams = await take_back_ids(self._store, STREAM_KIND)
        self._streams = {LegId(leg): StreamId(stream) for leg, stream in streams.items()}
        self._control.restore(calls, legs)
        self._saved = {(CALL_KIND, call.call_id): call for call in calls}
        self._saved |= {(AGENT_LEG_KIND, leg.agent_id): leg for leg in legs}
        return {call.node_id for call in calls} | {leg.node_id for leg in legs}

    async def _give_up(self, lost: dict[CallId, dict[str, str]]) -> None:
        """Calls whose state cannot be read end for everybody; where it still names the customer's leg, that is hung up."""
        now = self._clock.now()
        legs = [(words.get("node_id", ""), words.get("customer_leg", "")) for words in lost.values()]
        await asyncio.gather(*(self._hang_up_lost(node_id, leg_id) for node_id, leg_id in legs))
        for call_id in lost:
            if fit_id(call_id):
                await self._publish(CallEnded(at=now, call_id=call_id, cause=EndCause.SYSTEM_STOPPED, started_at=now))

    async def _hang_up_lost(self, node_id: str, leg_id: str) -> None:
        if fit_id(node_id) and fit_id(leg_id):
            hang_up = HangUpLeg(leg_id=LegId(leg_id), cause=EndCause.SYSTEM_STOPPED)
            await self._bus.send(f"node:{node_id}", hang_up, timeout_s=AT_START_WITHIN_S)

    async def _reconcile(self, node_id: NodeId) -> None:
        answer = await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=AT_START_WITHIN_S)
        if not answer.ok:
            log.warning("node_silent_at_start", node_id=node_id, reason=answer.reason)
            return
        try:
            legs = msgspec.convert(answer.result.get("legs"), list[LegSnapshot])
        except msgspec.ValidationError as error:
            log.error("node_not_understood", node_id=node_id, error=error)
            return
        await self._do(self._control.reconcile(node_id, legs, self._clock.now()))

    async def _watch_deadlines(self) -> None:
        """A clock that is set while calls run (`server/clock.py` takes a large jump at once) takes no time from them."""
        steady = asyncio.get_running_loop().time
        while True:
            self._deadline_moved.clear()
            began, began_s = self._clock.now(), steady()
            deadline = self._control.next_deadline()
            wait_s = LOOK_AT_CLOCK_S if deadline is None else min(LOOK_AT_CLOCK_S, max(0.0, deadline - began))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._deadline_moved.wait(), wait_s)
            unjumped = began + steady() - began_s
            if abs(jumped_s := self._clock.now() - unjumped) > JUMPED_S:
                self._control.put_off(jumped_s, unjumped)
                await self._save_changes()
            if (deadline := self._control.next_deadline()) is not None and deadline <= self._clock.now():
                await self._do(self._control.handle_timer(self._clock.now()))


class _Mailbox:
    """The task that does one call's batches in order and ends when there are none. Bounded by the life of the call."""

    def __init__(self, service: CallService, call_id: CallId | None) -> None:
        self._service = service
        self._call_id = call_id
        self._batches: deque[Batch] = deque()
        self.task = asyncio.create_task(self._run(), name=f"call-{call_id}")

    def add(self, batch: Batch) -> None:
        self._batches.append(batch)

    async def _run(self) -> None:
        while self._batches:
            await self._service.perform(self._batches.popleft())
        self._service.mailbox_empty(self._call_id)

"""The shell of call control: what `control.py` decides is written and done call by call, each in its own lane (`lane.py`).

`handle` never waits for a node: it returns when what it has decided is written. One task watches the deadlines; one serves the
commands addressed to ``calls:0``, ``calls:1`` …, which stand for the partitions of the calls (`core/partitions.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from itertools import count
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
    StopSupervising,
    Supervise,
    TalkWith,
    Transfer,
)
from core.events import AnyEvent, CallEnded
from core.ids import AgentId, CallId, LegId, NodeId, StreamId, new_id
from core.model import LegSnapshot
from core.partitions import addressee, partition_of
from core.ports import Bus, CallbackBook, Clock, NumberPlan, StateStore, Transcribing, ok, refused
from core.ranges import fit_id
from core.saved import take_back, take_back_ids, words_of
from core.steps import Place, Steps
from telephony.calls.actions import Action, Ask, Batch, Publish
from telephony.calls.call import AgentLeg, Call, legs_of
from telephony.calls.control import CallControl
from telephony.calls.deeds import Deeds
from telephony.calls.lane import Lane, Then
from telephony.calls.saved import Kept, living, read_all

log = structlog.get_logger(__name__)

LOOK_AT_CLOCK_S = 1.0
JUMPED_S = 60.0
"""Less than that is no matter: a call may be four hours long."""
ANSWER_WITHIN_S = 1.0
"""How long nodes are waited for, all at once, however many there were: those of a machine that lost its power are gone."""
CALL_KIND = "call"
AGENT_LEG_KIND = "agent_leg"
STREAM_KIND = "leg_stream"
"""Where earlier releases kept what `Kept.streams` is now."""
OF_AGENTS = "agent_leg_todo"
"""What is still to be done for agents outside any call, by the process that is at it."""


class CallService:
    """Owns all living calls. `handle` never waits for a node; what it decides is done by each call's own lane."""

    def __init__(
        self,
        *,
        bus: Bus,
        store: StateStore,
        steps: Steps,
        numbers: NumberPlan,
        callbacks: CallbackBook,
        transcribing: Transcribing,
        clock: Clock,
        control: CallControl,
    ) -> None:
        self._bus = bus
        self._store = store
        self._steps = steps
        self._clock = clock
        self._control = control
        self._addresses = Addresses()
        self._owned: frozenset[int] = frozenset()
        self._has_begun = False
        self._deeds = Deeds(
            bus=bus, numbers=numbers, callbacks=callbacks, transcribing=transcribing, clock=clock, control=control
        )
        self._lanes: dict[CallId | None, Lane] = {}
        self._life, self._steps_so_far = new_id("life"), count(1)
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
        """Learns which agents have audio. Calls are taken (`take`). Raises `Unavailable`."""
        legs = list((await take_back(self._store, AGENT_LEG_KIND, AgentLeg)).values())
        self._control.restore((), legs)
        self._tasks = [
            asyncio.create_task(self._bus.serve(self._addresses, self._command), name="calls-serve"),
            asyncio.create_task(self._watch_deadlines(), name="calls-deadlines"),
        ]

    def owns(self, call_id: CallId) -> bool:
        """Whether it is, or would be, a call of this process."""
        return partition_of(call_id) in self._owned

    async def take(self, partitions: frozenset[int]) -> None:
        """Takes the calls of these partitions from whoever had them, goes on with what was left undone, and asks their nodes what
        is still there; the first time also those of agents' audio. Raises `Unavailable`: then none is taken."""
        taken, is_first, self._has_begun = await self._load(partitions), not self._has_begun, True
        self._owned |= partitions
        self._addresses.set(map(addressee, self._owned))
        for lane in list(self._lanes.values()):
            lane.wake()
        calls = [call for call_id in taken if (call := self._control.call(call_id)) is not None]
        nodes = {node_id for call in calls for node_id in (call.node_id, *call.far_nodes)}
        if is_first:
            nodes |= {leg.node_id for leg in self._control.agent_legs.values()}
        await asyncio.gather(*(self._reconcile(node_id, None if is_first else taken) for node_id in nodes))

    async def drop(self, partitions: frozenset[int]) -> None:
        """Another process has these calls from now on: forgets them, as they are saved."""
        self._owned -= partitions
        self._addresses.set(map(addressee, self._owned))

        def is_gone(call_id: CallId) -> bool:
            return partition_of(call_id) in partitions

        lanes = [self._lanes.pop(call_id) for call_id in [*self._lanes] if call_id is not None and is_gone(call_id)]
        self._control.drop(is_gone)
        await asyncio.gather(*(lane.stop() for lane in lanes))

    async def run(self) -> None:
        """Until cancelled. Raises what ended a task of `start`: without them no command is heard and nothing ends in time."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Stops acting; calls go on at their nodes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *(lane.stop() for lane in self._lanes.values()), return_exceptions=True)

    @property
    def calls(self) -> dict[CallId, Call]:
        """Living ones of this process."""
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
        call_id = getattr(command, "call_id", None)
        if call_id is not None and not self.owns(call_id):
            return refused("this call has just changed hands; ask again")
        result = decide(command, self._clock.now())
        if isinstance(result, str):
            return refused(result)
        await self._do(result)
        return ok()

    # ── doing ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _do(self, batches: list[Batch]) -> None:
        """Returns when what was decided is written: from then on it is done, whatever becomes of this process."""
        lanes = self._given(batches)
        if len(lanes) == 1:
            await lanes[0].write()
        elif lanes:
            await asyncio.gather(*(lane.write() for lane in lanes))
        for lane in lanes:
            lane.wake()

    def spread(self, batches: list[Batch]) -> None:
        """`telephony.calls.lane.Shell`."""
        for lane in self._given(batches):
            lane.wake()

    def _given(self, batches: list[Batch]) -> list[Lane]:
        """The lanes of all that was decided and has changed, with it. Without a pause after the decision."""
        changed = self._control.take_changed()
        lanes: dict[CallId | None, Lane] = {call_id: self._lane(call_id) for call_id in changed.calls}
        for lane in lanes.values():
            lane.touch()
        if changed.agents:
            lanes[None] = self._lane(None)
            lanes[None].also |= {Place(AGENT_LEG_KIND, agent_id): self._leg_of(agent_id) for agent_id in changed.agents}
        for batch in batches:
            lane = lanes[batch.call_id] = self._lane(batch.call_id)
            lane.add(batch)
        if lanes:
            self._deadline_moved.set()
        return list(lanes.values())

    def _leg_of(self, agent_id: AgentId) -> bytes | None:
        leg = self._control.agent_leg(agent_id)
        return None if leg is None else msgspec.msgpack.encode(leg)

    def _lane(self, call_id: CallId | None) -> Lane:
        lane = self._lanes.get(call_id)
        if lane is None:
            place = _place_of(call_id) if call_id is not None else Place(OF_AGENTS, self._life)
            lane = self._lanes[call_id] = Lane(call_id, place, self._steps, self)
        return lane

    def call(self, call_id: CallId) -> Call | None:
        """`telephony.calls.lane.Shell`."""
        return self._control.call(call_id)

    def over_until(self, call_id: CallId) -> float | None:
        """`telephony.calls.lane.Shell`."""
        return self._control.over_until(call_id)

    def new_token(self) -> str:
        """`telephony.calls.lane.Shell`."""
        return f"{self._life}:{next(self._steps_so_far)}"

    async def carry_out(self, lane: Lane, action: Action) -> Then:
        """`telephony.calls.lane.Shell`."""
        return await self._deeds.carry_out(lane.call_id, lane.streams, lane.ways, action)

    def lane_over(self, lane: Lane) -> None:
        """`telephony.calls.lane.Shell`."""
        if self._lanes.get(lane.call_id) is lane:
            del self._lanes[lane.call_id]

    # ── state that survives ───────────────────────────────────────────────────────────────────────────────────

    async def _load(self, partitions: frozenset[int]) -> frozenset[CallId]:
        """Which calls there are."""
        found = await self._store.load_all(CALL_KIND)
        found = {key: value for key, value in found.items() if partition_of(key) in partitions}
        read, unreadable = read_all(found)
        streams = await take_back_ids(self._store, STREAM_KIND)
        left_by_others = await take_back(self._store, OF_AGENTS, Kept) if 0 in partitions else {}
        calls = [call for kept in read.values() if (call := living(kept)) is not None]
        settled = {call_id: kept for call_id, kept in read.items() if isinstance(kept, Kept)}
        over = {call_id: kept.over_until for call_id, kept in settled.items() if kept.over_until is not None}
        self._control.restore(calls, (), settled=settled.keys(), over=over)
        for call_id, found_there in read.items():
            kept = _as_now(found_there, streams)
            self._lanes[call_id] = Lane(call_id, _place_of(call_id), self._steps, self, kept)
            for leg_id in kept.streams.keys() & streams.keys():
                await self._store.delete(STREAM_KIND, leg_id)
        await self._take_over(left_by_others)
        if unreadable:
            await self._store.set_aside(CALL_KIND, unreadable)
            await self._do(_given_up({key: words_of(found[key]) for key in unreadable}, self._clock.now()))
        return frozenset(read)

    async def _take_over(self, left: Mapping[str, Kept]) -> None:
        """What other processes have left undone for agents outside any call; harmless where they are still at it."""
        others = {key: kept for key, kept in left.items() if key != self._life}
        await self._do([Batch(call_id=None, actions=actions) for kept in others.values() for actions in kept.todo])
        for key in others:
            await self._store.delete(OF_AGENTS, key)

    async def _reconcile(self, node_id: NodeId, among: frozenset[CallId] | None = None) -> None:
        answer = await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=ANSWER_WITHIN_S)
        if not answer.ok:
            log.warning("node_silent_at_start", node_id=node_id, reason=answer.reason)
            return
        try:
            legs = msgspec.convert(answer.result.get("legs"), list[LegSnapshot])
        except msgspec.ValidationError as error:
            log.error("node_not_understood", node_id=node_id, error=error)
            return
        await self._do(self._control.reconcile(node_id, legs, self._clock.now(), among))

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
                self.spread([])
            now = self._clock.now()
            self._control.let_go(now)
            deadline = self._control.next_deadline()
            self.spread(self._control.handle_timer(now) if deadline is not None and deadline <= now else [])


def _place_of(call_id: CallId) -> Place:
    return Place(CALL_KIND, call_id)


def _as_now(kept: Kept | Call, streams: dict[str, str]) -> Kept:
    """`streams` are those that an earlier release has saved by themselves."""
    if isinstance(kept, Kept):
        return kept
    legs = {kept.customer_leg, *legs_of(kept)}
    return Kept(call=kept, streams={leg_id: StreamId(streams[leg_id]) for leg_id in legs if leg_id in streams})


def _given_up(lost: dict[str, dict[str, str]], now: float) -> list[Batch]:
    """Calls whose state cannot be read end for everybody; where it still names the customer's leg, that is hung up."""
    batches: list[Batch] = []
    for call_id, words in lost.items():
        node_id, leg_id = words.get("node_id", ""), words.get("customer_leg", "")
        if not fit_id(call_id):
            continue
        actions: list[Action] = []
        if fit_id(node_id) and fit_id(leg_id):
            hang_up = HangUpLeg(leg_id=LegId(leg_id), cause=EndCause.SYSTEM_STOPPED)
            actions.append(Ask(node_id=NodeId(node_id), command=hang_up, essential=False))
        ended = CallEnded(at=now, call_id=CallId(call_id), cause=EndCause.SYSTEM_STOPPED, started_at=now)
        batches.append(Batch(call_id=CallId(call_id), actions=(*actions, Publish(event=ended))))
    return batches

"""A world in which call control can be killed between any two things that it does to others, and begins again on what it saved.

All that a service does to others goes through `World.point`, before and after it has happened: dying there, it does nothing
more, and another one takes its place. Nodes, the ACD and recognizers are as the real ones are: who is asked the same twice does
it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from core.addresses import Addresses
from core.causes import EndCause
from core.commands import (
    Answer,
    AnswerLeg,
    AnyCommand,
    DialLeg,
    EnqueueWork,
    HangUpLeg,
    ListLegs,
    PlayPrompt,
    RejectLeg,
    SetMix,
)
from core.events import AnyEvent, LegAnswered, LegEnded, WorkEnqueued
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, StreamId
from core.leadership import Fence
from core.model import LegKind, LegPurpose, LegSnapshot, Speaker
from core.partitions import ALL
from core.ports import ANSWER_WITHIN_S, CallbackTarget, CommandHandler, NumberEntry, Unavailable, ok, refused
from core.steps import Step
from telephony.calls.control import CallControl
from telephony.calls.service import CallService
from tests.peers import digits
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_steps import MemorySteps
from tests.peers.memory_store import MemoryStore
from tests.telephony.calls.installation import MUSIC, NODE, RINGING

HEARD_AGAIN = 3
"""So many events that were handled are handled once more by whoever takes over: the cursor is saved now and then."""


@dataclass
class World:
    """Everything but call control. `kill_at`: the number of the point at which it dies; `away_at`: at which Redis goes away."""

    kill_at: int = 0
    away_at: int = 0
    points: int = 0
    stream: list[AnyEvent] = field(default_factory=list)
    facts: list[AnyEvent] = field(default_factory=list)
    """What call control told."""
    legs: dict[LegId, LegSnapshot] = field(default_factory=dict)
    mixes: dict[CallId, SetMix] = field(default_factory=dict)
    in_line: set[str] = field(default_factory=set)
    played: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    """Work that the ACD does not take."""
    handled: int = 0

    def __post_init__(self) -> None:
        self._bus, self.store = MemoryBus(), MemoryStore()
        self._steps = MemorySteps(self._bus, self.store)
        self._handler: CommandHandler | None = None
        self.clock, self.plan, self.recognizers = Watch(), Plan(self), Recognizers(self)
        self.dead = asyncio.Event()
        self.control: CallControl
        self.service: CallService

    # ── dying ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def point(self) -> None:
        """Between two things that happen."""
        if not self.dead.is_set():
            self.points += 1
            if self.points != self.kill_at:
                return
            self.dead.set()
        await asyncio.Event().wait()

    # ── what call control is made of ──────────────────────────────────────────────────────────────────────────

    async def begin(self) -> None:
        """A process starts, and perhaps dies while it does."""
        while True:
            self.dead.clear()
            self.control = CallControl(MUSIC, RINGING, pass_digit_on=digits.passed_on)
            self.service = CallService(
                bus=self,
                store=self.store,
                steps=self,
                numbers=self.plan,
                callbacks=self.plan,
                transcribing=self.recognizers,
                clock=self.clock,
                control=self.control,
            )
            if await self._unless_dead(self._start()):
                return

    async def _start(self) -> None:
        await self.service.start()
        await self.service.take(ALL)

    async def _unless_dead(self, work: Awaitable[None]) -> bool:
        """False: it died before it was done; nothing of it is left."""
        doing = asyncio.ensure_future(work)
        dying = asyncio.ensure_future(self.dead.wait())
        await asyncio.wait([doing, dying], return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not self.dead.is_set():
            doing.result()
            return True
        doing.cancel()
        await asyncio.gather(doing, dying, return_exceptions=True)
        await self.service.stop()
        return False

    async def settle(self) -> None:
        """Until everybody has done what there is to do, whoever dies meanwhile."""
        while True:
            while self.handled < len(self.stream):
                if await self._unless_dead(self.service.handle(self.stream[self.handled])):
                    self.handled += 1
                else:
                    await self._again()
            if not await self._unless_dead(self._quiet()):
                await self._again()
            elif self.handled == len(self.stream):
                return

    async def _quiet(self) -> None:
        """Nobody acts any more without being asked."""
        idle = 0
        while idle < 5:
            before = (self.points, len(self.stream))
            await asyncio.sleep(0)
            busy = any(task.get_name().startswith("call-") for task in asyncio.all_tasks())
            idle = 0 if busy or before != (self.points, len(self.stream)) else idle + 1

    async def _again(self) -> None:
        await self.begin()
        self.handled = max(0, self.handled - HEARD_AGAIN)

    async def happens(self, event: AnyEvent) -> None:
        self.stream.append(event)
        await self.settle()

    async def wishes(self, command: AnyCommand) -> None:
        """Asked again of whoever comes after one that died over it."""
        while not await self._unless_dead(self._wish(command)):
            await self._again()
        await self.settle()

    async def _wish(self, command: AnyCommand) -> None:
        assert self._handler is not None
        await self._handler(command)

    async def stop(self) -> None:
        await self.service.stop()

    # ── ports: the bus and the store ──────────────────────────────────────────────────────────────────────────

    async def advance(self, step: Step, fence: Fence | None = None, *, again: bool = False) -> None:
        await self.point()
        if self.points == self.away_at:
            raise Unavailable("gone before it was written")
        told = len(self._bus.published)
        await self._steps.advance(step, fence, again=again)
        self.stream += self._bus.published[told:]
        self.facts += self._bus.published[told:]
        await self.point()
        if self.points == self.away_at:
            raise Unavailable("gone after it was written")

    async def send(self, addressee: str, command: AnyCommand, timeout_s: float = ANSWER_WITHIN_S) -> Answer:
        await self.point()
        answer = self._acd(command) if isinstance(command, EnqueueWork) else self._node(command)
        await self.point()
        return answer

    async def publish(self, event: AnyEvent) -> None:
        raise AssertionError("call control tells what it tells in steps")

    async def serve(self, addressee: str | Addresses, handler: CommandHandler) -> None:
        self._handler = handler
        await asyncio.Event().wait()

    def events(self, cursor: str = "$") -> AsyncIterator[tuple[str, AnyEvent]]:
        raise NotImplementedError

    def sifted(self, cursor: str, skip: Callable[[int], bool]) -> AsyncGenerator[tuple[str, AnyEvent | None], None]:
        raise NotImplementedError

    async def past(self, after: str, until: str, skip: Callable[[int], bool]) -> list[tuple[str, AnyEvent]]:
        raise NotImplementedError

    # ── the others ────────────────────────────────────────────────────────────────────────────────────────────

    def _acd(self, command: EnqueueWork) -> Answer:
        if command.work_id in self.refuses:
            return refused("nobody is there", "agent_not_available")
        if command.work_id not in self.in_line:
            self.in_line.add(command.work_id)
            self.stream.append(
                WorkEnqueued(
                    at=self.clock.at,
                    work_id=command.work_id,
                    call_id=command.call_id,
                    channel=command.channel,
                    queue_id=command.queue_id,
                    customer_id=None,
                    priority=0,
                    position=1,
                    purpose=command.purpose,
                )
            )
        return ok()

    def _node(self, command: AnyCommand) -> Answer:
        match command:
            case ListLegs():
                return ok(legs=list(self.legs.values()))
            case AnswerLeg(leg_id=leg_id):
                return self._up(leg_id)
            case DialLeg(leg_id=leg_id, call_id=call_id):
                if leg_id not in self.dialled:
                    self.dialled.append(leg_id)
                    self.caller_leg(leg_id, call_id)
                    return self._up(leg_id)
            case HangUpLeg(leg_id=leg_id, cause=cause) | RejectLeg(leg_id=leg_id, cause=cause):
                self.leg_ends(leg_id, cause)
            case PlayPrompt(playback_id=playback_id) if playback_id not in self.played:
                self.played.append(playback_id)
            case SetMix(call_id=call_id, version=version):
                known = self.mixes.get(call_id)
                if known is None or known.version < version:
                    self.mixes[call_id] = command
                return ok(missing=[leg_id for leg_id in command.hears if leg_id not in self.legs])
            case _:
                pass
        return ok()

    def caller_leg(self, leg_id: LegId, call_id: CallId) -> None:
        """Not answered."""
        self.legs[leg_id] = LegSnapshot(
            leg_id=leg_id, call_id=call_id, kind=LegKind.SIP, purpose=LegPurpose.CALLER, agent_id=None, answered=False
        )

    def agent_leg(self, leg_id: LegId, agent_id: AgentId) -> None:
        self.legs[leg_id] = LegSnapshot(
            leg_id=leg_id, call_id=None, kind=LegKind.BROWSER, purpose=LegPurpose.AGENT, agent_id=agent_id, answered=True
        )

    def _up(self, leg_id: LegId) -> Answer:
        leg = self.legs.get(leg_id)
        if leg is None:
            return refused("no such leg", "leg_over")
        if not leg.answered:
            self.legs[leg_id] = LegSnapshot(
                leg_id=leg_id, call_id=leg.call_id, kind=leg.kind, purpose=leg.purpose, agent_id=None, answered=True
            )
            self.stream.append(LegAnswered(at=self.clock.at, call_id=CallId(leg.call_id or ""), leg_id=leg_id, codec="PCMU"))
        return ok()

    def leg_ends(self, leg_id: LegId, cause: EndCause) -> None:
        leg = self.legs.pop(leg_id, None)
        if leg is not None:
            self.stream.append(
                LegEnded(
                    at=self.clock.at,
                    leg_id=leg_id,
                    node_id=NodeId(NODE),
                    call_id=CallId(leg.call_id) if leg.call_id else None,
                    purpose=leg.purpose,
                    agent_id=leg.agent_id,
                    cause=cause,
                )
            )


@dataclass
class Plan:
    """The number plan, and whom to call back."""

    world: World

    async def find(self, called: str, trunk: str = "") -> NumberEntry | None:
        await self.world.point()
        return NumberEntry(number="1000", flow_id=FlowId("flow_demo")) if called == "1000" else None

    async def target(self, origin_call_id: CallId, call_id: CallId) -> CallbackTarget:
        await self.world.point()
        return CallbackTarget(number="+442079460180")


@dataclass
class Recognizers:
    """Which legs are heard; a leg that is heard for its call already is not heard twice (`asr/placement.py`)."""

    world: World
    heard: dict[StreamId, LegId] = field(default_factory=dict)

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, offset_ms: int = 0) -> StreamId:
        await self.world.point()
        stream = StreamId(f"stream_{call_id}_{leg_id}")
        self.heard[stream] = leg_id
        await self.world.point()
        return stream

    async def stop(self, stream_id: StreamId) -> None:
        await self.world.point()
        self.heard.pop(stream_id, None)
        await self.world.point()


@dataclass
class Watch:
    """Stands unless it is set."""

    at: float = 1000.0

    def now(self) -> float:
        return self.at

"""The IVR with everything around it in memory: a node that plays and reports, an ACD that takes work, a voice, a recognizer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from core.causes import EndCause
from core.commands import Answer, AnyCommand, EndCall, EndWork, EnqueueWork, PlayPrompt, StopPlayback
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallerIdentified,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    FlowStepped,
    PlaybackFinished,
    QueueMoved,
    SpeechHeard,
)
from core.ids import AgentId, CallId, CustomerId, FlowId, InteractionId, LegId, NodeId, QueueId, StreamId, WorkId
from core.model import LegKind
from core.partitions import ALL, calls_of
from core.ports import RenderedPrompt, Unavailable, ok, refused
from ivr.flow import Flow
from ivr.runner import FlowRunner
from ivr.sounds import HOLD_MUSIC
from ivr.state import LivingCall, SavedCall
from tests.peers.digits import opened, pressed
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until

CALL = CallId("call_1")
LEG = LegId("leg_1")
NODE = NodeId("node_1")
FLOW = FlowId("flow_test")


class LoopClock:
    """The event loop's time, as seconds since an epoch of its own."""

    def now(self) -> float:
        return 1_782_129_600.0 + asyncio.get_running_loop().time()


class Voice:
    """Speaks a text into a path that shows it."""

    def __init__(self) -> None:
        self.lost = False
        self.spoken: list[str] = []

    async def render(self, text: str, language: str = "en") -> RenderedPrompt:
        if self.lost:
            raise Unavailable("no voice is installed")
        self.spoken.append(text)
        return RenderedPrompt(path_8k=f"{language}/{text}", path_16k=f"{language}/16k/{text}", duration_ms=len(text) * 70)


class Recognizer:
    """Notes what it is asked to listen for."""

    def __init__(self) -> None:
        self.lost = False
        self.ready = asyncio.Event()
        self.ready.set()
        self.streams: dict[StreamId, tuple[str, ...]] = {}
        self._count = 0

    async def listen(self, call_id: CallId, leg_id: LegId, phrases: tuple[str, ...], language: str) -> StreamId:
        if self.lost:
            raise Unavailable("no recognizer is running")
        await self.ready.wait()
        self._count += 1
        stream_id = StreamId(f"stream_{self._count}")
        self.streams[stream_id] = phrases
        return stream_id

    async def stop(self, stream_id: StreamId) -> None:
        self.streams.pop(stream_id, None)


class Flows:
    """One published flow; `away` stands for a database that is down."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.away = False

    async def get(self, flow_id: FlowId, version: int | None = None) -> Flow | None:
        if self.away:
            raise Unavailable("the database is away")
        return self.flow if flow_id == self.flow.flow else None

    async def published(self) -> tuple[FlowId, ...]:
        return (FlowId(self.flow.flow),)


class Installation:
    """One call's world. Commands are noted and answered; the test says what happens next by events."""

    def __init__(self, flow: Flow, data_dir: Path) -> None:
        self.bus = MemoryBus()
        self.store = MemoryStore()
        self.voice = Voice()
        self.recognizer = Recognizer()
        self.flows = Flows(flow)
        self.data_dir = data_dir
        music = data_dir / HOLD_MUSIC
        music.parent.mkdir(parents=True)
        music.write_bytes(b"a company's own music")
        self.commands: list[AnyCommand] = []
        self.refuse: dict[type, tuple[str, str]] = {}
        """Reason and code, by command."""
        self.breaks: set[type] = set()
        """Commands whose sending is broken by a mistake."""
        self.runner = self._runner()
        self._tasks: list[asyncio.Task[None]] = []

    def _runner(self) -> FlowRunner:
        return FlowRunner(
            bus=self.bus,
            flows=self.flows,
            speaker=self.voice,
            listening=self.recognizer,
            store=self.store,
            clock=LoopClock(),
            data_dir=self.data_dir,
            open_digit=opened,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Installation]:
        self._tasks = [
            asyncio.create_task(self.bus.serve(addressee, self._answer), name=f"test:{addressee}")
            for addressee in (f"node:{NODE}", "acd", calls_of(CALL))
        ]
        self._tasks.append(asyncio.create_task(self._dispatch(), name="test:dispatch"))
        await self.runner.start()
        await self.runner.take(ALL)
        try:
            yield self
        finally:
            await self.runner.stop()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def restart(self, *living: LivingCall) -> None:
        """The process ends and another one begins with what was saved, and with the calls that live."""
        await self.runner.stop()
        self.runner = self._runner()
        await self.runner.start()
        await self.runner.take(ALL, living)

    async def _dispatch(self) -> None:
        async for _, event in self.bus.events("0"):
            await self.runner.handle(event)

    async def _answer(self, command: AnyCommand) -> Answer:
        self.commands.append(command)
        if type(command) in self.breaks:
            raise LookupError("a mistake")
        refusal = self.refuse.get(type(command))
        return refused(*refusal) if refusal is not None else ok()

    # ── what happens ──────────────────────────────────────────────────────────────────────────────────────────

    async def happens(self, event: AnyEvent) -> None:
        await self.bus.publish(event)

    async def call_starts(self, flow_id: FlowId = FLOW) -> None:
        await self.happens(
            CallStarted(
                at=0.0,
                call_id=CALL,
                leg_id=LEG,
                node_id=NODE,
                kind=LegKind.SIP,
                caller="+441632960001",
                called="1000",
                flow_id=flow_id,
            )
        )

    async def prompt_ends(self, outcome: str = "completed") -> None:
        playing = self.playing
        assert playing is not None
        await self.happens(PlaybackFinished(at=0.0, leg_id=LEG, call_id=CALL, playback_id=playing.playback_id, outcome=outcome))

    async def presses(self, digit: str, leg_id: LegId = LEG) -> None:
        await self.happens(pressed(digit, leg_id, CALL, at=LoopClock().now()))

    async def says(self, phrase: str, stream_id: StreamId) -> None:
        await self.happens(SpeechHeard(at=0.0, call_id=CALL, leg_id=LEG, stream_id=stream_id, phrase=phrase, confidence=0.9))

    async def is_known_as(self, name: str, **variables: str) -> None:
        await self.happens(
            CallerIdentified(
                at=0.0,
                call_id=CALL,
                customer_id=CustomerId("cust_1"),
                interaction_id=InteractionId("int_1"),
                is_new=False,
                name=name,
                variables=variables,
            )
        )

    async def queue_moves(self, *waiting: WorkId, expected_wait_s: float | None = None) -> None:
        await self.happens(QueueMoved(at=0.0, queue_id=QueueId("queue_orders"), waiting=waiting, expected_wait_s=expected_wait_s))

    async def is_handed_back(self) -> None:
        await self.happens(
            CallHandedBack(
                at=0.0,
                call_id=CALL,
                work_id=self.enqueued[-1].work_id,
                agent_id=AgentId("agent_mei"),
                queue_id=QueueId("queue_orders"),
            )
        )

    async def is_handed_on(self, work_id: WorkId, to_agent: AgentId | None = None) -> None:
        await self.happens(
            CallTransferred(
                at=0.0,
                call_id=CALL,
                work_id=self.enqueued[-1].work_id,
                agent_id=AgentId("agent_mei"),
                to_work_id=work_id,
                to_agent_id=to_agent,
                queue_id=QueueId("queue_other"),
            )
        )

    async def connects(self) -> None:
        await self.happens(
            CallConnected(
                at=0.0,
                call_id=CALL,
                work_id=self.enqueued[-1].work_id,
                agent_id=AgentId("agent_mei"),
                queue_id=QueueId("queue_orders"),
                customer_leg=LEG,
                agent_leg=LegId("leg_agent"),
                waited_s=1.0,
            )
        )

    async def call_ends(self, cause: EndCause = EndCause.CALLER_HUNG_UP) -> None:
        await self.happens(CallEnded(at=0.0, call_id=CALL, cause=cause, started_at=0.0))

    # ── what is seen ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def playing(self) -> PlayPrompt | None:
        media = [command for command in self.commands if isinstance(command, PlayPrompt | StopPlayback)]
        return media[-1] if media and isinstance(media[-1], PlayPrompt) else None

    @property
    def sound(self) -> str:
        """The files that play now, as one text."""
        return " ".join(file.removeprefix("en/") for file in self.playing.files) if self.playing else ""

    @property
    def enqueued(self) -> list[EnqueueWork]:
        return [command for command in self.commands if isinstance(command, EnqueueWork)]

    @property
    def left_queue(self) -> list[EndWork]:
        return [command for command in self.commands if isinstance(command, EndWork)]

    @property
    def hung_up(self) -> list[EndCall]:
        return [command for command in self.commands if isinstance(command, EndCall)]

    @property
    def saved(self) -> SavedCall:
        """What a restart would take up."""
        return msgspec.msgpack.decode(self.store.kinds["ivr"][CALL], type=SavedCall)

    @property
    def path(self) -> list[str]:
        return [entered.step for event in self.bus.of_type(FlowStepped) for entered in event.steps]

    async def ends(self, outcome: str) -> None:
        """Waits until the flow is over, and saved as over."""
        await self.sees(lambda: self.saved.state is not None and self.saved.state.outcome == outcome)

    async def hears(self, words: str) -> None:
        """Waits until this plays."""
        await self.sees(lambda: self.sound == words, lambda: f"plays {self.sound!r}, not {words!r}")

    async def sees(self, condition: Callable[[], Any], otherwise: Callable[[], str] = lambda: "it did not happen") -> None:
        try:
            await until(lambda: bool(condition()))
        except TimeoutError:
            raise AssertionError(otherwise()) from None

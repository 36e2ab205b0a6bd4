"""A small office that phones of other makers can call: the real node, real call control, the real IVR with a real voice.

Everything is in this process but the phones. The ACD is a stand-in that takes work and never has an agent: these tests are about
what happens between a phone and the IVR.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core.commands import Answer, AnyCommand, EnqueueWork
from core.events import FlowStep, FlowStepped, LegEnded, LegOffered
from core.ids import CallId, FlowId, LegId, StreamId
from core.model import Speaker
from core.partitions import ALL
from core.ports import CallbackTarget, NumberEntry, RenderedPrompt, Unavailable, ok
from ivr.load import DEMO_FLOW
from ivr.runner import FlowRunner
from ivr.sounds import HOLD_MUSIC, RINGING_TONE
from ivr.speech.engine import Flite
from ivr.speech.speaker import CachedSpeaker
from telephony.calls.control import CallControl
from telephony.calls.service import CallService
from telephony.engine_settings import SipEngineConfig, Trunk
from telephony.sip.engine import SipMediaEngine
from tests.peers.digits import opened
from tests.peers.file_flows import FileFlows
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_steps import MemorySteps
from tests.peers.memory_store import MemoryStore
from tests.peers.ports import free_port
from tests.peers.waiting import PATIENCE_S, until, until_told
from tests.telephony.node.running import UNHURRIED_S, RunningNode, WallClock, config_for

NUMBER = "1000"


class Numbers:
    """One number, which leads to the demo flow."""

    async def find(self, called: str, trunk: str = "") -> NumberEntry | None:
        return NumberEntry(number=NUMBER, flow_id=FlowId("flow_demo")) if called == NUMBER else None


class NobodyToCall:
    """No callback is promised here."""

    async def target(self, origin_call_id: CallId, call_id: CallId) -> CallbackTarget | None:
        return None


class NoRecognizer:
    """Nothing is transcribed and no phrase is heard: keys only."""

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, offset_ms: int = 0) -> StreamId:
        raise Unavailable("no recognizer")

    async def listen(self, call_id: CallId, leg_id: LegId, phrases: tuple[str, ...], language: str) -> StreamId:
        raise Unavailable("no recognizer")

    async def stop(self, stream_id: StreamId) -> None:
        raise AssertionError("nothing was started")


class Office:
    """Where to call, what was seen, and the sounds a caller should hear."""

    def __init__(self, node: RunningNode, sip_port: int, data_dir: Path, speaker: CachedSpeaker) -> None:
        self.node = node
        self.bus: MemoryBus = node.bus
        self.sip_port = sip_port
        self.data_dir = data_dir
        self.enqueued: list[EnqueueWork] = []
        self._speaker = speaker

    @property
    def uri(self) -> str:
        return f"sip:{NUMBER}@127.0.0.1:{self.sip_port}"

    @property
    def music(self) -> Path:
        return self.data_dir / HOLD_MUSIC

    async def spoken(self, text: str) -> Path:
        """The prompt of a text, at 8 kHz."""
        rendered: RenderedPrompt = await self._speaker.render(text, "en")
        return self.data_dir / rendered.path_8k

    async def is_empty(self) -> None:
        """Waits until every leg that came has ended."""

        async def nobody_left() -> bool:
            came, gone = self.bus.of_type(LegOffered), self.bus.of_type(LegEnded)
            return {leg.leg_id for leg in came} == {leg.leg_id for leg in gone}

        await until_told(nobody_left)

    async def enters(self, step: str, within_s: float = PATIENCE_S) -> FlowStep:
        """Waits until a call enters this step of the flow."""

        def entered() -> list[FlowStep]:
            return [each for event in self.bus.of_type(FlowStepped) for each in event.steps if each.step == step]

        await until(lambda: bool(entered()), within_s)
        return entered()[0]

    async def asked_for(self, queue: str) -> None:
        """Waits until the flow has asked the ACD for this queue: it does so after it has told of its step."""
        await until(lambda: [work.queue_id for work in self.enqueued] == [queue])

    async def take_work(self, command: AnyCommand) -> Answer:
        if isinstance(command, EnqueueWork):
            self.enqueued.append(command)
        return ok()


@asynccontextmanager
async def office(
    folder: Path, *, max_legs: int = 50, call_control: bool = True, claim_within_s: float = UNHURRIED_S
) -> AsyncIterator[Office]:
    """Without `call_control` nobody claims a call, as when the control plane is down."""
    sip_port = free_port()
    engine = SipEngineConfig(
        bind_host="127.0.0.1",
        sip_port=sip_port,
        first_rtp_port=32000,
        last_rtp_port=34000,
        max_legs=max_legs,
        trunks=(Trunk(name="phones", networks=("127.0.0.1",)),),
    )
    speaker = CachedSpeaker(folder, [Flite()])
    config = config_for(folder, claim_within_s=claim_within_s, max_legs=max_legs)
    async with RunningNode(lambda on_event: SipMediaEngine(engine, on_event), config) as node:
        place = Office(node, sip_port, folder, speaker)
        if not call_control:
            yield place
            return
        async with _staff(place, speaker):
            yield place
    await speaker.close()


@asynccontextmanager
async def _staff(place: Office, speaker: CachedSpeaker) -> AsyncIterator[None]:
    bus, store, clock = place.bus, MemoryStore(), WallClock()
    flows = FlowRunner(
        bus=bus,
        flows=FileFlows([DEMO_FLOW]),
        speaker=speaker,
        listening=NoRecognizer(),
        store=store,
        clock=clock,
        data_dir=place.data_dir,
        open_digit=opened,
    )
    calls = CallService(
        bus=bus,
        store=store,
        steps=MemorySteps(bus, store),
        numbers=Numbers(),
        callbacks=NobodyToCall(),
        transcribing=NoRecognizer(),
        clock=clock,
        control=CallControl(HOLD_MUSIC, RINGING_TONE),
    )

    async def dispatch() -> None:
        async for _, event in bus.events("0"):
            await calls.handle(event)
            await flows.handle(event)

    await calls.start()
    await calls.take(ALL)
    await flows.start()
    tasks = [
        asyncio.create_task(dispatch(), name="office:dispatch"),
        asyncio.create_task(bus.serve("acd", place.take_work), name="office:acd"),
    ]
    try:
        await flows.prepared()
        yield
    finally:
        await flows.stop()
        await calls.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

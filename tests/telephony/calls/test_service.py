"""The shell of call control on an in-process bus: commands reach the node in order, and a restart takes the calls back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest
from structlog.testing import capture_logs

from core.causes import EndCause
from core.commands import (
    Answer,
    AnswerLeg,
    AnyCommand,
    EndCall,
    HangUpLeg,
    ListLegs,
    SetMix,
    TalkWith,
)
from core.events import (
    CallConnected,
    CallEnded,
    CallStarted,
    LegAnswered,
    LegConnected,
    LegOffered,
    OfferAccepted,
    PartiesChanged,
)
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, OfferId, QueueId, StreamId, WorkId
from core.model import LegKind, LegPurpose, LegSnapshot, Speaker
from core.partitions import ALL, calls_of
from core.ports import CallbackTarget, NumberEntry, Unavailable, ok, refused
from telephony.calls.call import AgentLeg, Call, party_id
from telephony.calls.control import CallControl
from telephony.calls.saved import Kept, encoded, read_calls, read_kept
from telephony.calls.service import AGENT_LEG_KIND, CALL_KIND, CallService
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_steps import MemorySteps
from tests.peers.memory_store import MemoryStore
from tests.peers.waiting import until
from tests.telephony.calls.installation import done, stands

NODE = NodeId("node_1")
CALL = CallId("call_1")
CUSTOMER = LegId("leg_customer")
MEI = AgentId("agent_mei")
MEI_LEG = LegId("leg_mei")


class WallClock:
    broken = False
    """As no clock ever is: stands for whatever nobody expects to fail."""

    def now(self) -> float:
        if self.broken:
            raise OverflowError
        return time.time()


class Numbers:
    async def find(self, called: str, trunk: str = "") -> NumberEntry | None:
        return NumberEntry(number="1000", flow_id=FlowId("flow_demo")) if called == "1000" else None


class Book:
    """Who was promised a callback; `away` stands for an installation without its database."""

    def __init__(self) -> None:
        self.away = False

    async def target(self, origin_call_id: CallId, call_id: CallId) -> CallbackTarget | None:
        if self.away:
            raise Unavailable("no database")
        return CallbackTarget(number="+442079460180") if origin_call_id == CALL else None


class Recognizers:
    """Keeps which legs are heard; `away` stands for an installation without a model."""

    def __init__(self) -> None:
        self.heard: dict[StreamId, LegId] = {}
        self.away = False

    async def start(self, call_id: CallId, leg_id: LegId, speaker: Speaker, language: str, offset_ms: int = 0) -> StreamId:
        if self.away:
            raise Unavailable("no recognizer")
        stream = StreamId(f"stream_{leg_id}")
        self.heard[stream] = leg_id
        return stream

    async def stop(self, stream_id: StreamId) -> None:
        del self.heard[stream_id]


class Installation:
    """A call service with a node that agrees to everything, unless told otherwise."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.store = MemoryStore()
        self.steps = MemorySteps(self.bus, self.store)
        self.recognizers = Recognizers()
        self.book = Book()
        self.clock = WallClock()
        self.commands: list[AnyCommand] = []
        self.legs: list[LegSnapshot] = []
        self.refuses: dict[type, Answer] = {}
        self.control = CallControl("prompts/music.wav", "prompts/ringing.wav")
        self.service = self._service()
        self._tasks = [asyncio.create_task(self.bus.serve(f"node:{NODE}", self._node), name="fake-node")]

    def _service(self) -> CallService:
        return CallService(
            bus=self.bus,
            store=self.store,
            steps=self.steps,
            numbers=Numbers(),
            transcribing=self.recognizers,
            clock=self.clock,
            callbacks=self.book,
            control=self.control,
        )

    async def _node(self, command: AnyCommand) -> Answer:
        self.commands.append(command)
        if type(command) in self.refuses:
            return self.refuses[type(command)]
        return ok(legs=self.legs) if isinstance(command, ListLegs) else ok()

    async def restart(self) -> None:
        await self.service.stop()
        self.control = CallControl("prompts/music.wav", "prompts/ringing.wav")
        self.service = self._service()
        await self.service.start()
        await self.service.take(ALL)

    @property
    def saved(self) -> Kept:
        """What another process would find of the call."""
        kept = read_kept(self.store.kinds[CALL_KIND][CALL])
        assert isinstance(kept, Kept)
        return kept

    async def stop(self) -> None:
        await self.service.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def connect(self) -> None:
        now = time.time()
        await self.service.handle(LegConnected(at=now, leg_id=MEI_LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI))
        await self.service.handle(
            LegOffered(at=now, call_id=CALL, leg_id=CUSTOMER, node_id=NODE, kind=LegKind.SIP, caller="x", called="1000")
        )
        await until(lambda: AnswerLeg(leg_id=CUSTOMER) in self.commands)
        await self.service.handle(LegAnswered(at=now, call_id=CALL, leg_id=CUSTOMER, codec="PCMU"))
        await self.bus.wait_for(CallStarted)
        await self.service.handle(
            OfferAccepted(
                at=now,
                offer_id=OfferId("offer_1"),
                work_id=WorkId("work_1"),
                call_id=CALL,
                queue_id=QueueId("queue_billing"),
                agent_id=MEI,
                waited_s=1.0,
            )
        )
        await self.bus.wait_for(CallConnected)
        await until(lambda: any(isinstance(command, SetMix) for command in self.commands))


def snapshot(leg_id: LegId, purpose: LegPurpose) -> LegSnapshot:
    """As its node has it."""
    agent_id = MEI if purpose is LegPurpose.AGENT else None
    kind = LegKind.BROWSER if purpose is LegPurpose.AGENT else LegKind.SIP
    return LegSnapshot(leg_id=leg_id, call_id=CALL, kind=kind, purpose=purpose, agent_id=agent_id, answered=True)


@pytest.fixture
async def installation() -> AsyncIterator[Installation]:
    installation = Installation()
    await installation.service.start()
    await installation.service.take(ALL)
    yield installation
    await installation.stop()


async def test_commands_of_a_call_reach_the_node_in_order(installation: Installation) -> None:
    await installation.connect()
    assert [type(command) for command in installation.commands] == [AnswerLeg, SetMix]


async def test_ending_stops_recording_and_text_before_it_is_told(installation: Installation) -> None:
    await installation.connect()
    await until(lambda: len(installation.recognizers.heard) == 2)
    answer = await installation.bus.send(calls_of(CALL), EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
    assert answer.ok
    await installation.bus.wait_for(CallEnded, cause=EndCause.AGENT_HUNG_UP)
    assert [type(command) for command in installation.commands[2:]] == [HangUpLeg, SetMix]
    assert installation.recognizers.heard == {}
    again = await installation.bus.send(calls_of(CALL), EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
    assert (again.ok, again.reason) == (False, "this call is over")


async def test_what_nobody_expects_to_fail_keeps_no_call_from_its_end(installation: Installation) -> None:
    """It ended the task that does what the call decides: nobody was told of the end, and nothing came after it."""
    await installation.connect()
    await until(lambda: len(installation.recognizers.heard) == 2)
    installation.recognizers.heard.clear()  # to stop what is not there raises, here
    with capture_logs() as lines:
        await installation.bus.send(calls_of(CALL), EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
        ended = await installation.bus.wait_for(CallEnded)
    assert ended.cause is EndCause.AGENT_HUNG_UP
    assert {(line["event"], line["action"], line["call_id"]) for line in lines if line["log_level"] == "error"} == {
        ("action failed", "StopText", CALL)
    }


async def test_a_service_without_its_tasks_ends_its_process(installation: Installation) -> None:
    """One that runs on would never end a call in time."""
    running = asyncio.create_task(installation.service.run())
    await installation.connect()
    now = time.time()
    await installation.service.handle(LegConnected(at=now, leg_id=MEI_LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=MEI))
    installation.clock.broken = True
    with pytest.raises(OverflowError):
        await running


async def test_holding_is_told(installation: Installation) -> None:
    await installation.connect()
    assert (await installation.bus.send(calls_of(CALL), TalkWith(call_id=CALL, agent_id=MEI, party_ids=()))).ok
    told = await installation.bus.wait_for(PartiesChanged, version=installation.service.calls[CALL].mix_version)
    assert {party.role: party.state for party in told.parties} == {"customer": "held", "agent": "joined"}


@pytest.mark.parametrize(("code", "level"), [("leg_over", "info"), ("no_media", "warning")])
async def test_a_caller_who_has_just_left_is_no_reason_to_warn(installation: Installation, code: str, level: str) -> None:
    await installation.connect()
    installation.refuses[HangUpLeg] = refused("no such leg", code)
    with capture_logs() as lines:
        await installation.bus.send(calls_of(CALL), EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
        await installation.bus.wait_for(CallEnded)
    (line,) = [line for line in lines if line["event"] == "command_refused"]
    assert (line["log_level"], line["command"], line["call_id"]) == (level, "HangUpLeg", CALL)


async def test_without_recognizer_the_call_goes_on(installation: Installation) -> None:
    installation.recognizers.away = True
    await installation.connect()
    assert CALL in installation.service.calls


async def test_a_restarted_service_takes_its_calls_back(installation: Installation) -> None:
    await installation.connect()
    await until(lambda: len(installation.saved.streams) == 2)
    installation.legs = [snapshot(CUSTOMER, LegPurpose.CALLER), snapshot(MEI_LEG, LegPurpose.AGENT)]
    before = installation.service.calls
    done = len(installation.commands)
    await installation.restart()
    assert installation.service.calls == before
    await until(lambda: len(installation.commands) == done + 2)
    assert installation.commands[done:] == [ListLegs(), installation.commands[1]], "the node is told again what it knows"
    assert len(installation.recognizers.heard) == 2, "whoever is transcribed is not transcribed twice"
    await installation.bus.send(calls_of(CALL), EndCall(call_id=CALL, cause=EndCause.AGENT_HUNG_UP))
    await installation.bus.wait_for(CallEnded)
    await until(lambda: installation.recognizers.heard == {})
    assert read_calls(installation.store.kinds[CALL_KIND]) == ({}, {})


async def test_a_server_that_ended_before_it_had_the_agent_transcribed_does_it_after_its_restart(
    installation: Installation,
) -> None:
    """Killed between the two: the agent's words were missing for the rest of the call."""
    await installation.connect()
    await until(lambda: len(installation.saved.streams) == 2)
    kept = installation.saved
    without = Kept(call=kept.call, streams={leg: stream for leg, stream in kept.streams.items() if leg != MEI_LEG})
    await installation.service.stop()
    await installation.store.save(CALL_KIND, CALL, encoded(without))
    installation.recognizers.heard.pop(next(stream for stream, leg in installation.recognizers.heard.items() if leg == MEI_LEG))
    installation.legs = [snapshot(CUSTOMER, LegPurpose.CALLER), snapshot(MEI_LEG, LegPurpose.AGENT)]
    await installation.restart()
    await until(lambda: sorted(installation.recognizers.heard.values()) == sorted([CUSTOMER, MEI_LEG]))


async def test_a_start_asks_all_nodes_at_once(installation: Installation) -> None:
    """Each may be gone with its machine: none is waited for before the next is asked."""
    everybody_asked = asyncio.Barrier(3)

    async def answers_with_the_others(command: AnyCommand) -> Answer:
        assert command == ListLegs()
        await everybody_asked.wait()
        return ok(legs=[])

    await installation.service.stop()
    nodes = [NodeId(f"node_of_{number}") for number in range(3)]
    serving = [asyncio.create_task(installation.bus.serve(f"node:{node}", answers_with_the_others)) for node in nodes]
    for number, node in enumerate(nodes):
        leg = AgentLeg(agent_id=AgentId(f"agent_{number}"), leg_id=LegId(f"leg_{number}"), node_id=node)
        await installation.store.save(AGENT_LEG_KIND, leg.agent_id, msgspec.msgpack.encode(leg))
    await installation.restart()
    for task in serving:
        task.cancel()
    assert installation.store.kinds[AGENT_LEG_KIND] == {}, "every answer came in time: no node has a leg any more"


async def test_a_call_whose_state_cannot_be_read_ends_for_everybody_and_the_others_go_on(installation: Installation) -> None:
    await installation.connect()
    customer, lost = LegId("leg_lost"), CallId("call_lost")
    unreadable = msgspec.msgpack.encode({"call_id": lost, "node_id": NODE, "customer_leg": customer, "state": 7})
    await installation.store.save(CALL_KIND, lost, unreadable)
    installation.legs = []
    await installation.restart()
    assert HangUpLeg(leg_id=customer, cause=EndCause.SYSTEM_STOPPED) in installation.commands
    assert [event.call_id for event in installation.bus.of_type(CallEnded)][:1] == [lost]
    assert installation.store.aside[CALL_KIND] == {lost: unreadable}
    assert lost not in installation.store.kinds[CALL_KIND]


async def test_without_redis_a_call_goes_on_and_what_it_has_to_tell_is_told_afterwards(installation: Installation) -> None:
    await installation.connect()
    installation.store.away = True
    for parties in ((), (party_id("customer", CALL),), ()):
        wish = TalkWith(call_id=CALL, agent_id=MEI, party_ids=parties)
        installation.service.spread(done(installation.control.talk_with(wish, time.time())))
    assert stands(installation.service.calls[CALL]) == "held"
    assert stands(saved_call(installation)) == "talking"
    installation.store.away = False
    told = await installation.bus.wait_for(PartiesChanged, version=4)
    assert [event.version for event in installation.bus.of_type(PartiesChanged)] == [1, 2, 3, 4]
    assert told.parties == saved_call(installation).parties


def saved_call(installation: Installation) -> Call:
    call = installation.saved.call
    assert call is not None
    return call

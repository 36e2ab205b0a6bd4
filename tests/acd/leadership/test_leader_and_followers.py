"""Two candidates in one process: who follows is ready, who was overtaken is silent, and nothing that the leader knew is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from structlog.testing import capture_logs

from acd.engine.engine import Engine
from acd.leadership.journal import SNAPSHOT_EVERY_INPUTS
from acd.leadership.service import ADDRESSEE, AcdService
from core.causes import WorkEnd
from core.commands import AcceptOffer, AnyCommand, ConfigureAcd, EnqueueWork, SetAgentReachable, SetAgentState
from core.events import AnyEvent, CallStarted, NodeLost, OfferExpired, OfferMade, WorkEnded
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, OfferId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, LegKind, QueueConfig
from tests.acd.virtual_time import VirtualClock, in_virtual_time
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.waiting import until

QUEUE, MEI = QueueId("queue_billing"), AgentId("agent_mei")


class Pair:
    """`first` leads, `second` follows."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.ledger = MemoryLeadership(self.bus)
        self.clock = VirtualClock()
        self.first, self.second = self.candidate("first"), self.candidate("second")

    def candidate(self, owner: str) -> AcdService:
        return AcdService(self.bus, self.ledger.lease(owner), self.ledger, self.clock)

    async def opens(self) -> None:
        await self.first.start()
        await until(lambda: self.first.leads)
        await self.second.start()
        await self.asks(
            ConfigureAcd(queues=(QueueConfig(queue_id=QUEUE, name="Billing"),), agents=(AgentConfig(agent_id=MEI, name="Mei"),))
        )

    async def asks(self, command: AnyCommand) -> bool:
        return (await self.bus.send(ADDRESSEE, command)).ok

    async def signs_in(self) -> None:
        await self.asks(SetAgentReachable(agent_id=MEI, channel=Channel.CALL, reachable=True))
        await self.asks(SetAgentState(agent_id=MEI, state=AgentState.AVAILABLE))

    async def gets_call(self, number: int) -> None:
        work, call = WorkId(f"work_{number}"), CallId(f"call_{number}")
        await self.asks(EnqueueWork(work_id=work, call_id=call, channel=Channel.CALL, queue_id=QUEUE))

    async def second_takes_over(self) -> None:
        """The first one hears nothing of it, as if it were paused."""
        record = self.ledger.record
        assert await self.ledger.lease("second").take(record) is not None
        self.ledger.record = type(record)(record.token + 1, "")
        await until(lambda: self.second.leads, within_s=20)

    def published(self, event: AnyEvent) -> None:
        self.bus.add(event)


@asynccontextmanager
async def pair() -> AsyncIterator[Pair]:
    made = Pair()
    await made.opens()
    try:
        yield made
    finally:
        await made.first.stop()
        await made.second.stop()


def started(number: int) -> CallStarted:
    return CallStarted(
        at=1.0,
        call_id=CallId(f"call_{number}"),
        leg_id=LegId(f"leg_{number}"),
        node_id=NodeId("node_1"),
        kind=LegKind.SIP,
        caller="",
        called="100",
        flow_id=FlowId("flow_1"),
    )


@in_virtual_time
async def test_a_follower_shows_what_the_leader_shows() -> None:
    async with pair() as both:
        await both.signs_in()
        await both.gets_call(1)
        await both.second.fresh()
        assert (both.first.leads, both.second.leads) == (True, False)
        assert both.second.work_items() == both.first.work_items()
        assert both.second.agents() == both.first.agents()
        assert both.second.agent(MEI).state is AgentState.OFFERED


@in_virtual_time
async def test_a_follower_fires_no_timer_and_makes_no_offer_of_its_own() -> None:
    async with pair() as both:
        await both.signs_in()
        await both.gets_call(1)
        await asyncio.sleep(60)
        assert len(both.bus.of_type(OfferMade)) == 1


@in_virtual_time
async def test_who_stops_in_order_is_followed_at_once() -> None:
    async with pair() as both:
        await both.gets_call(1)
        await both.first.stop()
        await until(lambda: both.second.leads, within_s=0.5)
        await both.signs_in()
        assert both.second.agent(MEI).state is AgentState.OFFERED


@in_virtual_time
async def test_an_overtaken_leader_answers_nobody_and_takes_back_its_step() -> None:
    """It refuses from what it remembers; the new leader knows better."""
    async with pair() as both:
        await both.gets_call(1)
        await both.second_takes_over()
        assert await both.asks(SetAgentReachable(agent_id=MEI, channel=Channel.CALL, reachable=True))
        await until(lambda: both.first.lost == 1, within_s=5)
        assert not both.first.leads
        await both.signs_in()
        await both.first.fresh()
        assert both.first.agent(MEI) == both.second.agent(MEI)
        assert [offer.agent_id for offer in both.bus.of_type(OfferMade)] == [MEI]
        assert not await both.asks(AcceptOffer(offer_id=OfferId("offer_unknown"), agent_id=MEI))


@in_virtual_time
async def test_the_new_leader_knows_which_calls_a_lost_node_had() -> None:
    async with pair() as both:
        for number in (1, 2):
            both.published(started(number))
        await asyncio.sleep(2)  # noted
        both.published(started(3))
        for number in (1, 2, 3):
            await both.gets_call(number)
        await both.second_takes_over()
        both.published(NodeLost(at=both.clock.now(), node_id=NodeId("node_1"), reason="killed"))
        await asyncio.sleep(0.1)
        ended = sorted((end.work_id, end.cause) for end in both.bus.of_type(WorkEnded))
        assert ended == [(f"work_{number}", WorkEnd.NODE_LOST) for number in (1, 2, 3)]


@in_virtual_time
async def test_events_that_the_old_leader_had_handled_are_not_handled_again() -> None:
    async with pair() as both:
        both.published(started(1))
        await both.gets_call(1)
        both.published(NodeLost(at=both.clock.now(), node_id=NodeId("node_1"), reason="killed"))
        await asyncio.sleep(0.1)
        await both.second_takes_over()
        await asyncio.sleep(2)
        assert len(both.bus.of_type(WorkEnded)) == 1
        assert not both.second.refusals, "nothing came twice, nothing came late"


@in_virtual_time
async def test_what_the_store_forgot_in_a_power_cut_is_written_again_by_the_living_leader() -> None:
    async with pair() as both:
        await both.gets_call(1)
        await both.gets_call(2)
        both.ledger.lose_newest(1)
        with capture_logs() as logs:
            await both.gets_call(3)
        assert any("has lost steps" in entry["event"] for entry in logs)
        await both.second.fresh()
        assert [work.work_id for work in both.second.work_items()] == ["work_1", "work_2", "work_3"]


@in_virtual_time
async def test_a_mistake_in_the_engine_costs_one_input_and_leaves_no_half_step(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pair() as both:
        await both.gets_call(1)
        handle = Engine.handle

        def stumble(engine: Engine, message: AnyCommand | AnyEvent, now: float) -> list[AnyEvent]:
            handle(engine, message, now)
            raise KeyError("mistake")

        monkeypatch.setattr(Engine, "handle", stumble)
        both.published(started(1))
        both.published(NodeLost(at=both.clock.now(), node_id=NodeId("node_1"), reason="killed"))
        await asyncio.sleep(0.1)
        monkeypatch.undo()
        assert both.first.failures == 1
        await both.gets_call(2)
        assert [work.work_id for work in both.first.work_items()] == ["work_1", "work_2"]
        await both.second.fresh()
        assert both.second.work_items() == both.first.work_items()


@in_virtual_time
async def test_a_deadline_that_the_engine_cannot_meet_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with pair() as both:
        await both.signs_in()
        await both.gets_call(1)

        def stumble(engine: Engine, now: float) -> list[AnyEvent]:
            engine.registry.offers.clear()
            raise KeyError("mistake")

        monkeypatch.setattr(Engine, "handle_timer", stumble)
        await asyncio.sleep(30)
        await both.gets_call(2)
        assert [work.work_id for work in both.first.work_items()] == ["work_1", "work_2"]
        assert 1 <= both.first.failures < 10
        monkeypatch.undo()
        await both.bus.wait_for(OfferExpired, 10.0)


@in_virtual_time
async def test_a_follower_that_cannot_read_the_state_leaves_the_lead_to_those_who_can() -> None:
    """An update in progress: the stand-by runs another version than the leader."""
    async with pair() as both:
        await both.gets_call(1)
        both.ledger.written = msgspec.structs.replace(both.ledger.written, snapshot=b"\xc1 of another version")
        stranger = both.candidate("stranger")
        with capture_logs() as logs:
            await stranger.start()
            await both.gets_call(2)
        assert len([entry for entry in logs if "cannot be read" in entry["event"]]) == 1
        assert stranger.work_items() == ()
        await both.first.stop()
        await until(lambda: both.second.leads, within_s=5)
        assert not stranger.leads
        await asyncio.sleep(1)
        assert [work.work_id for work in stranger.work_items()] == ["work_1", "work_2"], "a state it can read was written since"
        await stranger.stop()


@in_virtual_time
async def test_a_large_state_is_not_written_after_every_few_inputs() -> None:
    async with pair() as both:
        for number in range(SNAPSHOT_EVERY_INPUTS + 10):
            await both.gets_call(number)
        first = both.ledger.written.snapshot_seq
        assert first > 0
        for number in range(SNAPSHOT_EVERY_INPUTS + 10):
            await both.gets_call(1000 + number)
        written = both.ledger.written
        assert written.snapshot is not None
        entries = await both.ledger.entries(written.snapshot_seq)
        assert sum(len(entry) for _, entry in entries) < len(written.snapshot) or len(entries) < SNAPSHOT_EVERY_INPUTS

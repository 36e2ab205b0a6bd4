"""The service between bus and store: commands answered, events published, and nothing lost or offered twice by a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from structlog.testing import capture_logs

from acd.leadership.journal import SNAPSHOT_EVERY_INPUTS
from acd.leadership.service import ADDRESSEE, AcdService
from core.causes import EndCause, WorkEnd
from core.commands import (
    AcceptOffer,
    Answer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EnqueueWork,
    SetAgentReachable,
    SetAgentState,
)
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallEnded,
    CallStarted,
    CallTransferred,
    LegAnswered,
    NodeLost,
    OfferAccepted,
    OfferExpired,
    OfferMade,
    PartyJoined,
    PartyLeft,
    WorkEnded,
    WorkEnqueued,
    WrapUpFinished,
)
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, OfferId, PartyId, QueueId, WorkId
from core.leadership import Fence, Step
from core.model import AgentConfig, AgentState, Channel, LegKind, Purpose, QueueConfig
from core.parties import Mode, Role
from core.ports import Unavailable
from tests.acd.virtual_time import VirtualClock, in_virtual_time
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_leadership import MemoryLeadership
from tests.peers.waiting import until

QUEUE = QueueId("queue_billing")
MEI, JON = AgentId("agent_mei"), AgentId("agent_jon")


class Installation:
    """A bus, a ledger, and the service that is running now."""

    def __init__(self, ledger: Callable[[MemoryBus], MemoryLeadership] = MemoryLeadership) -> None:
        self.bus = MemoryBus()
        self.store = ledger(self.bus)
        self.clock = VirtualClock()
        self._count = 0
        self.acd = self._service()

    def _service(self) -> AcdService:
        self._count += 1
        return AcdService(self.bus, self.store.lease(f"process-{self._count}"), self.store, self.clock)

    async def opens(self) -> None:
        await self.acd.start()
        queue = QueueConfig(queue_id=QUEUE, name="Billing")
        agents = tuple(AgentConfig(agent_id=agent_id, name=agent_id[6:].title()) for agent_id in (MEI, JON))
        await self.asks(ConfigureAcd(queues=(queue,), agents=agents))

    async def happens(self, event: AnyEvent) -> None:
        """Somebody publishes it, and the ACD has read it."""
        await self.bus.publish(event)
        await asyncio.sleep(0.01)

    async def asks(self, command: AnyCommand) -> Answer:
        return await self.bus.send(ADDRESSEE, command)

    async def signs_in(self, agent_id: AgentId) -> None:
        await self.asks(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))
        await self.asks(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))
        await asyncio.sleep(1)

    async def gets_call(self, number: int = 1) -> Answer:
        work, call = WorkId(f"work_{number}"), CallId(f"call_{number}")
        return await self.asks(EnqueueWork(work_id=work, call_id=call, channel=Channel.CALL, queue_id=QUEUE))

    async def answers(self, agent_id: AgentId, number: int = 1) -> None:
        offer = next(offer for offer in reversed(self.bus.of_type(OfferMade)) if offer.work_id == f"work_{number}")
        assert offer.agent_id == agent_id
        assert (await self.asks(AcceptOffer(offer_id=offer.offer_id, agent_id=agent_id))).ok
        await self.happens(self.connection(agent_id, number))

    def connection(self, agent_id: AgentId, number: int = 1) -> CallConnected:
        return CallConnected(
            at=self.clock.now(),
            call_id=CallId(f"call_{number}"),
            work_id=WorkId(f"work_{number}"),
            agent_id=agent_id,
            queue_id=QUEUE,
            customer_leg=LegId("leg_c"),
            agent_leg=LegId("leg_a"),
            waited_s=1.0,
        )

    def hang_up(self, number: int = 1, cause: EndCause = EndCause.CALLER_HUNG_UP) -> CallEnded:
        return CallEnded(at=self.clock.now(), call_id=CallId(f"call_{number}"), cause=cause, started_at=self.clock.now())

    def state(self, agent_id: AgentId) -> AgentState:
        return self.acd.agent(agent_id).state

    def picture(self) -> tuple[object, ...]:
        """Everything but what grows by itself."""
        agents = [msgspec.structs.replace(agent, occupancy=None) for agent in self.acd.agents()]
        return self.acd.queues(), agents, self.acd.work_items()

    async def crashes_and_restarts(self) -> None:
        """The old process gets no chance to say goodbye."""
        for task in [task for task in asyncio.all_tasks() if task.get_name().startswith("acd-")]:
            task.cancel()
        self.acd = self._service()
        await self.acd.start()
        await until(lambda: self.acd.leads, within_s=20)

    async def restarts(self) -> None:
        await self.acd.stop()
        self.acd = self._service()
        await self.acd.start()
        await until(lambda: self.acd.leads, within_s=20)


@asynccontextmanager
async def open_installation() -> AsyncIterator[Installation]:
    installation = Installation()
    await installation.opens()
    try:
        yield installation
    finally:
        await installation.acd.stop()


@in_virtual_time
async def test_a_call_from_arrival_to_the_end_of_its_wrap_up() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        assert (await installation.gets_call()).ok
        assert installation.state(MEI) is AgentState.OFFERED
        await asyncio.sleep(4)
        await installation.answers(MEI)
        assert installation.state(MEI) is AgentState.BUSY
        await asyncio.sleep(100)
        await installation.happens(installation.hang_up())
        assert installation.state(MEI) is AgentState.WRAP_UP
        await asyncio.sleep(30)
        finished = WrapUpFinished(
            at=installation.clock.now(), call_id=CallId("call_1"), work_id=WorkId("work_1"), agent_id=MEI, disposition="solved"
        )
        await installation.happens(finished)
        assert installation.state(MEI) is AgentState.AVAILABLE
        (end,) = installation.bus.of_type(WorkEnded)
        assert (end.cause, end.agent_id, round(end.waited_s), round(end.handled_s)) == (WorkEnd.SERVED, MEI, 4, 130)
        order = [
            type(event)
            for event in installation.bus.published
            if isinstance(event, WorkEnqueued | OfferMade | OfferAccepted | WorkEnded)
        ]
        assert order == [WorkEnqueued, OfferMade, OfferAccepted, WorkEnded]
        queue = installation.acd.queue(QUEUE)
        assert (queue.offered, queue.answered, queue.abandoned, queue.service_level) == (1, 1, 0, 1.0)
        assert installation.acd.agent(MEI).handled_today == 1


@in_virtual_time
async def test_deadlines_fire_by_themselves() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        expired = await installation.bus.wait_for(OfferExpired, 25.0)
        assert expired.at == pytest.approx(installation.bus.of_type(OfferMade)[0].expires_at, abs=0.01)
        assert installation.state(MEI) is AgentState.AWAY


@in_virtual_time
async def test_caller_who_leaves_the_line_is_abandoned_and_rings_nowhere() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        await asyncio.sleep(10)
        await installation.happens(installation.hang_up())
        assert installation.bus.of_type(WorkEnded)[0].cause is WorkEnd.ABANDONED
        assert installation.state(MEI) is AgentState.AVAILABLE
        assert installation.acd.work_items() == ()


@in_virtual_time
async def test_call_that_ended_before_its_work_arrived_never_waits() -> None:
    """The caller hangs up while the flow's request is on its way: no agent may be rung for silence."""
    async with open_installation() as installation:
        await installation.happens(installation.hang_up())
        answer = await installation.gets_call()
        assert (answer.ok, answer.reason) == (False, "the call is over")


@in_virtual_time
async def test_wrong_or_late_clicks_are_answered_with_the_reason() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        offer_id = installation.bus.of_type(OfferMade)[0].offer_id
        wrong = await installation.asks(AcceptOffer(offer_id=offer_id, agent_id=JON))
        assert (wrong.ok, wrong.reason) == (False, "this offer is over")
        await asyncio.sleep(21)
        late = await installation.asks(AcceptOffer(offer_id=offer_id, agent_id=MEI))
        assert (late.ok, late.reason) == (False, "this offer is over")
        assert installation.acd.refusals["offer_over"] == 2


@in_virtual_time
async def test_what_was_due_happens_before_a_click_that_was_held_up() -> None:
    """One order of events for everybody: the ring ended, then the click came."""
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        offer = installation.bus.of_type(OfferMade)[0]
        await asyncio.sleep(18)
        installation.store.away = True
        other = asyncio.create_task(installation.happens(installation.hang_up(2)))
        await asyncio.sleep(1)
        click = asyncio.create_task(
            installation.bus.send(ADDRESSEE, AcceptOffer(offer_id=offer.offer_id, agent_id=MEI), timeout_s=60.0)
        )
        await asyncio.sleep(10)
        installation.store.away = False
        await other
        assert (await click).reason == "this offer is over"
        assert installation.bus.of_type(OfferExpired)[0].offer_id == offer.offer_id


@in_virtual_time
async def test_repeated_commands_are_answered_yes_and_change_nothing() -> None:
    async with open_installation() as installation:
        await installation.gets_call()
        before = len(installation.bus.published)
        assert (await installation.gets_call()).ok
        assert (await installation.asks(SetAgentState(agent_id=MEI, state=AgentState.SIGNED_OUT))).ok
        assert len(installation.bus.published) == before


@in_virtual_time
async def test_events_that_are_late_unknown_or_not_its_business_change_nothing() -> None:
    async with open_installation() as installation:
        before = installation.store.written.seq
        await installation.happens(installation.connection(MEI, number=99))
        await installation.happens(LegAnswered(at=installation.clock.now(), call_id=None, leg_id=LegId("leg_1"), codec="PCMU"))
        await installation.happens(NodeLost(at=installation.clock.now(), node_id=NodeId("node_1"), reason="killed"))
        assert installation.store.written.seq == before
        assert installation.acd.refusals["late_connection"] == 1


@in_virtual_time
async def test_a_colleague_joins_and_has_the_conversation_as_call_control_says() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        await installation.answers(MEI)
        await installation.signs_in(JON)
        call, asked = CallId("call_1"), WorkId("work_2")
        wish = EnqueueWork(
            work_id=asked,
            call_id=call,
            channel=Channel.CALL,
            queue_id=QUEUE,
            purpose=Purpose.CONSULTATION,
            asked_by=MEI,
            only_agent=JON,
        )
        assert (await installation.asks(wish)).ok
        again = await installation.asks(msgspec.structs.replace(wish, work_id=WorkId("work_3")))
        assert (again.result["code"], again.reason) == ("agent_not_available", "being offered other work")
        offer = installation.bus.of_type(OfferMade)[-1]
        await installation.asks(AcceptOffer(offer_id=offer.offer_id, agent_id=JON))
        now = installation.clock.now()
        listener = PartyJoined(at=now, call_id=call, party_id=PartyId("party_s"), role=Role.SUPERVISOR, mode=Mode.LISTEN)
        await installation.happens(listener)
        colleague = msgspec.structs.replace(listener, role=Role.CONSULTANT, mode=Mode.TALK, agent_id=JON, work_id=asked)
        await installation.happens(colleague)
        await asyncio.sleep(30)
        left = CallTransferred(
            at=now,
            call_id=call,
            work_id=WorkId("work_1"),
            agent_id=MEI,
            to_work_id=asked,
            to_agent_id=JON,
            queue_id=QUEUE,
        )
        for _ in range(2):  # told at least once
            await installation.happens(left)
        assert (installation.state(MEI), installation.state(JON)) == (AgentState.WRAP_UP, AgentState.BUSY)
        await installation.restarts()
        gone = PartyLeft(at=now, call_id=call, party_id=PartyId("party_c"), role=Role.CONSULTANT, cause=EndCause.AGENT_HUNG_UP)
        await installation.happens(msgspec.structs.replace(gone, work_id=asked))
        assert installation.state(JON) is AgentState.BUSY
        assert installation.acd.refusals["not_a_consultation"] == 1
        assert "not_for_the_acd" not in installation.acd.refusals, "supervisors are none of its business"


@in_virtual_time
async def test_lost_node_frees_its_agents_and_clears_its_callers() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        for number in (1, 2):
            await installation.happens(
                CallStarted(
                    at=installation.clock.now(),
                    call_id=CallId(f"call_{number}"),
                    leg_id=LegId(f"leg_{number}"),
                    node_id=NodeId("node_1"),
                    kind=LegKind.SIP,
                    caller="",
                    called="100",
                    flow_id=FlowId("flow_1"),
                )
            )
            await installation.gets_call(number)
        await installation.answers(MEI, 1)
        await installation.happens(NodeLost(at=installation.clock.now(), node_id=NodeId("node_1"), reason="killed"))
        assert installation.state(MEI) is AgentState.WRAP_UP
        assert [(end.work_id, end.cause) for end in installation.bus.of_type(WorkEnded)] == [("work_2", WorkEnd.NODE_LOST)]
        await asyncio.sleep(61)
        assert installation.state(MEI) is AgentState.AVAILABLE
        assert installation.bus.of_type(WorkEnded)[1].cause is WorkEnd.NODE_LOST


@pytest.mark.parametrize("how", [Installation.restarts, Installation.crashes_and_restarts])
@in_virtual_time
async def test_after_a_restart_everybody_is_where_they_were(how: Callable[[Installation], Awaitable[None]]) -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.signs_in(JON)
        await installation.gets_call(1)
        await installation.answers(MEI, 1)
        await installation.gets_call(2)
        await installation.gets_call(3)
        ringing = installation.bus.of_type(OfferMade)[-1]
        before = installation.picture()
        await how(installation)
        assert installation.picture() == before
        assert installation.state(MEI) is AgentState.BUSY
        assert installation.acd.work(WorkId("work_2")).offers[0].expires_at == ringing.expires_at
        await installation.bus.wait_for(OfferExpired, 25.0, offer_id=ringing.offer_id)
        await installation.happens(installation.hang_up(1))
        assert installation.state(MEI) is AgentState.WRAP_UP


class DyingLedger(MemoryLeadership):
    """The process dies when a step with the chosen event is about to be written, or just after."""

    def __init__(self, bus: MemoryBus) -> None:
        super().__init__(bus)
        self.at: type[AnyEvent] | None = None
        self.after_writing = False

    async def append(self, fence: Fence, step: Step) -> None:
        dies = self.at is not None and any(isinstance(event, self.at) for event in step.events)
        if dies and not self.after_writing:
            raise asyncio.CancelledError
        await super().append(fence, step)
        if dies:
            raise asyncio.CancelledError


@pytest.mark.parametrize("after_writing", [False, True])
@pytest.mark.parametrize("kind", [WorkEnqueued, OfferMade, AgentStateChanged])
@in_virtual_time
async def test_crash_between_deciding_and_publishing_loses_nothing_and_offers_nothing_twice(
    kind: type[AnyEvent], after_writing: bool
) -> None:
    """freeswitch#1674, opensips#2920."""
    installation = Installation(DyingLedger)
    ledger = installation.store
    assert isinstance(ledger, DyingLedger)
    await installation.opens()
    await installation.signs_in(MEI)
    await installation.signs_in(JON)
    ledger.at, ledger.after_writing = kind, after_writing
    request = asyncio.create_task(installation.gets_call())
    await asyncio.sleep(1)
    ledger.at = None
    await installation.crashes_and_restarts()
    assert (await request).ok
    offers = [(offer.offer_id, offer.agent_id) for offer in installation.bus.of_type(OfferMade)]
    assert [agent_id for _, agent_id in offers] == [MEI], "one offer, and said once"
    assert [event.work_id for event in installation.bus.of_type(WorkEnqueued)] == ["work_1"]
    assert installation.state(MEI) is AgentState.OFFERED
    assert installation.state(JON) is AgentState.AVAILABLE
    await installation.acd.stop()


@in_virtual_time
async def test_store_away_for_half_a_minute_delays_and_loses_nothing() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        installation.store.away = True
        request = asyncio.create_task(
            installation.bus.send(
                ADDRESSEE,
                EnqueueWork(work_id=WorkId("work_1"), call_id=CallId("call_1"), channel=Channel.CALL, queue_id=QUEUE),
                timeout_s=60.0,
            )
        )
        await asyncio.sleep(30)
        assert installation.bus.of_type(OfferMade) == [], "nothing is announced that could not be written down"
        installation.store.away = False
        assert (await request).ok
        assert len(installation.bus.of_type(OfferMade)) == 1


@in_virtual_time
async def test_what_falls_due_while_everything_is_away_happens_when_it_is_back() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        await installation.gets_call()
        installation.bus.go_away()
        await asyncio.sleep(30)
        assert installation.bus.of_type(OfferExpired) == []
        await installation.bus.come_back()
        await installation.bus.wait_for(OfferExpired, 5.0)
        await installation.happens(installation.hang_up())
        assert installation.bus.of_type(WorkEnded)[0].cause is WorkEnd.ABANDONED
        assert installation.state(MEI) is AgentState.AWAY


@in_virtual_time
async def test_stopping_without_a_store_does_not_hang() -> None:
    installation = Installation()
    await installation.opens()
    installation.store.away = True
    await installation.acd.stop()
    with pytest.raises(Unavailable):
        await installation.store.load()


@in_virtual_time
async def test_a_long_day_survives_many_snapshots() -> None:
    async with open_installation() as installation:
        await installation.signs_in(MEI)
        for number in range(SNAPSHOT_EVERY_INPUTS):
            await installation.gets_call(number)
            await installation.happens(installation.hang_up(number))
        before = installation.picture()
        await installation.crashes_and_restarts()
        assert installation.picture() == before
        assert installation.acd.queue(QUEUE).offered == SNAPSHOT_EVERY_INPUTS


@in_virtual_time
async def test_state_of_another_version_is_given_up_with_a_word() -> None:
    async with open_installation() as installation:
        await installation.gets_call()
        await installation.acd.stop()
        installation.store.written = msgspec.structs.replace(installation.store.written, snapshot=b"\xc1 not a snapshot")
        with capture_logs() as logs:
            await installation.crashes_and_restarts()
        assert any("cannot be read" in entry["event"] for entry in logs)
        assert installation.acd.work_items() == ()


@in_virtual_time
async def test_log_lines_carry_ids_and_no_words_of_people() -> None:
    async with open_installation() as installation:
        with capture_logs() as logs:
            await installation.asks(DeclineOffer(offer_id=OfferId("offer_9"), agent_id=MEI, reason="I know this man"))
        (entry,) = [entry for entry in logs if entry["event"] == "command refused"]
        assert entry["offer_id"] == "offer_9"
        assert "I know this man" not in str(entry)

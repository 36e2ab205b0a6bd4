"""One thing that cannot be shown takes nothing else from the screens, and never ends the live view."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import msgspec
import pytest

from acd.views.agent import AgentView, Standing, standing
from acd.views.numbers import NumbersView
from acd.views.queue import PlaceView, QueueView, queue_view
from acd.views.watch import QueueWatch, watch_view
from acd.views.work import WorkView
from core.commands import EnqueueWork
from core.events import AgentStateChanged, CallStarted, OfferMade
from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, OfferId, QueueId, UserId, WorkId
from core.model import AgentState, Channel, Decision, LegKind, Strategy
from customers.model import CallRecord, Customer
from customers.screen_pop import Pop
from server.fleet import Fleet
from server.live import hub as hub_module
from server.live import messages as live
from server.live.guarded import FORGOTTEN_AFTER_S, Guard, GuardedAcd
from server.live.hub import LiveHub
from server.live.view import LiveView
from server.living import Saved
from server.presence.reports import DeskReports
from server.rights import Permission
from server.schemas import Me, Missing
from tests.acd.contact_center import ContactCenter
from tests.peers.memory_bus import MemoryBus
from tests.peers.memory_dead_letters import MemoryDeadLetters
from tests.peers.waiting import until
from tests.server.live.test_work_items import ViewsOf

SUPERVISOR = Me(
    user_id=UserId("ada"),
    username="ada",
    name="Ada",
    role="supervisor",
    agent_id=None,
    language="en",
    permissions=tuple(Permission),
)
CALL = CallId("call_1")


class Brittle(ViewsOf):
    """The real engine's views; those of what is in `broken` fail, as a mistake in a view does."""

    def __init__(self, center: ContactCenter) -> None:
        super().__init__(center)
        self.center = center
        self.broken: set[str] = set()

    def agent_ids(self) -> Collection[AgentId]:
        return self.center.engine.registry.agents.keys()

    def queue_ids(self) -> Collection[QueueId]:
        return self.center.engine.registry.queues.keys()

    def work_ids(self) -> Collection[WorkId]:
        return self.center.engine.registry.work_items.keys()

    def agent(self, agent_id: AgentId) -> AgentView:
        self._check(agent_id)
        return super().agent(agent_id)

    def standing(self, agent_id: AgentId) -> Standing:
        self._check(agent_id)
        return standing(self.center.engine.registry, agent_id)

    def queue(self, queue_id: QueueId) -> QueueView:
        self._check(queue_id)
        return queue_view(self.center.engine.registry, queue_id, self.center.now)

    def work(self, work_id: WorkId) -> WorkView:
        self._check(work_id)
        return super().work(work_id)

    def watch(self, queue_id: QueueId) -> QueueWatch:
        self._check(queue_id)
        return watch_view(self.center.engine.registry, queue_id, self.center.now)

    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
        self._check(queue_id)
        return super().line(queue_id, most)

    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView:
        self._check("numbers")
        return super().numbers(queues)

    def _check(self, name: str) -> None:
        if name in self.broken:
            raise KeyError(WorkId("work_that_has_ended"))


class Customers:
    """No history; asking for a screen-pop fails when `broken`."""

    broken = False

    async def pop(self, call_id: CallId) -> Pop | None:
        if self.broken:
            raise ValueError("year 20261 is out of range")
        return None

    async def call_record(self, call_id: CallId) -> CallRecord | None:
        return None

    async def customer(self, customer_id: CustomerId) -> Customer | None:
        return None


class Newcomer:
    """Came to the company after the process has started."""

    name = "Noor Haddad"


class Users:
    async def get(self, user_id: UserId) -> Newcomer | None:
        return Newcomer() if user_id == "user_noor" else None


class Center:
    """A contact center with two queues, two agents and somebody waiting in each queue, and its live view."""

    def __init__(self) -> None:
        self.center = ContactCenter()
        self.lines = [self.center.queue("billing"), self.center.queue("sales")]
        self.people = [self.center.agent("mei"), self.center.agent("jonas")]
        self.work = [WorkId("work_a"), WorkId("work_b")]
        for line, work_id in zip(self.lines, self.work, strict=True):
            command = EnqueueWork(work_id=work_id, call_id=None, channel=Channel.CHAT, queue_id=line.queue_id)
            self.center.does(command)
        self.acd = Brittle(self.center)
        self.guard = Guard(lambda: self.center.now)
        self.view = LiveView(GuardedAcd(self.acd, self.guard), self.guard)
        self.customers, self.letters = Customers(), MemoryDeadLetters()
        self.hub = LiveHub(
            self.view,
            self.customers,
            Fleet(),
            MemoryBus(),
            self,
            letters=self.letters,
            reports=DeskReports(MemoryBus(), self),
            users=Users(),
        )

    def now(self) -> float:
        """Its clock is the center's."""
        return self.center.now

    def snapshot(self) -> live.Snapshot:
        _, first = self.hub.connect(SUPERVISOR, None, None)
        return msgspec.json.decode(first[-1], type=live.Snapshot)


@pytest.fixture
def place() -> Center:
    return Center()


@asynccontextmanager
async def running(place: Center, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Task[None]]:
    monkeypatch.setattr(hub_module, "REFRESH_EVERY_S", 0.01)
    task = asyncio.create_task(place.hub.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_what_cannot_be_shown_is_named_and_everything_else_is_there(place: Center) -> None:
    first = place.snapshot()
    assert first.missing == ()
    place.acd.broken = {"queue_billing", "agent_mei", "numbers"}
    shown = place.snapshot()
    assert [queue.queue_id for queue in shown.queues] == ["queue_sales"]
    assert [agent.agent_id for agent in shown.agents] == ["agent_jonas"]
    assert set(shown.missing) == {
        Missing(kind="queue", id="queue_billing"),
        Missing(kind="agent", id="agent_mei"),
        Missing(kind="numbers", id=""),
    }
    place.acd.broken = set()
    assert place.snapshot().missing == ()


async def test_a_line_that_cannot_be_shown_does_not_end_the_live_view(place: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ended piece of work stayed in its line: the view raised, and every start of the control server ended there."""
    await place.hub.start(Saved({}, {}), place.acd.work_items())
    assert {line.queue_id for line in place.snapshot().lines} == {"queue_billing", "queue_sales"}
    place.acd.broken = {"queue_billing"}
    listener, _ = place.hub.connect(SUPERVISOR, None, None)
    async with running(place, monkeypatch) as task:
        await until(lambda: len(place.letters.letters) == 2)
        told = [msgspec.json.decode(listener.queue.get_nowait() or b"{}") for _ in range(listener.queue.qsize())]
        assert not task.done()
    assert {"kind": "line", "id": "queue_billing"} in [part for message in told for part in message.get("missing", ())]
    assert {(letter.stage, letter.kind, letter.ids.get(f"{letter.kind}_id")) for letter in place.letters.letters} == {
        ("show", "queue", "queue_billing"),
        ("show", "line", "queue_billing"),
    }


async def test_a_start_with_something_that_cannot_be_shown_shows_the_rest(place: Center) -> None:
    place.acd.broken = {"work_a", "queue_billing"}
    guarded = GuardedAcd(place.acd, place.guard)
    await place.hub.start(Saved({}, {}), guarded.work_items())
    shown = place.snapshot()
    assert [work.work_id for work in shown.work_items] == ["work_b"]
    assert Missing(kind="work", id="work_a") in shown.missing


def test_colleagues_are_shown_but_for_the_one_who_cannot_be(place: Center) -> None:
    guarded = GuardedAcd(place.acd, place.guard)
    everybody = [one.agent_id for one in guarded.standings()]
    place.acd.broken = {everybody[0]}
    assert [one.agent_id for one in guarded.standings()] == everybody[1:]


async def test_a_screen_pop_that_cannot_be_made_does_not_keep_the_offer_from_its_agent(place: Center) -> None:
    """One customer whose history held a time beyond every calendar could not be reached for ever."""
    place.customers.broken = True
    await place.hub.handle(
        CallStarted(
            at=place.center.now,
            call_id=CALL,
            leg_id=LegId("leg_1"),
            node_id=NodeId("node_1"),
            kind=LegKind.SIP,
            caller="+442079460018",
            called="1000",
            flow_id=FlowId("welcome"),
        )
    )
    offer = OfferMade(
        at=place.center.now,
        offer_id=OfferId("offer_1"),
        work_id=WorkId("work_c"),
        call_id=CALL,
        queue_id=QueueId("billing"),
        agent_id=AgentId("mei"),
        expires_at=place.center.now + 20,
        decision=Decision(strategy=Strategy.LONGEST_IDLE, candidates=(), summary="longest idle"),
    )
    await place.hub.handle(offer)
    shown = place.snapshot()
    assert [offer.offer_id for offer in shown.offers] == ["offer_1"]
    assert shown.missing == (Missing(kind="pop", id=CALL),)


async def test_a_call_that_cannot_be_encoded_leaves_the_others_on_the_screen(place: Center) -> None:
    await place.hub.start(Saved({}, {}), place.acd.work_items())
    for number, name in enumerate(("Dana", "half a \ud800 pair")):
        place.view.handle(
            CallStarted(
                at=place.center.now,
                call_id=CallId(f"call_{number}"),
                leg_id=LegId("leg_1"),
                node_id=NodeId("node_1"),
                kind=LegKind.SIP,
                caller="",
                called="1000",
                display_name=name,
                flow_id=FlowId("welcome"),
            ),
            place.center.now,
        )
    shown = place.snapshot()
    assert [call.customer_name for call in shown.calls] == ["Dana"]
    assert Missing(kind="call", id="call_1") in shown.missing


def test_what_fails_no_more_because_it_is_gone_is_forgotten_after_a_minute() -> None:
    now = [0.0]
    guard = Guard(lambda: now[0])
    guard.fails(Missing(kind="call", id="call_1"), ValueError())
    now[0] = FORGOTTEN_AFTER_S + 1
    assert guard.missing == ()


async def test_who_came_to_the_company_later_is_named_all_the_same(place: Center) -> None:
    for by in ("user_noor", "user_gone", "user_noor"):
        await place.hub.handle(AgentStateChanged(at=1, agent_id=AgentId("agent_mei"), state=AgentState.AWAY, since=1, by=by))
    names = place.view.queues.names
    assert (names["user_noor"], names["user_gone"]) == ("Noor Haddad", "")

"""The waiting line on the board, with the real engine behind it: what screens were told is what the ACD holds."""

from __future__ import annotations

from collections.abc import Collection

from acd.views.agent import AgentView, agent_view, unreachable_view
from acd.views.numbers import NumbersView, numbers_view
from acd.views.queue import PlaceView, QueueView, line_view, queue_view
from acd.views.work import WorkView, work_view
from core.causes import EndCause
from core.commands import EnqueueWork, WithdrawWork
from core.events import AnyEvent, CallStarted, WorkEnqueued
from core.ids import AgentId, CallId, FlowId, LegId, NodeId, QueueId, WorkId
from core.model import Channel, LegKind
from server.live import messages as live
from server.live.change import Change
from server.live.view import LiveView
from server.sight import Sight
from tests.acd.contact_center import ContactCenter


class ViewsOf:
    """What `AcdService` shows, of an engine in virtual time."""

    def __init__(self, center: ContactCenter) -> None:
        self._center = center

    def agents(self) -> tuple[AgentView, ...]:
        return tuple(map(self.agent, self._center.engine.registry.agents))

    def agent(self, agent_id: AgentId) -> AgentView:
        return agent_view(self._center.engine.registry, agent_id, self._center.now)

    def queues(self) -> tuple[QueueView, ...]:
        registry = self._center.engine.registry
        return tuple(queue_view(registry, queue_id, self._center.now) for queue_id in registry.queues)

    def work_items(self) -> tuple[WorkView, ...]:
        return tuple(map(self.work, self._center.engine.registry.work_items))

    def work(self, work_id: WorkId) -> WorkView:
        return work_view(self._center.engine.registry, work_id)

    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
        return line_view(self._center.engine.registry, queue_id, most)

    def unreachable(self) -> dict[AgentId, dict[Channel, str]]:
        return unreachable_view(self._center.engine.registry)

    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView:
        return numbers_view(self._center.engine.registry, self._center.now, queues)


class Board:
    """A live view that hears everything that the engine says."""

    def __init__(self, center: ContactCenter) -> None:
        self.center = center
        self.view = LiveView(ViewsOf(center))
        self._heard = 0

    def hears(self) -> list[Change]:
        """Everything that happened since the last time."""
        news, self._heard = self.center.events[self._heard :], len(self.center.events)
        return self.receive(*news)

    def receive(self, *events: AnyEvent) -> list[Change]:
        return [change for event in events for change in self.view.handle(event, event.at).changes]


def caller_with(center: ContactCenter, call_id: CallId, name: str) -> CallStarted:
    return CallStarted(
        at=center.now,
        call_id=call_id,
        leg_id=LegId("leg"),
        node_id=NodeId("node"),
        kind=LegKind.SIP,
        caller="+442079460180",
        called="1000",
        display_name=name,
        flow_id=FlowId("flow"),
    )


def for_agent(changes: list[Change], agent_id: AgentId) -> list[live.Message]:
    return [change.message for change in changes if change.agents is None or agent_id in change.agents]


def test_everybody_in_line_is_listed_in_order_with_what_is_asked_for() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3})
    board = Board(center)
    first, second = billing.gets(), billing.gets(priority=5.0)
    center.passes(2)
    board.hears()
    work_items, line = board.view.work_items.shown, board.view.work_items.lines[billing.queue_id]
    assert [place.work_id for place in line.places] == [second.work_id, first.work_id]
    assert [(need.skill, need.level) for need in work_items[first.work_id].requirements] == [("billing", 3)]
    assert (work_items[second.work_id].priority, work_items[second.work_id].state) == (5.0, "waiting")


def test_a_caller_s_name_stands_in_the_line() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    board = Board(center)
    ana = billing.gets()
    assert ana.call_id is not None
    board.receive(caller_with(center, ana.call_id, "Ana Souza"))
    board.hears()
    assert board.view.work_items.shown[ana.work_id].customer_name == "Ana Souza"


def test_work_without_a_call_is_named_as_soon_as_its_customer_is_known() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    board = Board(center)
    work_id = WorkId("work_ticket")
    center.does(EnqueueWork(work_id=work_id, call_id=None, channel=Channel.TICKET, queue_id=billing.queue_id))
    board.hears()
    (change,) = board.view.work_items.named(work_id, "Bo Lindqvist")
    assert isinstance(change.message, live.WorkMessage)
    assert (change.message.work.customer_name, change.message.work.channel) == ("Bo Lindqvist", Channel.TICKET)
    assert board.view.work_items.named(work_id, "Bo Lindqvist") == []


def test_whoever_it_rings_at_sees_the_work_with_the_decision_and_loses_sight_of_it_when_it_goes_on() -> None:
    center = ContactCenter()
    billing = center.queue("billing", ring_s=20)
    mei, jonas = center.free_agent("mei"), center.free_agent("jonas")
    board = Board(center)
    ana = billing.gets()
    told = for_agent(board.hears(), mei.agent_id)
    shown = [message.work for message in told if isinstance(message, live.WorkMessage)]
    assert shown[-1].decision is not None
    assert "longest idle" in shown[-1].decision.summary
    assert board.view.work_items.seen_by(Sight(agent_id=mei.agent_id)) == (shown[-1],)
    mei.declines(ana)
    changes = board.hears()
    assert live.WorkRemoved(work_id=ana.work_id) in for_agent(changes, mei.agent_id)
    assert live.WorkRemoved(work_id=ana.work_id) not in for_agent(changes, jonas.agent_id)
    assert board.view.work_items.seen_by(Sight(agent_id=mei.agent_id)) == ()
    assert [work.work_id for work in board.view.work_items.seen_by(Sight(agent_id=jonas.agent_id))] == [ana.work_id]


def test_who_promised_a_callback_sees_it_while_it_waits_for_its_time() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jonas = center.free_agent("mei"), center.free_agent("jonas")
    board = Board(center)
    work_id = WorkId("work_callback")
    center.does(
        EnqueueWork(
            work_id=work_id,
            call_id=None,
            channel=Channel.CALLBACK,
            queue_id=billing.queue_id,
            preferred_agent=mei.agent_id,
            not_before=center.now + 3600,
        )
    )
    changes = board.hears()
    assert [message.work.state for message in for_agent(changes, mei.agent_id) if isinstance(message, live.WorkMessage)] == [
        "scheduled"
    ]
    assert not any(isinstance(message, live.WorkMessage) for message in for_agent(changes, jonas.agent_id))
    assert [work.work_id for work in board.view.work_items.seen_by(Sight(agent_id=mei.agent_id))] == [work_id]
    center.does(WithdrawWork(work_id=work_id, reason="mended", by="user_mei"))
    assert live.WorkRemoved(work_id=work_id) in for_agent(board.hears(), mei.agent_id)


def test_the_decision_stays_with_the_work_through_talk_and_wrap_up_until_its_end() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("mei")
    board = Board(center)
    ana = billing.gets()
    mei.answers(ana)
    board.hears()
    assert board.view.work_items.shown[ana.work_id].state == "active"
    ana.hangs_up()
    board.hears()
    work = board.view.work_items.shown[ana.work_id]
    assert (work.state, work.agent_id, work.decision is not None) == ("wrap_up", mei.agent_id, True)
    mei.writes_up(ana)
    assert live.WorkRemoved(work_id=ana.work_id) in for_agent(board.hears(), mei.agent_id)
    assert board.view.work_items.shown == {}


def test_who_left_is_no_longer_listed() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    board = Board(center)
    ana, bo = billing.gets(), billing.gets()
    ana.hangs_up(EndCause.CALLER_ABANDONED)
    center.passes(2)
    board.hears()
    assert list(board.view.work_items.shown) == [bo.work_id]
    assert [place.work_id for place in board.view.work_items.lines[billing.queue_id].places] == [bo.work_id]


def test_after_a_restart_the_board_is_as_it_was() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 2})
    center.free_agent("mei", {"billing": 4})
    board = Board(center)
    for _ in range(3):
        billing.gets()
    center.passes(2)
    board.hears()
    center.restarts()
    again = Board(center)
    again.view.work_items.restore()
    assert again.view.work_items.shown == board.view.work_items.shown
    assert again.view.work_items.lines == board.view.work_items.lines


def test_news_of_work_that_is_already_over_shows_nothing() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    board = Board(center)
    late = WorkEnqueued(
        at=center.now,
        work_id=WorkId("work_gone"),
        call_id=None,
        channel=Channel.CALL,
        queue_id=billing.queue_id,
        customer_id=None,
        priority=0,
        position=1,
    )
    assert board.receive(late) == []

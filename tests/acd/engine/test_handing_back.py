"""An agent leaves in mid-conversation: the customer is first in line again, keeps the wait, and is never lost."""

from __future__ import annotations

import pytest

from acd.model.refusals import Refused
from core.causes import WorkEnd
from core.events import CallHandedBack, WorkEnded, WorkHandedBack
from core.ids import AgentId, CallId
from core.model import AgentState, Channel
from tests.acd.contact_center import Contact, ContactCenter, Line, Person, connected, step


class Scene:
    """Dana talked to Mei for five minutes after one minute of waiting; Ana came meanwhile; Jon serves orders."""

    def __init__(self, **queue: float) -> None:
        self.center = ContactCenter()
        self.orders: Line = self.center.queue("orders", **queue)  # type: ignore[arg-type]
        self.dana: Contact = self.orders.gets(customer="cust_dana")
        self.center.passes(60)
        self.mei: Person = self.center.free_agent("Mei")
        self.mei.answers(self.dana)
        self.center.passes(240)
        self.ana: Contact = self.orders.gets()
        self.center.passes(60)


def test_the_customer_is_first_in_the_same_queue_and_the_agent_is_gone() -> None:
    scene = Scene()
    assert scene.ana.place() == 1
    scene.mei.leaves(scene.dana)
    assert (scene.dana.place(), scene.ana.place()) == (1, 2)
    assert scene.dana.view().queue_id == scene.orders.queue_id
    assert scene.mei.state() is AgentState.SIGNED_OUT
    jon = scene.center.free_agent("Jon")
    assert scene.orders.offers(scene.dana, to=jon)


def test_the_time_in_conversation_is_no_waiting() -> None:
    scene = Scene()
    scene.mei.leaves(scene.dana)
    scene.center.passes(30)
    jon = scene.center.free_agent("Jon")
    jon.answers(scene.dana)
    scene.center.passes(20)
    scene.dana.hangs_up()
    jon.writes_up(scene.dana)
    (ended,) = scene.center.of_type(WorkEnded)
    assert (ended.agent_id, ended.cause) == (jon.agent_id, WorkEnd.SERVED)
    assert ended.waited_s == pytest.approx(60 + 30 + 2, abs=1), "one minute before, half a minute after"


def test_it_is_another_stay_in_the_record_and_each_conversation_counts_for_its_agent() -> None:
    scene = Scene()
    before = scene.orders.view()
    scene.mei.leaves(scene.dana)
    (back,) = scene.center.of_type(WorkHandedBack)
    assert back.record is not None
    assert (back.record.cause, back.record.agent_id, back.record.stay) == (WorkEnd.HANDED_BACK, scene.mei.agent_id, 0)
    assert back.talk_s == pytest.approx(300, abs=2)
    view = scene.orders.view()
    assert (view.offered, view.waiting) == (before.offered + 1, before.waiting + 1)
    assert scene.mei.view().handled_today == 1
    scene.center.passes(10)
    scene.dana.hangs_up()
    (ended,) = scene.center.of_type(WorkEnded)
    assert ended.record is not None
    assert (ended.record.cause, ended.record.stay, ended.record.agent_id) == (WorkEnd.ABANDONED, 1, None)
    assert ended.record.waited_s == pytest.approx(70, abs=2)


def test_a_long_conversation_does_not_make_the_steps_of_the_wait_due() -> None:
    center = ContactCenter()
    office = center.queue("office")
    orders = center.queue("orders", steps=(step(120, overflow_to=office),))
    mei = center.free_agent("Mei", only=(orders,))
    jon = center.free_agent("Jon", only=(orders,))
    dana = orders.gets()
    first, second = (mei, jon) if orders.offers(dana, to=mei) else (jon, mei)
    second.becomes(AgentState.AWAY)
    first.answers(dana)
    center.passes(600)
    second.becomes(AgentState.AVAILABLE)
    busy = orders.gets()
    second.answers(busy)
    first.leaves(dana)
    center.passes(60)
    assert dana.view().queue_id == orders.queue_id
    center.passes(61)
    assert dana.view().queue_id == office.queue_id


def test_the_longest_wait_begins_anew() -> None:
    scene = Scene(max_wait_s=120)
    scene.mei.leaves(scene.dana)
    scene.center.passes(119)
    assert scene.dana.place() == 1
    scene.center.passes(2)
    assert [ended.cause for ended in scene.dana.ends] == [WorkEnd.TIMED_OUT]


def test_who_left_and_is_back_at_once_is_not_asked_for_a_minute() -> None:
    scene = Scene()
    scene.mei.leaves(scene.dana)
    scene.mei.becomes(AgentState.AVAILABLE)
    assert scene.orders.offers(scene.ana, to=scene.mei)
    assert scene.dana.ringing() is None


def test_accepted_and_not_connected_goes_back_as_if_nothing_had_been() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    mei = center.free_agent("Mei")
    dana = orders.gets()
    mei.accepts(dana)
    mei.leaves(dana)
    assert dana.place() == 1
    assert mei.state() is AgentState.SIGNED_OUT
    assert center.of_type(WorkHandedBack) == []


def test_a_callback_whose_customer_is_on_the_line_is_a_call_from_now_on() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    dana = orders.gets(Channel.CALLBACK, customer="cust_dana")
    mei = center.free_agent("Mei")
    mei.accepts(dana)
    call_id = dana.view().call_id
    assert call_id is not None
    center.does(connected(Contact(center, dana.work_id, call_id), mei))
    center.passes(30)
    mei.leaves(dana, call_id)
    view = dana.view()
    assert (view.channel, view.call_id, view.position) == (Channel.CALL, call_id, 1)
    jon = center.free_agent("Jon")
    jon.answers(Contact(center, dana.work_id, call_id))
    assert jon.state() is AgentState.BUSY


def test_what_is_not_in_this_agents_hands_is_left_alone() -> None:
    scene = Scene()
    for agent_id in (AgentId("agent_Jon"), AgentId("agent_nobody")):
        with pytest.raises(Refused):
            _hands_back(scene, agent_id)
    scene.dana.hangs_up()
    with pytest.raises(Refused):
        _hands_back(scene, scene.mei.agent_id)


def test_heard_twice_it_changes_nothing_and_a_restart_keeps_it() -> None:
    scene = Scene()
    scene.mei.leaves(scene.dana)
    with pytest.raises(Refused):
        _hands_back(scene, scene.mei.agent_id)
    scene.center.restarts()
    assert scene.dana.place() == 1
    jon = scene.center.free_agent("Jon")
    with pytest.raises(Refused):
        _hands_back(scene, scene.mei.agent_id)
    assert scene.orders.offers(scene.dana, to=jon)


def _hands_back(scene: Scene, agent_id: AgentId) -> None:
    call_id = scene.dana.call_id or CallId("")
    scene.center.does(
        CallHandedBack(
            at=scene.center.now,
            call_id=call_id,
            work_id=scene.dana.work_id,
            agent_id=agent_id,
            queue_id=scene.orders.queue_id,
        )
    )

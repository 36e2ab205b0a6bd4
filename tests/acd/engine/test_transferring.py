"""An agent hands a conversation on: to a colleague who was asked, to one by name, to a queue. Nobody waits anew or is held."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acd.engine.offers import CONNECT_LIMIT_S, NO_ANSWER, SKIP_S
from acd.model.refusals import Refused, Repeated
from core.causes import EndCause, WorkEnd
from core.commands import EnqueueWork
from core.events import WorkEnqueued
from core.ids import WorkId
from core.model import AgentState, Channel, Purpose
from tests.acd.contact_center import Contact, ContactCenter, party_left, step
from tests.acd.engine.handed_on import Scene, cause_of, record_of

# ── at once, without asking ───────────────────────────────────────────────────────────────────────────────────────


def test_to_a_queue_the_customer_keeps_the_place_and_who_left_is_in_wrap_up() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    early = scene.billing.gets()
    waits = scene.transferred(line=scene.billing)
    view = waits.view()
    assert (view.purpose, view.continues, view.queue_id) == (Purpose.TRANSFER, scene.dana.work_id, scene.billing.queue_id)
    assert (view.customer_id, view.extra_priority) == ("cust_dana", 2.0)
    assert (waits.place(), early.place()) == (1, 2)
    assert scene.mei.state() is AgentState.WRAP_UP
    scene.mei.writes_up(scene.dana)
    assert cause_of(scene.dana) is WorkEnd.TRANSFERRED
    scene.jon.becomes(AgentState.AVAILABLE)
    scene.jon.answers(waits)
    scene.center.passes(10)
    waits.hangs_up()
    assert (scene.jon.state(), scene.mei.state()) == (AgentState.WRAP_UP, AgentState.AVAILABLE)


def test_who_has_the_conversation_stays_with_it_until_call_control_says_so() -> None:
    scene = Scene()
    waits = scene.mei.transfers(scene.dana, line=scene.billing)
    assert (scene.mei.state(), scene.dana.view().state.value) == (AgentState.BUSY, "active")
    assert scene.billing.offers(waits, to=scene.jon)
    scene.mei.has_left(scene.dana, with_=waits)
    assert scene.billing.offers(waits, to=scene.jon), "it rings on"


def test_without_time_for_wrap_up_who_left_is_free_at_once() -> None:
    scene = Scene(wrap_up_s=0)
    scene.transferred(line=scene.billing)
    assert cause_of(scene.dana) is WorkEnd.TRANSFERRED
    assert scene.mei.state() is AgentState.AVAILABLE


def test_by_name_it_rings_at_that_one_alone_though_others_are_free() -> None:
    scene = Scene()
    waits = scene.transferred(to=scene.jon)
    assert [made.agent_id for made in waits.rings_at()] == [scene.jon.agent_id]
    assert waits.view().only_agent == scene.jon.agent_id
    scene.eva.becomes(AgentState.AVAILABLE)
    assert [made.agent_id for made in waits.rings_at()] == [scene.jon.agent_id]
    scene.jon.answers(waits)
    assert scene.jon.state() is AgentState.BUSY
    scene.jon.leaves(waits)
    assert scene.orders.offers(waits, to=scene.eva), "handed back it is anybody's"


FAILS: dict[str, Callable[[Scene, Contact], object]] = {
    "declined": lambda scene, waits: scene.jon.declines(waits),
    "not answered": lambda scene, waits: scene.center.passes(20),
    "microphone lost": lambda scene, waits: scene.jon.loses_audio(),
    "signs out": lambda scene, waits: scene.jon.becomes(AgentState.SIGNED_OUT),
    "not employed any more": lambda scene, waits: scene.center.dismiss(scene.jon),
}


@pytest.mark.parametrize("what", FAILS)
def test_when_that_one_does_not_take_it_everybody_of_its_queue_may(what: str) -> None:
    scene = Scene()
    ana = scene.orders.gets()
    waits = scene.transferred(to=scene.jon)
    FAILS[what](scene, waits)
    assert (waits.place(), ana.place()) == (1, 2)
    assert waits.view().only_agent is None
    scene.eva.becomes(AgentState.AVAILABLE)
    assert scene.orders.offers(waits, to=scene.eva)
    if what == "not answered":
        assert (scene.jon.state(), scene.jon.view().reason) == (AgentState.AWAY, NO_ANSWER)


def test_accepted_and_not_connected_it_goes_to_its_queue() -> None:
    scene = Scene()
    scene.eva.becomes(AgentState.AVAILABLE)
    waits = scene.transferred(to=scene.jon)
    scene.jon.accepts(waits)
    scene.center.passes(CONNECT_LIMIT_S)
    assert scene.orders.offers(waits, to=scene.eva)


def test_it_does_not_come_back_to_who_left_for_a_minute() -> None:
    scene = Scene(last_agent_days=7.0)
    waits = scene.transferred(to=scene.jon)
    scene.jon.declines(waits)
    scene.mei.writes_up(scene.dana)
    ana = scene.orders.gets()
    assert scene.orders.offers(ana, to=scene.mei)
    assert waits.ringing() is None
    assert waits.view().preferred_agent is None
    ana.hangs_up()
    scene.center.passes(SKIP_S)
    assert scene.orders.offers(waits, to=scene.mei), "better than nobody"


def test_what_the_flow_asked_for_holds_in_the_same_queue_only() -> None:
    center = ContactCenter()
    orders, billing = center.queue("orders"), center.queue("billing")
    mei = center.free_agent("Mei", {"chinese": 3})
    dana = orders.gets(asks={"chinese": 3})
    mei.answers(dana)
    here = mei.transfers(dana, line=orders)
    assert [need.skill for need in here.view().requirements] == ["chinese"]
    here.is_withdrawn()
    there = mei.transfers(dana, line=billing)
    assert there.view().requirements == ()


def test_the_longest_wait_begins_anew_and_steps_go_by_the_time_waited() -> None:
    center = ContactCenter()
    office = center.queue("office")
    orders = center.queue("orders")
    billing = center.queue("billing", max_wait_s=300, steps=(step(90, overflow_to=office), step(95, overflow_to=orders)))
    dana = orders.gets()
    center.passes(60)
    mei = center.free_agent("Mei", only=(orders,))
    mei.answers(dana)
    center.passes(600)
    waits = mei.transfers(dana, line=billing)
    mei.has_left(dana, with_=waits)
    center.passes(28)
    assert waits.view().queue_id == billing.queue_id, "60 + 1 s before, 28 s after: the conversation was no waiting"
    center.passes(2)
    assert waits.view().queue_id == office.queue_id
    center.passes(3600)
    assert cause_of(waits) is WorkEnd.TIMED_OUT


def test_the_rules_do_not_send_it_back_into_the_queue_it_came_from() -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    billing = center.queue("billing", steps=(step(5, overflow_to=orders),))
    mei = center.free_agent("Mei", only=(orders,))
    dana = orders.gets()
    mei.answers(dana)
    waits = mei.transfers(dana, line=billing)
    mei.has_left(dana, with_=waits)
    center.passes(30)
    assert waits.view().queue_id == billing.queue_id


def test_handed_back_before_it_was_transferred_there_is_one_line() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    waits = scene.mei.transfers(scene.dana, line=scene.billing)
    scene.mei.leaves(scene.dana)
    assert cause_of(waits) is WorkEnd.WITHDRAWN
    assert scene.dana.place() == 1


def test_a_second_transfer_while_one_waits_is_refused_and_after_it_ended_the_flow_may_queue_again() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    waits = scene.mei.transfers(scene.dana, line=scene.billing)
    with pytest.raises(Refused) as refusal:
        scene.mei.transfers(scene.dana, line=scene.orders)
    assert refusal.value.code == "call_has_work"
    scene.mei.has_left(scene.dana, with_=waits)
    assert scene.mei.state() is AgentState.WRAP_UP
    waits.is_withdrawn()
    again = Contact(scene.center, WorkId("work_again"), scene.dana.call_id)
    scene.center.does(
        EnqueueWork(work_id=again.work_id, call_id=again.call_id, channel=Channel.CALL, queue_id=scene.billing.queue_id)
    )
    assert again.place() == 1


# ── to the colleague who was asked ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("conferenced", [False, True])
def test_who_was_asked_has_the_customer_and_writes_it_up_later(conferenced: bool) -> None:
    scene = Scene()
    asked = scene.handed_over(conferenced=conferenced)
    assert (scene.mei.state(), scene.jon.state()) == (AgentState.WRAP_UP, AgentState.BUSY)
    assert asked.view().purpose is Purpose.TRANSFER
    scene.mei.writes_up(scene.dana)
    assert cause_of(scene.dana) is (WorkEnd.CONFERENCED if conferenced else WorkEnd.TRANSFERRED)
    scene.center.passes(100)
    asked.hangs_up()
    assert scene.jon.state() is AgentState.WRAP_UP
    scene.center.passes(10)
    scene.jon.writes_up(asked)
    (ended,) = asked.ends
    assert (ended.cause, ended.agent_id, ended.purpose) == (WorkEnd.SERVED, scene.jon.agent_id, Purpose.TRANSFER)
    assert (ended.talk_s, ended.handled_s) == pytest.approx((100, 110)), "what the two said before is no conversation of a queue"


def test_that_one_is_remembered_and_a_callback_that_waited_is_over() -> None:
    scene = Scene(last_agent_days=7.0)
    wanted = scene.billing.gets(Channel.CALLBACK, customer="cust_dana")
    scene.jon.declines(wanted)
    asked = scene.mei.consults(scene.dana, with_=scene.jon, line=scene.billing)
    scene.jon.helps(asked)
    assert not wanted.ends, "nobody has served the customer yet"
    scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
    assert cause_of(wanted) is WorkEnd.CALLED_AGAIN
    asked.hangs_up()
    again = scene.billing.gets(customer="cust_dana")
    assert again.view().preferred_agent == scene.jon.agent_id


def test_who_leaves_before_the_answer_leaves_a_transfer_that_still_rings_and_falls_back() -> None:
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    offer = asked.rings
    scene.center.passes(5)
    scene.mei.has_left(scene.dana, with_=asked)
    assert (asked.rings, asked.place(), asked.view().purpose) == (offer, 1, Purpose.TRANSFER)
    assert [event.purpose for event in scene.center.of_type(WorkEnqueued) if event.work_id == asked.work_id] == [
        Purpose.CONSULTATION,
        Purpose.TRANSFER,
    ]
    with pytest.raises(Refused):
        scene.center.does(party_left(asked, EndCause.AGENT_DECLINED))
    scene.jon.declines(asked)
    scene.eva.becomes(AgentState.AVAILABLE)
    assert scene.orders.offers(asked, to=scene.eva)
    scene.eva.answers(asked)
    scene.center.passes(20)
    asked.hangs_up()
    scene.eva.writes_up(asked)
    assert record_of(asked).agent_id == scene.eva.agent_id


def test_what_a_colleague_holds_is_shown_in_the_order_of_arrival() -> None:
    scene = Scene()
    chats = scene.billing.gets(Channel.CHAT)
    scene.jon.accepts(chats)
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    assert scene.jon.view().work == (chats.work_id, asked.work_id)
    scene.mei.has_left(scene.dana, with_=asked)
    assert scene.jon.view().work == (asked.work_id, chats.work_id), "Dana came before the chat"
    before = scene.center.engine.snapshot()
    scene.center.restarts()
    assert scene.center.engine.snapshot() == before


def test_left_while_a_queue_is_asked_the_customer_waits_there_with_the_old_place() -> None:
    scene = Scene()
    scene.jon.becomes(AgentState.AWAY)
    early = scene.billing.gets()
    asked = scene.mei.consults(scene.dana, line=scene.billing)
    assert (early.place(), asked.place()) == (1, None)
    scene.mei.has_left(scene.dana, with_=asked)
    assert (asked.place(), early.place()) == (1, 2)
    assert scene.billing.view().waiting == 2
    scene.jon.becomes(AgentState.AVAILABLE)
    assert scene.billing.offers(asked, to=scene.jon)
    scene.jon.answers(asked)
    assert scene.billing.view().waiting == 1


def test_the_queues_that_the_asking_went_through_are_not_entered_again() -> None:
    center = ContactCenter()
    office = center.queue("office", steps=(step(0, asks={}),))
    billing = center.queue("billing", steps=(step(5, overflow_to=office),))
    office = center.queue("office", steps=(step(5, overflow_to=billing),))
    orders = center.queue("orders")
    mei = center.free_agent("Mei", only=(orders,))
    dana = orders.gets()
    mei.answers(dana)
    asked = mei.consults(dana, line=billing)
    center.passes(6)
    assert asked.view().queue_id == office.queue_id
    mei.has_left(dana, with_=asked)
    center.passes(60)
    assert asked.view().queue_id == office.queue_id


def test_accepted_in_the_moment_of_leaving_it_is_connected_or_waits() -> None:
    for connects in (True, False):
        scene = Scene()
        asked = scene.mei.consults(scene.dana, with_=scene.jon)
        scene.jon.accepts(asked)
        scene.mei.has_left(scene.dana, with_=asked)
        assert (scene.orders.view().waiting, scene.jon.state()) == (0, AgentState.BUSY)
        if connects:
            asked.is_connected_to(scene.jon)
            asked.hangs_up()
            assert scene.jon.state() is AgentState.WRAP_UP
        else:
            scene.center.passes(CONNECT_LIMIT_S)
            assert (asked.place(), scene.orders.view().waiting) == (1, 1)


def test_that_the_colleague_is_there_may_be_told_after_the_handing_over() -> None:
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    scene.jon.accepts(asked)
    scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
    assert (scene.jon.state(), asked.view().state.value) == (AgentState.BUSY, "active")
    with pytest.raises(Repeated):
        scene.jon.joins(asked)


def test_somebody_has_the_customer_so_whoever_handed_on_has_left_be_it_told_or_not() -> None:
    scene = Scene()
    waits = scene.mei.transfers(scene.dana, to=scene.jon)
    scene.jon.answers(waits)
    assert (scene.mei.state(), scene.jon.state()) == (AgentState.WRAP_UP, AgentState.BUSY)
    with pytest.raises(Repeated):
        scene.mei.has_left(scene.dana, with_=waits)


def test_of_two_things_to_go_on_with_the_one_that_call_control_names_is_it() -> None:
    scene = Scene()
    scene.eva.becomes(AgentState.AWAY)
    waits = scene.mei.transfers(scene.dana, line=scene.orders)
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    scene.mei.has_left(scene.dana, with_=asked)
    assert cause_of(waits) is WorkEnd.WITHDRAWN
    assert asked.place() == 1

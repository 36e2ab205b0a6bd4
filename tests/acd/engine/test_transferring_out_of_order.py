"""Handing on is told late, twice, by the wrong one, or when what was to go on has just ended: whoever left is free."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acd.engine.offers import CONNECT_LIMIT_S
from acd.model.refusals import Refused, Repeated
from core.causes import WorkEnd
from core.ids import CallId, WorkId
from core.model import AgentState, Channel
from tests.acd.contact_center import Contact, ContactCenter, call_transferred
from tests.acd.engine.handed_on import Scene, cause_of


def test_told_twice_it_changes_nothing() -> None:
    scene = Scene()
    asked = scene.handed_over()
    for _ in range(2):
        with pytest.raises(Repeated):
            scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
        scene.center.restarts()
    scene.mei.writes_up(scene.dana)
    with pytest.raises(Repeated):
        scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)


WRONG: dict[str, Callable[[Scene], object]] = {
    "work that is not known": lambda scene: scene.mei.has_left(
        Contact(scene.center, WorkId("work_none"), CallId("call_none")), with_=scene.dana
    ),
    "by somebody else": lambda scene: scene.jon.has_left(scene.dana, with_=scene.dana),
    "with itself": lambda scene: scene.mei.has_left(scene.dana, with_=scene.dana),
    "with another call's work": lambda scene: scene.mei.has_left(scene.dana, with_=scene.orders.gets()),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_is_refused(what: str) -> None:
    scene = Scene()
    with pytest.raises(Refused):
        WRONG[what](scene)
    assert scene.mei.state() in {AgentState.BUSY, AgentState.WRAP_UP}


def test_of_a_conversation_that_is_over_it_is_too_late() -> None:
    scene = Scene()
    waits = scene.mei.transfers(scene.dana, line=scene.billing)
    scene.dana.hangs_up()
    with pytest.raises(Refused) as refusal:
        scene.mei.has_left(scene.dana, with_=waits)
    assert refusal.value.code == "late_transfer"
    assert cause_of(waits) is WorkEnd.ABANDONED


def test_who_has_left_is_free_even_when_nothing_goes_on() -> None:
    """The colleague hung up in the same moment."""
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    scene.jon.helps(asked)
    scene.jon.leaves_consultation(asked)
    scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
    assert scene.mei.state() is AgentState.WRAP_UP


def test_nobody_answered_in_the_moment_of_leaving_so_the_customer_waits_for_the_queue() -> None:
    """Else the flow would lead a customer on who waits with nothing."""
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    scene.jon.declines(asked)
    assert cause_of(asked) is WorkEnd.DECLINED
    scene.mei.has_left(scene.dana, with_=asked)
    assert (asked.place(), scene.orders.view().waiting, scene.mei.state()) == (1, 1, AgentState.WRAP_UP)
    scene.center.restarts()
    scene.eva.becomes(AgentState.AVAILABLE)
    scene.center.passes(5)
    assert scene.eva.state() is AgentState.OFFERED
    with pytest.raises(Repeated):
        scene.mei.has_left(scene.dana, with_=asked)
    asked.hangs_up()
    assert [ended.cause for ended in asked.ends] == [WorkEnd.DECLINED, WorkEnd.ABANDONED], "of the asking, and of the waiting"
    assert [ended.record is None for ended in asked.ends] == [True, False]


@pytest.mark.parametrize("is_there", [True, False])
def test_the_colleague_has_the_customer_though_it_was_told_too_late_that_they_talk(is_there: bool) -> None:
    """Call control was held up for longer than connecting may take."""
    scene = Scene()
    asked = scene.mei.consults(scene.dana, with_=scene.jon)
    scene.jon.accepts(asked)
    scene.center.passes(CONNECT_LIMIT_S)
    assert cause_of(asked) is WorkEnd.WITHDRAWN
    if not is_there:
        scene.jon.becomes(AgentState.AWAY)
    scene.mei.has_left(scene.dana, with_=asked, to=scene.jon)
    assert scene.mei.state() is AgentState.WRAP_UP
    assert scene.jon.state() is (AgentState.BUSY if is_there else AgentState.AWAY)
    assert (asked.work_id in scene.center.engine.registry.work_items) is is_there
    view = scene.orders.view()
    assert (view.waiting, view.offered, view.answered) == (0, 1 + is_there, 1 + is_there)


def test_left_to_what_was_refused_the_customer_waits_with_it_in_the_old_place() -> None:
    """Asked and left in one moment, while the colleague is away. Before, the customer waited for nobody, for hours."""
    scene = Scene()
    refused = Contact(scene.center, WorkId("work_refused"), scene.dana.call_id)
    scene.center.does(call_transferred(scene.dana, scene.mei, refused))
    assert (refused.place(), scene.orders.view().waiting, scene.mei.state()) == (1, 1, AgentState.WRAP_UP)
    assert scene.center.engine.registry.work_items[refused.work_id].talked_s == pytest.approx(120)
    scene.center.restarts()
    scene.eva.becomes(AgentState.AVAILABLE)
    scene.eva.answers(refused)
    refused.hangs_up()
    scene.eva.writes_up(refused)
    assert cause_of(refused) is WorkEnd.SERVED


@pytest.mark.parametrize("rings", [True, False])
def test_a_transfer_whose_agent_stays_waits_no_longer(rings: bool) -> None:
    """That it is in line was not heard. Before, it rang at one after the other, and whoever answered was not connected."""
    scene = Scene()
    waits = scene.mei.transfers(scene.dana, line=scene.billing if rings else scene.orders)
    assert (waits.ringing() is not None) is rings
    scene.mei.stays(waits)
    assert cause_of(waits) is WorkEnd.WITHDRAWN
    assert (scene.mei.state(), scene.jon.state()) == (AgentState.BUSY, AgentState.AVAILABLE)
    again = scene.mei.transfers(scene.dana, line=scene.billing)
    scene.mei.has_left(scene.dana, with_=again)
    with pytest.raises(Refused):
        scene.mei.stays(again)
    assert scene.billing.offers(again, to=scene.jon)


@pytest.mark.parametrize("asks_first", [True, False])
def test_a_customer_who_was_called_back_is_handed_on_like_any_other(asks_first: bool) -> None:
    center = ContactCenter()
    orders = center.queue("orders")
    dana = orders.gets(Channel.CALLBACK, customer="cust_dana")
    mei = center.free_agent("Mei")
    mei.accepts(dana)
    dana.call_id = dana.view().call_id
    dana.is_connected_to(mei)
    jon = center.free_agent("Jon")
    if asks_first:
        goes_on = mei.consults(dana, with_=jon)
        jon.helps(goes_on)
        mei.has_left(dana, with_=goes_on, to=jon)
    else:
        goes_on = mei.transfers(dana, to=jon)
        mei.has_left(dana, with_=goes_on)
        jon.answers(goes_on)
    assert (mei.state(), jon.state()) == (AgentState.WRAP_UP, AgentState.BUSY)
    center.restarts()
    goes_on.hangs_up()
    assert jon.state() is AgentState.WRAP_UP
    mei.writes_up(dana)
    jon.writes_up(goes_on)
    assert (cause_of(dana), cause_of(goes_on)) == (WorkEnd.TRANSFERRED, WorkEnd.SERVED)
    assert center.engine.registry.work_items == {}

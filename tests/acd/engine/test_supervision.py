"""What supervisors do on the board: move, reprioritise and withdraw work, set an agent's state."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acd.model.refusals import Refused, Repeated
from core.causes import WorkEnd
from core.commands import MoveWork
from core.events import AgentStateChanged, OfferWithdrawn, WorkMoved, WorkReprioritised
from core.ids import QueueId, WorkId
from core.model import AgentState
from tests.acd.contact_center import ContactCenter


def test_moved_work_keeps_its_place_in_time() -> None:
    center = ContactCenter()
    billing, sales = center.queue("billing"), center.queue("sales")
    early = billing.gets()
    center.passes(10)
    late = sales.gets()
    early.is_moved(sales)
    assert (early.place(), late.place()) == (1, 2)
    assert early.view().enqueued_at == center.now - 10
    (moved,) = center.of_type(WorkMoved)
    assert (moved.from_queue_id, moved.queue_id, moved.by) == (billing.queue_id, sales.queue_id, "user_sup")
    assert (billing.view().waiting, sales.view().waiting) == (0, 2)


def test_moved_work_follows_the_rules_of_its_new_queue() -> None:
    center = ContactCenter()
    billing, sales = center.queue("billing", asks={"billing": 3}), center.queue("sales")
    jon = center.free_agent("Jon", {"billing": 1})
    call = billing.gets()
    assert call.ringing() is None
    call.is_moved(sales)
    assert sales.offers(call, to=jon)


def test_moving_what_rings_takes_the_offer_back() -> None:
    center = ContactCenter()
    billing, vip = center.queue("billing"), center.queue("vip", asks={"vip": 1})
    mei = center.free_agent("Mei")
    call, behind = billing.gets(), billing.gets()
    assert billing.offers(call, to=mei)
    call.is_moved(vip)
    assert call.ringing() is None
    assert len(center.of_type(OfferWithdrawn)) == 1
    assert billing.offers(behind, to=mei)


def test_a_moved_caller_is_not_cut_off_sooner() -> None:
    center = ContactCenter()
    patient, hasty = center.queue("patient", max_wait_s=600), center.queue("hasty", max_wait_s=60)
    call = patient.gets()
    center.passes(120)
    call.is_moved(hasty)
    center.passes(479)
    assert not call.ends
    center.passes(1)
    assert call.ends[0].cause is WorkEnd.TIMED_OUT


def test_another_priority_is_another_place_in_line() -> None:
    center = ContactCenter()
    billing = center.queue("billing", priority=2)
    first, second = billing.gets(), billing.gets()
    second.is_reprioritised(5.0)
    assert (first.place(), second.place()) == (2, 1)
    (told,) = center.of_type(WorkReprioritised)
    assert (told.priority, told.by) == (7.0, "user_sup")
    with pytest.raises(Repeated):
        second.is_reprioritised(5.0)
    assert billing.offers(second, to=center.free_agent("Mei"))


def test_withdrawn_work_ends_and_frees_who_it_rang_at() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    call.is_withdrawn()
    assert call.ends[0].cause is WorkEnd.WITHDRAWN
    assert mei.state() is AgentState.AVAILABLE


def test_work_that_an_agent_has_is_left_alone() -> None:
    center = ContactCenter()
    billing, sales = center.queue("billing"), center.queue("sales")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.accepts(call)
    attempts: list[Callable[[], None]] = [lambda: call.is_moved(sales), call.is_withdrawn, lambda: call.is_reprioritised(3.0)]
    for attempt in attempts:
        with pytest.raises(Refused, match="already taken"):
            attempt()
    assert center.engine.refusals["work_taken"] == 3


def test_unknown_work_and_queues_are_refused() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    call = billing.gets()
    with pytest.raises(Refused, match="not known"):
        center.does(MoveWork(work_id=WorkId("work_never"), queue_id=billing.queue_id, by="user_sup"))
    with pytest.raises(Refused, match="there is no queue"):
        center.does(MoveWork(work_id=call.work_id, queue_id=QueueId("queue_never"), by="user_sup"))
    with pytest.raises(Repeated):
        call.is_moved(billing)
    call.hangs_up()
    with pytest.raises(Refused, match="already ended"):
        call.is_withdrawn()


def test_a_supervisor_sets_a_ringing_agent_away_and_the_caller_rings_elsewhere() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=mei)
    mei.becomes(AgentState.AWAY, "training", by="user_sup")
    assert billing.offers(call, to=jon)
    told = [event for event in center.of_type(AgentStateChanged) if event.agent_id == mei.agent_id][-1]
    assert (told.state, told.reason, told.by) == (AgentState.AWAY, "training", "user_sup")

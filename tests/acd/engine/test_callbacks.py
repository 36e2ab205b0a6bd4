"""Callbacks: the caller hangs up and keeps the place; the system dials when an agent confirms; promises wait for their time."""

from __future__ import annotations

import pytest

from acd.engine.callbacks import DIAL_LIMIT_S, LIMIT_S, RETRY_S, TRIES
from acd.model.refusals import Refused, Repeated
from acd.model.work import WorkState
from core.causes import EndCause, WorkEnd
from core.commands import AcceptOffer, RequestCallback
from core.events import (
    CallbackDue,
    CallbackRequested,
    CallbackScheduled,
    CallEnded,
    OfferAccepted,
)
from core.ids import CallId, WorkId
from core.model import AgentState, Channel, Strategy
from tests.acd.contact_center import MORNING, ContactCenter
from tests.acd.engine.callbacks import (
    CALLED_FROM,
    asks_for_callback,
    call_ends,
    customer_answers,
    dialled,
    promised,
)


def test_a_caller_who_hangs_up_after_asking_keeps_the_place(center: ContactCenter) -> None:
    line = center.queue("billing")
    first = line.gets()
    center.passes(60)
    second = line.gets(priority=0.5)
    asks_for_callback(first)
    first.hangs_up()
    assert (first.place(), second.place()) == (1, 2)
    assert first.view().channel is Channel.CALLBACK
    assert first.view().enqueued_at == MORNING
    assert first.ends == []
    (told,) = center.of_type(CallbackRequested)
    assert (told.work_id, told.call_id) == (first.work_id, CallId("call_1"))


def test_the_agent_who_becomes_free_is_offered_the_callback_first_and_the_system_dials(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    caller.hangs_up()
    line.gets()
    mei = center.free_agent("mei")
    offer = caller.ringing()
    assert offer is not None
    assert (offer.channel, offer.call_id, offer.origin_call_id) == (Channel.CALLBACK, None, CallId("call_1"))
    mei.accepts(caller)
    (accepted,) = center.of_type(OfferAccepted)
    assert (accepted.channel, accepted.origin_call_id) == (Channel.CALLBACK, CallId("call_1"))
    assert accepted.call_id == dialled(caller) != CallId("call_1")
    customer_answers(caller, mei)
    assert mei.state() is AgentState.BUSY
    call_ends(caller, EndCause.CALLER_HUNG_UP)
    mei.writes_up(caller)
    (end,) = caller.ends
    assert (end.cause, end.origin_call_id) == (WorkEnd.SERVED, CallId("call_1"))


def test_what_rings_as_a_call_rings_on_as_a_callback(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    caller = line.gets()
    asks_for_callback(caller)
    assert line.offers(caller, to=mei)
    offer = caller.ringing()
    assert offer is not None
    assert offer.channel is Channel.CALLBACK


def test_what_rings_at_many_rings_on_at_many_and_one_dials(center: ContactCenter) -> None:
    line = center.queue("billing", strategy=Strategy.RING_ALL)
    mei, jon = center.free_agent("mei"), center.free_agent("jon")
    caller = line.gets()
    asks_for_callback(caller)
    ringing = {offer.agent_id: offer.offer_id for offer in caller.view().offers}
    assert set(ringing) == {mei.agent_id, jon.agent_id}
    center.does(AcceptOffer(offer_id=ringing[jon.agent_id], agent_id=jon.agent_id))
    assert mei.state() is AgentState.AVAILABLE
    customer_answers(caller, jon)
    assert jon.state() is AgentState.BUSY


def test_asking_twice_is_harmless_and_asking_too_late_is_told(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    caller = line.gets()
    mei.accepts(caller)
    with pytest.raises(Refused, match="just answered"):
        asks_for_callback(caller)
    other = line.gets()
    asks_for_callback(other)
    with pytest.raises(Repeated):
        asks_for_callback(other)
    with pytest.raises(Refused, match="not waiting"):
        center.does(RequestCallback(work_id=WorkId("work_unknown")))


def test_a_callback_outlives_the_longest_wait_of_callers_but_not_three_days(center: ContactCenter) -> None:
    line = center.queue("billing", max_wait_s=600.0)
    caller = line.gets()
    asks_for_callback(caller)
    caller.hangs_up()
    center.passes(LIMIT_S - 1)
    assert caller.place() == 1
    center.passes(2)
    (end,) = caller.ends
    assert end.cause is WorkEnd.TIMED_OUT


# ── not reached ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_customer_frees_the_agent_at_once_and_is_tried_again_at_the_old_place(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei = center.free_agent("mei")
    mei.accepts(caller)
    call_ends(caller, EndCause.PEER_BUSY)
    assert mei.state() is AgentState.AVAILABLE
    assert (caller.view().state, caller.view().call_id, caller.place()) == (WorkState.SCHEDULED, None, None)
    mei.becomes(AgentState.AWAY)
    center.passes(RETRY_S - 1)
    later = line.gets()
    center.passes(2)
    assert (caller.place(), later.place()) == (1, 2)
    assert [event.work_id for event in center.of_type(CallbackDue)] == [caller.work_id]
    assert line.view().offered == 2


def test_after_the_last_try_the_work_ends_as_not_reached(center: ContactCenter) -> None:
    line = center.queue("billing")
    mei = center.free_agent("mei")
    promise = promised(line, at=None)
    for tries in range(1, TRIES + 1):
        mei.accepts(promise)
        call_ends(promise, EndCause.PEER_NO_ANSWER)
        assert mei.state() is AgentState.AVAILABLE
        assert bool(promise.ends) is (tries == TRIES)
        center.passes(RETRY_S + 1)
    (end,) = promise.ends
    assert (end.cause, end.origin_call_id) == (WorkEnd.NOT_REACHED, CALLED_FROM)
    assert [event.tries for event in center.of_type(CallbackScheduled)] == [1, 2]
    assert (line.view().waiting, line.view().answered, line.view().recent[-1]) == (0, 0, 0)


def test_a_node_that_dies_while_dialling_costs_no_try(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei, jon = center.free_agent("mei"), center.free_agent("jon")
    mei.accepts(caller)
    call_ends(caller, EndCause.NODE_LOST)
    assert line.offers(caller, to=jon)
    assert caller.view().enqueued_at == MORNING


def test_call_control_that_says_nothing_does_not_hold_the_agent_for_ever(center: ContactCenter) -> None:
    line = center.queue("billing")
    caller = line.gets()
    asks_for_callback(caller)
    mei = center.free_agent("mei")
    mei.accepts(caller)
    lost = dialled(caller)
    center.passes(DIAL_LIMIT_S + 1)
    assert mei.state() is AgentState.AVAILABLE
    assert caller.place() == 1
    # The lost try's end comes late: it ends nothing.
    center.does(CallEnded(at=center.now, call_id=lost, cause=EndCause.CALLER_HUNG_UP, started_at=center.now))
    assert caller.place() == 1


def test_who_calls_again_and_is_served_is_not_called_back(center: ContactCenter) -> None:
    line = center.queue("billing")
    first = line.gets(customer="cust_ana")
    asks_for_callback(first)
    eva = center.free_agent("eva")
    kept = promised(line, at=center.now + 3600, wants=eva)
    eva.declines(first)
    again = line.gets(customer="cust_ana")
    eva.answers(again)
    assert first.ends[0].cause is WorkEnd.CALLED_AGAIN
    assert kept.view().state is WorkState.SCHEDULED, "a promise for a time is kept"


def test_a_number_that_may_not_be_called_ends_the_callback_at_once(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    caller = line.gets()
    asks_for_callback(caller)
    eva.accepts(caller)
    caller.call_id = caller.view().call_id
    caller.hangs_up(EndCause.NUMBER_NOT_ALLOWED)
    assert caller.ends[0].cause is WorkEnd.NOT_ALLOWED
    assert eva.state() is AgentState.AVAILABLE


def test_when_the_hour_s_calls_are_used_up_it_is_no_try(center: ContactCenter) -> None:
    line = center.queue("billing")
    eva = center.free_agent("eva")
    caller = line.gets()
    asks_for_callback(caller)
    for _ in range(TRIES + 1):
        eva.accepts(caller)
        caller.call_id = caller.view().call_id
        caller.hangs_up(EndCause.DIAL_LIMIT)
        center.passes(RETRY_S)
    assert line.offers(caller, to=eva)

"""Callbacks in history: promised while waiting or at the end of a call, put into the ACD, kept or given up."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.causes import EndCause, WorkEnd
from core.commands import EnqueueWork
from core.events import CallbackRequested, CallbackScheduled, CallConnected, CallStarted, WorkEnded
from core.ids import CallId, FlowId, LegId, NodeId, WorkId
from core.model import Channel, LegKind
from core.ports import CallbackRefusal, CallbackTarget, Unavailable, refused
from customers.callable_numbers import CallbackRules
from customers.model import Status, TimelineItem
from server.storage.sql.callback_book import SqlCallbackBook
from server.storage.sql.schema import CallbackRow
from tests.customers.front_office import BILLING, HOUR, MEI, FrontOffice, PhoneCall

DANA = "+442079460180"
BACK = CallId("call_back")


async def asked_while_waiting(office: FrontOffice) -> PhoneCall:
    call = await office.calls(DANA)
    await call.waits()
    await office.hears(
        CallbackRequested(
            at=office.clock.now(),
            work_id=call.work_id,
            call_id=call.call_id,
            queue_id=BILLING,
            customer_id=call.customer_id,
        )
    )
    office.clock.jump(5)
    await call.ends(EndCause.CALLBACK_PROMISED)
    return call


async def is_called_back(office: FrontOffice, origin: PhoneCall) -> PhoneCall:
    """The system dials for Mei."""
    await office.hears(
        CallStarted(
            at=office.clock.now(),
            call_id=BACK,
            leg_id=LegId("leg_back"),
            node_id=NodeId("node_1"),
            kind=LegKind.SIP,
            caller=DANA,
            called="",
            flow_id=FlowId(""),
            outbound=True,
            agent_id=MEI,
            work_id=origin.work_id,
            queue_id=BILLING,
            customer_id=origin.customer_id,
            origin_call_id=origin.call_id,
        )
    )
    return PhoneCall(office, BACK)


async def row(office: FrontOffice, call: PhoneCall, channel: Channel, call_id: CallId | None = None) -> TimelineItem:
    rows = await office.timeline(call.customer_id, channel=channel)
    (found,) = [item for item in rows if item.call_id == (call_id or call.call_id)]
    return found


async def test_a_caller_who_asked_is_not_missed_but_promised(office: FrontOffice) -> None:
    call = await asked_while_waiting(office)
    talked = await row(office, call, Channel.CALL)
    assert (talked.title, talked.status) == ("Asked to be called back", Status.CLOSED)
    promise = await row(office, call, Channel.CALLBACK)
    assert (promise.status, promise.text) == (Status.OPEN, "Asked to be called back while waiting")


async def test_the_book_knows_the_number_and_nobody_else_needs_it(office: FrontOffice) -> None:
    call = await asked_while_waiting(office)
    rules = CallbackRules(allow=("+441632960", "20"), calls_per_number=2)
    book = SqlCallbackBook(office.database, rules=lambda: rules, now=office.clock.now)
    target = await book.target(call.call_id, BACK)
    assert isinstance(target, CallbackTarget)
    assert (target.number, target.customer_id, target.language) == (DANA, call.customer_id, "en")
    assert await book.target(CallId("call_unknown"), BACK) is None
    withheld = await office.calls("anonymous")
    assert await book.target(withheld.call_id, BACK) is None
    extension = await office.calls("2001")
    found = await book.target(extension.call_id, BACK)
    assert isinstance(found, CallbackTarget)
    assert found.number == "2001"


async def test_the_book_gives_out_no_number_that_the_rules_forbid(office: FrontOffice) -> None:
    premium = await office.calls("+449098790000")
    book = SqlCallbackBook(office.database, now=office.clock.now)
    assert await book.target(premium.call_id, BACK) == CallbackRefusal(cause=EndCause.NUMBER_NOT_ALLOWED, why="costly")
    assert await book.target((await office.calls("2001")).call_id, BACK) == CallbackRefusal(
        cause=EndCause.NUMBER_NOT_ALLOWED, why="not_a_number"
    )


async def test_the_hour_s_calls_to_a_number_are_limited(office: FrontOffice) -> None:
    call = await asked_while_waiting(office)
    rules = CallbackRules(allow=("+441632960",), calls_per_number=2)
    book = SqlCallbackBook(office.database, rules=lambda: rules, now=office.clock.now)
    for _ in range(3):  # a restart asks again, for the same call
        assert isinstance(await book.target(call.call_id, BACK), CallbackTarget)
    await is_called_back(office, call)
    assert isinstance(await book.target(call.call_id, CallId("call_second")), CallbackTarget)
    refusal = CallbackRefusal(cause=EndCause.DIAL_LIMIT, why="calls_per_number")
    assert await book.target(call.call_id, CallId("call_third")) == refusal
    restarted = SqlCallbackBook(office.database, rules=lambda: rules, now=office.clock.now)
    assert await restarted.target(call.call_id, CallId("call_third")) == refusal
    office.clock.jump(3601)
    assert isinstance(await restarted.target(call.call_id, CallId("call_third")), CallbackTarget)


async def test_a_call_counts_once_whenever_its_record_comes_and_a_caller_s_own_calls_do_not(office: FrontOffice) -> None:
    """They were found by what a call of ours lacks, and by times rounded to ten seconds."""
    call = await asked_while_waiting(office)
    rules = CallbackRules(calls_per_number=2)
    book = SqlCallbackBook(office.database, rules=lambda: rules, now=office.clock.now)
    office.clock.jump(10 - office.clock.now() % 10 + 4.9)
    assert isinstance(await book.target(call.call_id, BACK), CallbackTarget)
    office.clock.jump(0.2)
    await is_called_back(office, call)
    assert isinstance(await book.target(call.call_id, CallId("call_second")), CallbackTarget)


async def test_the_hour_s_minutes_are_those_of_our_own_calls(office: FrontOffice) -> None:
    call = await asked_while_waiting(office)
    book = SqlCallbackBook(office.database, rules=lambda: CallbackRules(minutes_per_hour=5), now=office.clock.now)
    assert isinstance(await book.target(call.call_id, BACK), CallbackTarget)
    back = await is_called_back(office, call)
    office.clock.jump(301)
    await back.ends(EndCause.CALLER_HUNG_UP)
    refusal = await book.target(call.call_id, CallId("call_second"))
    assert refusal == CallbackRefusal(cause=EndCause.DIAL_LIMIT, why="minutes_per_hour")


async def test_a_kept_promise_is_closed_and_the_call_is_the_same_customer_s(office: FrontOffice) -> None:
    origin = await asked_while_waiting(office)
    back = await is_called_back(office, origin)
    assert back.customer_id == origin.customer_id
    assert not (await back.customer()).is_new
    await office.hears(
        CallConnected(
            at=office.clock.now(),
            call_id=BACK,
            work_id=origin.work_id,
            agent_id=MEI,
            queue_id=BILLING,
            customer_leg=LegId("leg_back"),
            agent_leg=LegId("leg_mei"),
            waited_s=60.0,
            origin_call_id=origin.call_id,
        )
    )
    promise = await row(office, origin, Channel.CALLBACK)
    assert (promise.title, promise.status) == ("Called back", Status.CLOSED)
    for event in tuple(office.heard):  # a restart hands everything in again
        await office.service.handle(event)
    assert await row(office, origin, Channel.CALLBACK) == promise


async def test_a_busy_phone_is_a_row_of_its_own_and_the_promise_stays(office: FrontOffice) -> None:
    origin = await asked_while_waiting(office)
    back = await is_called_back(office, origin)
    await back.ends(EndCause.PEER_BUSY)
    tried = await row(office, origin, Channel.CALL, BACK)
    assert (tried.title, tried.status) == ("Called back: busy", Status.CLOSED)
    assert (await row(office, origin, Channel.CALLBACK)).status is Status.OPEN


async def test_a_promise_given_up_is_why_the_customer_may_call_next(office: FrontOffice) -> None:
    origin = await asked_while_waiting(office)
    await office.hears(
        WorkEnded(
            at=office.clock.now(),
            work_id=origin.work_id,
            call_id=None,
            queue_id=BILLING,
            agent_id=None,
            cause=WorkEnd.NOT_REACHED,
            waited_s=900.0,
            origin_call_id=origin.call_id,
        )
    )
    promise = await row(office, origin, Channel.CALLBACK)
    assert (promise.title, promise.status) == ("Callback: not reached", Status.UNANSWERED)


async def test_an_agent_s_promise_is_put_into_the_queue_for_its_time(office: FrontOffice) -> None:
    call = await office.calls(DANA)
    await call.waits()
    await call.is_answered()
    await call.ends()
    due_at = office.clock.now() + 2 * HOUR
    await call.is_wrapped_up("Delivery date", next_step="callback", callback_at=due_at)
    (asked,) = office.bus.asked
    assert isinstance(asked, EnqueueWork)
    assert (asked.channel, asked.queue_id, asked.not_before) == (Channel.CALLBACK, BILLING, due_at)
    assert (asked.preferred_agent, asked.origin_call_id, asked.customer_id) == (MEI, call.call_id, call.customer_id)
    assert asked.call_id is None
    assert not any(DANA in str(value) for value in (asked.work_id, asked))
    await office.service.handle(office.heard[-1])
    assert office.bus.asked == [asked, asked]


async def test_a_queue_that_refuses_is_noted_and_one_that_is_silent_is_asked_again(office: FrontOffice) -> None:
    call = await office.calls(DANA)
    await call.waits()
    await call.is_answered()
    await call.ends()
    office.bus.answer = refused("there is no such queue", "unknown_queue")
    await call.is_wrapped_up("Delivery date", next_step="callback")
    assert (await row(office, call, Channel.CALLBACK)).status is Status.OPEN
    office.bus.answer = refused("no answer from acd within 5 s")
    with pytest.raises(Unavailable):
        await office.service.handle(office.heard[-1])


async def test_works_without_a_promise_change_nothing(office: FrontOffice) -> None:
    promised = await asked_while_waiting(office)
    before = await office.timeline(promised.customer_id)
    await office.hears(
        WorkEnded(
            at=office.clock.now(),
            work_id=WorkId("work_1"),
            call_id=None,
            queue_id=BILLING,
            agent_id=None,
            cause=WorkEnd.TIMED_OUT,
            waited_s=1.0,
            origin_call_id=CallId("call_unknown"),
        )
    )
    assert await office.timeline(promised.customer_id) == before
    assert (await row(office, promised, Channel.CALLBACK)).status is Status.OPEN
    assert office.bus.asked == []


@pytest.mark.parametrize(("cause", "title", "status"), [
    (WorkEnd.WITHDRAWN, "Callback: withdrawn", Status.CLOSED),
    (WorkEnd.CALLED_AGAIN, "Callback: called again before it, and was served", Status.CLOSED),
    (WorkEnd.NOT_ALLOWED, "Callback: the number may not be called", Status.UNANSWERED),
])  # fmt: skip
async def test_a_promise_ends_with_its_cause(office: FrontOffice, cause: WorkEnd, title: str, status: Status) -> None:
    call = await asked_while_waiting(office)
    ended = WorkEnded(at=office.clock.now(), work_id=call.work_id, call_id=None, queue_id=BILLING, agent_id=None, cause=cause,
                      waited_s=60.0, handled_s=0.0, origin_call_id=call.call_id)  # fmt: skip
    await office.hears(ended)
    promise = await row(office, call, Channel.CALLBACK)
    assert (promise.title, promise.status) == (title, status)


async def test_another_time_is_in_the_history(office: FrontOffice) -> None:
    call = await asked_while_waiting(office)
    due_at = office.clock.now() + 3600
    await office.hears(
        CallbackScheduled(
            at=office.clock.now(),
            work_id=call.work_id,
            queue_id=BILLING,
            customer_id=call.customer_id,
            origin_call_id=call.call_id,
            due_at=due_at,
            tries=0,
        )
    )
    query = select(CallbackRow.due_at).where(CallbackRow.call_id == call.call_id)
    assert await office.database.read(lambda connection: connection.scalar(query)) == due_at

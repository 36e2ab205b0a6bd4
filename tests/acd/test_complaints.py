"""What people complain about in open queues (features A1–A14), one named test each. The names say what never happens here.

Row and issue numbers are those of the feature table; where the cure is a whole room (failover, estimates, callbacks), the longer
tests are in its own file and this one holds the promise.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acd.model.refusals import Refused
from core.causes import EndCause, WorkEnd
from core.commands import AcceptOffer, RequestCallback
from core.events import OfferMade, WorkEnded, WorkEnqueued, WorkRelaxed
from core.model import AgentState, Channel, Strategy
from tests.acd.contact_center import ContactCenter, step

WORKING = {AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP}


# ── A1: app_queue knows one penalty for everything; mod_callcenter has a score that is never set ──────────────────


def test_skills_are_levels_and_not_one_penalty() -> None:
    center = ContactCenter()
    tax, sales = center.queue("tax", asks={"tax": 3}), center.queue("sales", asks={"sales": 3})
    mei = center.free_agent("Mei", {"tax": 5, "sales": 1})
    jon = center.free_agent("Jon", {"tax": 1, "sales": 5})
    assert sales.offers(sales.gets(), to=jon)
    assert tax.offers(tax.gets(), to=mei)


def test_the_level_of_a_skill_decides_who_is_asked() -> None:
    center = ContactCenter()
    tax = center.queue("tax", asks={"tax": 1}, strategy=Strategy.MOST_SKILLED)
    center.free_agent("Jon", {"tax": 2})
    mei = center.free_agent("Mei", {"tax": 5})
    assert tax.offers(tax.gets(), to=mei)


# ── A2: Wazo does not relax while one agent keeps not answering ───────────────────────────────────────────────────


def test_an_agent_who_never_answers_does_not_hold_the_relaxation_up() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, ring_s=30.0, steps=(step(20, asks={}),))
    eva, jon = center.free_agent("Eva", {"billing": 4}), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=eva)
    center.passes(20)
    assert [told.at for told in center.of_type(WorkRelaxed)] == [center.now]
    center.passes(10)
    assert billing.offers(call, to=jon)


def test_a_caller_does_not_wait_for_a_skill_that_nobody_signed_in_has() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, steps=(step(300, asks={}),))
    jon = center.free_agent("Jon")
    assert billing.offers(billing.gets(), to=jon)


# ── A4: asterisk#1561, #1691: a busy queue starves another; equal callers overtake each other ─────────────────────


def test_no_queue_is_starved_by_a_busier_and_more_important_one() -> None:
    """The bound: with 1 point a minute and 5 points between the queues, nobody who came more than 5 minutes later goes first."""
    center = ContactCenter()
    quiet = center.queue("quiet")
    busy = center.queue("busy", priority=5, wrap_up_s=0.0)
    mei = center.free_agent("Mei")
    talking = busy.gets()
    mei.answers(talking)
    patient = quiet.gets()
    came = center.now
    for _ in range(40):
        busy.gets()
        center.passes(30)
        talking.hangs_up()
        made = center.of_type(OfferMade)[-1]
        if made.work_id == patient.work_id:
            break
        enqueued = next(event for event in center.of_type(WorkEnqueued) if event.work_id == made.work_id)
        assert enqueued.at <= came + 5 * 60
        talking = busy.contact(made)
        mei.answers(talking)
    assert quiet.offers(patient, to=mei)
    assert center.now - came <= 6 * 60


@pytest.mark.parametrize("strategy", [strategy for strategy in Strategy if strategy is not Strategy.RING_ALL])
def test_callers_of_equal_priority_never_overtake_each_other(strategy: Strategy) -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=strategy)
    callers = [billing.gets() for _ in range(8)]
    for number in range(8):
        center.free_agent(f"A{number}")
    assert [made.work_id for made in center.of_type(OfferMade)] == [caller.work_id for caller in callers]


# ── A6: chatwoot#13050, #10583: assignment does not respect what people can do at once ────────────────────────────


def test_no_agent_gets_more_chats_than_the_capacity() -> None:
    center = ContactCenter()
    chat = center.queue("chat")
    mei = center.free_agent("Mei", chat=2)
    contacts = [chat.gets(Channel.CHAT) for _ in range(4)]
    for contact in contacts[:2]:
        mei.accepts(contact)
    assert contacts[2].ringing() is None
    contacts[0].is_over()
    assert contacts[2].ringing() is None, "writing up fills the place"
    mei.writes_up(contacts[0])
    assert chat.offers(contacts[2], to=mei)


def test_calls_and_chats_never_come_through_two_doors() -> None:
    """One matcher: while a call rings no chat does, and a chat that waits longer goes first."""
    center = ContactCenter()
    chat, billing = center.queue("chat"), center.queue("billing")
    written = chat.gets(Channel.CHAT)
    center.passes(30)
    call = billing.gets()
    mei = center.free_agent("Mei")
    assert chat.offers(written, to=mei)
    assert call.ringing() is None
    mei.accepts(written)
    assert billing.offers(call, to=mei), "a caller waits on the line, text can pause"


# ── A7: freeswitch#2540, opensips#3123: agents stuck in a state that nothing ends ─────────────────────────────────


@pytest.mark.parametrize("what", ["no answer", "caller hangs up", "withdrawn", "node lost", "audio lost"])
def test_agent_is_never_left_offered(what: str) -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    assert mei.state() is AgentState.OFFERED
    match what:
        case "no answer":
            center.passes(20)
            assert (mei.state(), mei.view().reason) == (AgentState.AWAY, "did not answer")
            return
        case "caller hangs up":
            call.hangs_up()
        case "withdrawn":
            call.is_withdrawn()
        case "node lost":
            call.hangs_up(EndCause.NODE_LOST)
        case _:
            mei.loses_audio()
            assert mei.state() is AgentState.UNREACHABLE
            return
    assert mei.state() is AgentState.AVAILABLE


def test_agent_is_never_left_busy_with_a_call_that_was_never_connected() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.accepts(call)
    center.passes(10)
    assert mei.state() is AgentState.AVAILABLE
    assert call.place() == 1


def test_agent_is_never_left_busy_when_the_end_of_the_call_is_never_told() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    mei.answers(billing.gets())
    center.passes(9 * 3600)
    assert mei.state() is AgentState.AVAILABLE


def test_agent_is_never_left_in_wrap_up() -> None:
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=45.0)
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.answers(call)
    call.hangs_up()
    assert mei.view().until == center.now + 45
    center.passes(45)
    assert mei.state() is AgentState.AVAILABLE


def test_every_working_state_has_a_deadline() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    seen = set()
    ways_on: list[Callable[[], None]] = [
        lambda: mei.accepts(call),
        lambda: call.is_connected_to(mei),
        call.hangs_up,
        lambda: mei.writes_up(call),
    ]
    for step_on in ways_on:
        seen.add(mei.state())
        assert center.engine.next_deadline() is not None
        step_on()
    assert seen == WORKING
    assert mei.state() is AgentState.AVAILABLE


# ── A8: fusionpbx#1322: a callback costs the place in line ────────────────────────────────────────────────────────


def test_a_caller_who_asks_to_be_called_back_keeps_the_place() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    first, second = billing.gets(), billing.gets()
    center.does(RequestCallback(work_id=first.work_id))
    first.hangs_up()
    assert (first.place(), second.place()) == (1, 2)
    assert billing.offers(first, to=center.free_agent("Mei"))


# ── A9: Wazo: the estimate "has never fully worked" ───────────────────────────────────────────────────────────────


def test_no_wait_is_promised_before_there_is_anything_to_know_it_from() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    billing.gets()
    assert center.of_type(WorkEnqueued)[-1].expected_p90_s is None


def test_an_estimated_wait_says_how_sure_it_is_and_is_graded() -> None:
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=0.0)
    mei = center.free_agent("Mei")
    for _ in range(12):
        call = billing.gets()
        mei.answers(call)
        center.passes(120)
        call.hangs_up()
        center.passes(10)
    mei.answers(billing.gets())
    billing.gets()
    told = center.of_type(WorkEnqueued)[-1]
    assert told.expected_p50_s is not None
    assert told.expected_p90_s is not None
    assert 0 < told.expected_p50_s < told.expected_p90_s


# ── A13: freeswitch#1674, opensips#2920: a restart loses callers, or offers them twice ────────────────────────────


def test_a_restart_loses_no_caller_and_offers_nobody_twice() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    ringing, talking, waiting = billing.gets(), billing.gets(), billing.gets()
    jon.answers(talking)
    made = len(center.of_type(OfferMade))
    center.restarts()
    assert len(center.of_type(OfferMade)) == made
    assert billing.offers(ringing, to=mei)
    assert waiting.place() == 2
    mei.answers(ringing)
    talking.hangs_up()
    assert jon.state() is AgentState.WRAP_UP


def test_two_agents_never_get_the_same_caller() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    hers, his = mei.offer_of(call), jon.offer_of(call)
    center.does(AcceptOffer(offer_id=his, agent_id=jon.agent_id))
    with pytest.raises(Refused, match="over"):
        center.does(AcceptOffer(offer_id=hers, agent_id=mei.agent_id))
    assert (mei.state(), jon.state()) == (AgentState.AVAILABLE, AgentState.BUSY)


def test_every_piece_of_work_ends_once_with_a_cause() -> None:
    center = ContactCenter()
    billing = center.queue("billing", max_wait_s=60.0)
    mei = center.free_agent("Mei")
    served, left, timed_out = billing.gets(), billing.gets(), billing.gets()
    mei.answers(served)
    served.hangs_up()
    mei.becomes(AgentState.AWAY)
    left.hangs_up()
    center.passes(600)
    causes = {event.work_id: event.cause for event in center.of_type(WorkEnded)}
    assert causes == {
        served.work_id: WorkEnd.SERVED,
        left.work_id: WorkEnd.ABANDONED,
        timed_out.work_id: WorkEnd.TIMED_OUT,
    }
    assert len(center.of_type(WorkEnded)) == 3

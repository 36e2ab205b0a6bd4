"""Rules that change while work waits: relaxation, overflow, conditions, and the agent somebody would rather have."""

from __future__ import annotations

import pytest

from acd.model.refusals import Refused
from core.events import OfferMade, WorkMoved, WorkRelaxed
from core.model import AgentState, Channel
from tests.acd.contact_center import ALWAYS_CLOSED, ContactCenter, step

DAY_S = 86400.0


def test_requirements_relax_when_their_time_has_come() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, steps=(step(30, asks={"billing": 2}),))
    jon, expert = center.free_agent("Jon", {"billing": 2}), center.free_agent("Eva", {"billing": 5}, only=(center.queue("b"),))
    center.free_agent("Ida", {"billing": 5}).answers(billing.gets())
    call = billing.gets()
    assert call.ringing() is None, "Ida could, and is busy"
    center.passes(29)
    assert call.ringing() is None
    center.passes(1)
    assert billing.offers(call, to=jon)
    (told,) = center.of_type(WorkRelaxed)
    assert (told.step, told.skipped, told.requirements) == (0, False, "billing ≥ 2")
    decision = call.decision()
    assert decision.requirements == "billing ≥ 2"
    assert decision.relaxed == "billing ≥ 4 (until 30 s of waiting)"
    assert expert.state() is AgentState.AVAILABLE


def test_requirements_relax_while_an_agent_does_not_answer() -> None:
    """Wazo: one agent who never answers holds the relaxation up."""
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, ring_s=20.0, steps=(step(10, asks={}),))
    eva, jon = center.free_agent("Eva", {"billing": 5}), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=eva)
    center.passes(10)
    assert len(center.of_type(WorkRelaxed)) == 1
    assert billing.offers(call, to=eva), "what rings goes on ringing"
    center.passes(10)
    assert billing.offers(call, to=jon), "and nobody waits a moment longer when it is over"


def test_a_step_is_skipped_at_once_when_nobody_signed_in_could_match() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, steps=(step(30, asks={"billing": 3}), step(60, asks={})))
    jon = center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=jon)
    assert [(told.step, told.skipped) for told in center.of_type(WorkRelaxed)] == [(0, True), (1, True)]
    assert call.decision().relaxed == "billing ≥ 4 (nobody reachable had it); billing ≥ 3 (nobody reachable had it)"


def test_a_step_is_skipped_when_the_last_who_could_match_leaves() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, steps=(step(600, asks={}),))
    eva, jon = center.free_agent("Eva", {"billing": 5}), center.free_agent("Jon")
    served = billing.gets()
    eva.answers(served)
    call = billing.gets()
    eva.becomes(AgentState.AWAY)
    assert call.ringing() is None, "she still talks, and may come back"
    served.hangs_up()
    eva.writes_up(served)
    assert billing.offers(call, to=jon)
    assert center.of_type(WorkRelaxed)[-1].skipped


def test_nothing_is_given_up_when_giving_up_would_not_help() -> None:
    """Before anybody has signed in a customer keeps what was asked for."""
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4}, steps=(step(600, asks={"billing": 2}),))
    call = billing.gets()
    assert center.of_type(WorkRelaxed) == []
    center.free_agent("Jon", {"sales": 2})
    assert center.of_type(WorkRelaxed) == []
    eva = center.free_agent("Eva", {"billing": 2})
    assert billing.offers(call, to=eva), "now it helps, and happens at once"


def test_what_the_flow_asked_for_is_never_relaxed() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3}, steps=(step(10, asks={}),))
    jon = center.free_agent("Jon")
    call = billing.gets(asks={"chinese": 2})
    center.passes(60)
    assert call.ringing() is None
    assert jon.state() is AgentState.AVAILABLE


def test_overflow_keeps_the_place_in_time_and_follows_the_other_queues_rules() -> None:
    center = ContactCenter()
    sales = center.queue("sales", asks={"sales": 1})
    billing = center.queue("billing", asks={"billing": 1}, steps=(step(60, overflow_to=sales),))
    bea = center.free_agent("Bea", {"billing": 1})
    bea.answers(billing.gets())
    sam = center.free_agent("Sam", {"sales": 1})
    sam.answers(sales.gets())
    early = billing.gets()
    center.passes(30)
    late = sales.gets()
    center.passes(30)
    assert (early.place(), late.place()) == (1, 2)
    assert early.view().queue_id == sales.queue_id
    (moved,) = center.of_type(WorkMoved)
    assert moved.by == ""
    sam.becomes(AgentState.AWAY)
    sue = center.free_agent("Sue", {"sales": 3})
    assert sales.offers(early, to=sue)
    assert early.decision().relaxed == "came from billing after 60 s"


def test_overflow_waits_until_the_ringing_is_over() -> None:
    center = ContactCenter()
    sales = center.queue("sales")
    billing = center.queue("billing", ring_s=20.0, steps=(step(10, overflow_to=sales),))
    eva = center.free_agent("Eva")
    call = billing.gets()
    center.passes(15)
    assert billing.offers(call, to=eva)
    eva.answers(call)
    assert center.of_type(WorkMoved) == []
    again = billing.gets()
    mei = center.free_agent("Mei")
    assert billing.offers(again, to=mei)
    center.passes(20)
    assert again.view().queue_id == sales.queue_id


def test_a_circle_of_overflows_ends() -> None:
    center = ContactCenter()
    center.queue("there")
    here = center.queue("here", steps=(step(10, overflow_to=center.line("there")),))
    center.queue("there", steps=(step(10, overflow_to=here),))
    call = here.gets()
    center.passes(100)
    assert len(center.of_type(WorkMoved)) == 1
    assert call.view().queue_id == "queue_there"


def test_the_rules_do_not_undo_what_a_supervisor_moved() -> None:
    center = ContactCenter()
    sales = center.queue("sales")
    billing = center.queue("billing", steps=(step(10, overflow_to=sales),))
    call = billing.gets()
    center.passes(10)
    call.is_moved(billing)
    center.passes(100)
    assert call.view().queue_id == billing.queue_id


def test_conditions_say_who_may_serve() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 1}, condition="language.zh >= 3 and not vip_only")
    center.free_agent("Vi", {"billing": 3, "language.zh": 5}, vip_only=True)
    center.free_agent("Jon", {"billing": 3, "language.zh": 2})
    call = billing.gets()
    assert call.ringing() is None
    mei = center.free_agent("Mei", {"billing": 1, "language.zh": 3})
    assert billing.offers(call, to=mei)
    decision = call.decision()
    assert decision.requirements == "billing ≥ 1 and language zh ≥ 3 and not vip only"
    assert {c.name: c.code for c in decision.candidates if not c.eligible} == {"Jon": "fails_condition", "Vi": "fails_condition"}


def test_a_step_may_drop_the_condition() -> None:
    center = ContactCenter()
    billing = center.queue("billing", condition="site == 'Köln'", steps=(step(15, condition=""),))
    kai = center.free_agent("Kai", site="Köln")
    kai.answers(billing.gets())
    bo = center.free_agent("Bo", site="Bonn")
    call = billing.gets()
    center.passes(14)
    assert call.ringing() is None
    center.passes(1)
    assert billing.offers(call, to=bo)


@pytest.mark.parametrize(
    ("steps", "condition", "says"),
    [
        ((), "billing >=", "condition “billing >=”: at character 11"),
        ((step(10, condition="a = 1"),), "", "write “==”"),
        ((step(60, asks={}), step(30, asks={})), "", "not in order of time"),
        ((step(10, asks={"billing": 7}),), "", "levels are 1 to 5"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(steps: tuple[object, ...], condition: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        ContactCenter().queue("billing", steps=steps, condition=condition)  # type: ignore[arg-type]


def test_new_steps_hold_for_who_waits() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 4})
    center.free_agent("Eva", {"billing": 5}).answers(billing.gets())
    jon = center.free_agent("Jon")
    call = billing.gets()
    center.passes(60)
    center.queue("billing", asks={"billing": 4}, steps=(step(30, asks={}),))
    assert billing.offers(call, to=jon)


# ── who is asked for ──────────────────────────────────────────────────────────────────────────────────────────────


def test_work_waits_alone_for_the_agent_asked_for_and_then_for_anyone() -> None:
    center = ContactCenter()
    billing = center.queue("billing", preferred_s=30.0)
    mei = center.free_agent("Mei")
    mei.answers(billing.gets())
    jon = center.free_agent("Jon")
    call = billing.gets(wants=mei)
    assert call.ringing() is None, "Mei talks; the customer wants her"
    center.passes(30)
    assert billing.offers(call, to=jon)


def test_nobody_waits_alone_for_an_agent_who_is_not_there() -> None:
    center = ContactCenter()
    billing = center.queue("billing", preferred_s=600.0)
    mei, jon = center.agent("Mei"), center.free_agent("Jon")
    assert billing.offers(billing.gets(wants=mei), to=jon)


def test_waiting_alone_ends_when_the_agent_leaves_or_says_no() -> None:
    center = ContactCenter()
    billing = center.queue("billing", preferred_s=600.0)
    mei, jon, kim = center.free_agent("Mei"), center.free_agent("Jon"), center.free_agent("Kim")
    call = billing.gets(wants=mei)
    assert billing.offers(call, to=mei)
    assert call.decision().summary.startswith("asked for by name")
    mei.declines(call)
    assert billing.offers(call, to=jon)
    mei.becomes(AgentState.AWAY)
    mei.becomes(AgentState.AVAILABLE)
    other = billing.gets(Channel.CALL, wants=kim)
    kim.answers(other)
    third = billing.gets(wants=kim)
    assert third.ringing() is None
    other.hangs_up()
    kim.becomes(AgentState.AWAY, "home")
    kim.writes_up(other)
    assert billing.offers(third, to=mei)


def test_the_agent_who_served_a_customer_last_is_asked_first() -> None:
    center = ContactCenter()
    billing = center.queue("billing", last_agent_days=7.0, preferred_s=30.0, wrap_up_s=0.0)
    mei = center.free_agent("Mei")
    first = billing.gets(customer="cust_ana")
    mei.answers(first)
    first.hangs_up()
    center.free_agent("Jon")
    center.passes(DAY_S)
    again = billing.gets(customer="cust_ana")
    assert billing.offers(again, to=mei)
    assert again.decision().summary.startswith("served this customer last")
    assert again.decision().candidates[0].code == "last_agent"


def test_the_last_agent_is_forgotten_after_some_days() -> None:
    center = ContactCenter()
    billing = center.queue("billing", last_agent_days=7.0, wrap_up_s=0.0)
    mei = center.free_agent("Mei")
    first = billing.gets(customer="cust_ana")
    mei.answers(first)
    first.hangs_up()
    center.passes(8 * DAY_S)
    mei.becomes(AgentState.AWAY)
    mei.becomes(AgentState.AVAILABLE)
    again = billing.gets(customer="cust_ana")
    assert again.decision().candidates[0].code == "longest_idle"
    center.restarts()
    assert center.of_type(OfferMade)[-1].agent_id == mei.agent_id


def test_nothing_flows_over_into_a_queue_that_is_closed() -> None:
    """The caller would hear music all night: the record says so, and the next step is taken."""
    center = ContactCenter()
    office = center.queue("office", hours=ALWAYS_CLOSED)
    billing = center.queue("billing", asks={"billing": 3}, steps=(step(30, overflow_to=office), step(60, asks={})))
    eva, jon = center.free_agent("Eva", {"billing": 3}), center.free_agent("Jon", {"other": 1})
    eva.answers(billing.gets())
    call = billing.gets()
    center.passes(45)
    assert call.view().queue_id == billing.queue_id
    assert center.of_type(WorkMoved) == []
    assert call.view().relaxed == "office was closed after 30 s"
    center.passes(15)
    assert billing.offers(call, to=jon)


def test_what_is_in_writing_may_lie_in_a_closed_queue_until_the_morning() -> None:
    center = ContactCenter()
    office = center.queue("office", hours=ALWAYS_CLOSED)
    billing = center.queue("billing", steps=(step(30, overflow_to=office),))
    ticket = billing.gets(Channel.TICKET)
    center.passes(30)
    assert ticket.view().queue_id == office.queue_id


def test_nobody_is_overflowed_early_into_a_closed_queue() -> None:
    center = ContactCenter()
    office = center.queue("office", hours=ALWAYS_CLOSED)
    center.free_agent("Jon", only=(office,))
    billing = center.queue("billing", asks={"billing": 3}, steps=(step(300, overflow_to=office),))
    call = billing.gets()
    assert call.view().queue_id == billing.queue_id

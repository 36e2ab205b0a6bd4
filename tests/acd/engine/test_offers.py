"""Offers: made, answered, declined, not answered, taken back. Names follow the pains in features.md under A."""

from __future__ import annotations

import pytest

from acd.model.agents import Declined
from acd.model.refusals import Refused, Repeated
from core.causes import EndCause, WorkEnd
from core.commands import AcceptOffer
from core.events import OfferAccepted, OfferDeclined, OfferExpired, OfferWithdrawn
from core.model import AgentState, Channel, UnreachableReason
from tests.acd.contact_center import ContactCenter, connected


def test_a_call_is_offered_to_the_free_agent_at_once() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3})
    mei = center.free_agent("Mei", {"billing": 4})
    call = billing.gets()
    assert billing.offers(call, to=mei)
    assert mei.state() is AgentState.OFFERED
    assert mei.view().until == center.now + 20


def test_agent_who_becomes_free_gets_the_caller_who_waited_longest() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    first, second = billing.gets(), billing.gets()
    mei = center.free_agent("Mei")
    assert billing.offers(first, to=mei)
    assert second.ringing() is None


def test_agent_is_never_left_offered() -> None:
    """freeswitch#2540, opensips#3123: agents stuck in a ringing or busy state for ever."""
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")

    billing.gets().hangs_up()
    assert mei.state() is AgentState.AVAILABLE
    call = billing.gets()
    center.passes(20)
    assert (mei.state(), mei.view().reason) == (AgentState.AWAY, "did not answer")
    mei.becomes(AgentState.AVAILABLE)
    assert billing.offers(call, to=mei)
    mei.accepts(call)
    center.passes(10)
    assert mei.state() is AgentState.AVAILABLE, "accepted, but call control never connected the two"
    center.passes(60)
    mei.answers(call)
    center.passes(8 * 3600)
    assert mei.state() is AgentState.WRAP_UP, "the end of the call was never told"
    center.passes(60)
    assert mei.state() is AgentState.AVAILABLE


def test_no_answer_sends_the_agent_away_and_the_caller_to_the_next_agent_at_once() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=mei)
    center.passes(20)
    assert len(center.of_type(OfferExpired)) == 1
    assert billing.offers(call, to=jon)
    assert mei.state() is AgentState.AWAY


def test_not_answered_caller_keeps_the_place_in_line() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    first, second = billing.gets(), billing.gets()
    center.passes(20)
    assert first.place() == 1
    mei.becomes(AgentState.AVAILABLE)
    assert billing.offers(first, to=mei)
    assert second.ringing() is None


def test_declined_work_goes_to_the_next_agent_and_not_back_to_the_decliner_for_a_minute() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.declines(call)
    assert len(center.of_type(OfferDeclined)) == 1
    assert billing.offers(call, to=jon)
    assert mei.state() is AgentState.AVAILABLE
    jon.declines(call)
    assert call.ringing() is None, "both said no"
    other = billing.gets()
    assert billing.offers(other, to=mei), "who declined one piece of work is asked for others"
    other.hangs_up()
    center.passes(60)
    assert billing.offers(call, to=mei), "asked again after a minute"


def test_why_the_last_offer_was_declined_is_shown_until_something_is_taken_or_the_shift_ends() -> None:
    """At once: supervisors should not have to wait for the third one."""
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    assert mei.view().declined is None
    mei.declines(billing.gets(), "technical")
    first = center.now
    assert mei.view().declined == Declined(at=first, reason="technical")
    center.passes(30)
    mei.declines(billing.gets(), "not_my_topic")
    assert mei.view().declined == Declined(at=first + 30, reason="not_my_topic")
    mei.answers(call := billing.gets())
    assert mei.view().declined is None, "it is settled"
    call.hangs_up()
    mei.writes_up(call)
    mei.declines(billing.gets(), "other")
    mei.becomes(AgentState.SIGNED_OUT)
    assert mei.view().declined is None


def test_a_minute_that_ends_while_it_rings_elsewhere_is_over() -> None:
    """Found by a long random day: the decliner was skipped until the moment after the next ringing."""
    center = ContactCenter()
    billing = center.queue("billing", ring_s=90.0)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.declines(call)
    center.passes(70)
    assert billing.offers(call, to=jon)
    jon.declines(call)
    assert billing.offers(call, to=mei), "asked again in the same step"


def test_agent_without_audio_is_offered_no_call_and_the_reason_is_shown() -> None:
    """amazon-connect-streams#428: agents silently lose the ability to answer."""
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    mei.loses_audio()
    call = billing.gets()
    assert call.ringing() is None
    assert (mei.view().reachable, mei.view().reachable_reason) == (False, UnreachableReason.MICROPHONE_DENIED)
    mei.has_audio()
    assert billing.offers(call, to=mei)


def test_agent_who_never_connected_audio_is_offered_no_call() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.agent("Mei")
    mei.becomes(AgentState.AVAILABLE)
    assert billing.gets().ringing() is None
    assert not mei.view().reachable


def test_offer_at_an_agent_whose_audio_breaks_rings_elsewhere_at_once() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    assert billing.offers(call, to=mei)
    mei.loses_audio()
    assert [event.agent_id for event in center.of_type(OfferWithdrawn)] == [mei.agent_id]
    assert billing.offers(call, to=jon)
    assert mei.state() is AgentState.UNREACHABLE, "not away: the agent did nothing wrong"


def test_agent_without_audio_still_gets_chats() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    mei.loses_audio()
    assert billing.offers(billing.gets(Channel.CHAT), to=mei)


def test_signing_out_while_it_rings_gives_the_caller_to_somebody_else() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.becomes(AgentState.SIGNED_OUT)
    assert mei.state() is AgentState.SIGNED_OUT
    assert billing.offers(call, to=jon)


def test_only_the_agent_it_rings_at_can_take_an_offer() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    with pytest.raises(Refused, match="offer is over"):
        center.does(AcceptOffer(offer_id=call.rings, agent_id=jon.agent_id))
    assert billing.offers(call, to=mei)


def test_a_late_click_is_refused_with_the_reason() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    late = AcceptOffer(offer_id=call.rings, agent_id=mei.agent_id)
    center.passes(20)
    before = center.engine.snapshot()
    with pytest.raises(Refused, match="this offer is over"):
        center.does(late)
    assert center.engine.snapshot() == before
    assert center.engine.refusals["offer_over"] == 1


def test_a_double_click_is_harmless() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    click = AcceptOffer(offer_id=call.rings, agent_id=mei.agent_id)
    center.does(click)
    with pytest.raises(Repeated):
        center.does(click)
    assert len(center.of_type(OfferAccepted)) == 1


def test_who_talks_after_the_time_for_connecting_talks_and_nobody_else_is_asked() -> None:
    """Call control died after it had connected them, and came back when the work was in line again."""
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.accepts(call)
    center.passes(10)
    assert call.place() == 1
    center.does(connected(call, mei))
    assert mei.state() is AgentState.BUSY
    assert call.place() is None
    jon = center.free_agent("Jon")
    assert not billing.offers(call, to=jon)
    with pytest.raises(Repeated):
        center.does(connected(call, mei))


def test_who_talks_late_is_taken_back_from_whoever_it_rings_at() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.accepts(call)
    center.passes(10)
    assert billing.offers(call, to=jon)
    other = billing.gets()
    center.does(connected(call, mei))
    assert mei.state() is AgentState.BUSY
    assert billing.offers(other, to=jon), "and what rang at her rings at somebody else"


def test_who_talks_late_is_taken_back_from_whoever_is_being_connected() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.accepts(call)
    center.passes(10)
    jon = center.free_agent("Jon")
    jon.accepts(call)
    center.does(connected(call, mei))
    assert (mei.state(), jon.state()) == (AgentState.BUSY, AgentState.AVAILABLE)
    with pytest.raises(Refused, match="not being connected"):
        center.does(connected(call, jon))
    call.hangs_up()
    assert mei.state() is AgentState.WRAP_UP
    assert billing.offers(billing.gets(), to=jon)


def test_late_connection_of_what_another_agent_handles_changes_nothing() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.accepts(call)
    center.passes(10)
    jon.accepts(call)
    center.does(connected(call, jon))
    with pytest.raises(Refused, match="not being connected"):
        center.does(connected(call, mei))
    assert jon.state() is AgentState.BUSY


def test_accepted_but_never_connected_caller_keeps_the_place_and_goes_to_another_agent() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.accepts(call)
    assert call.place() is None
    center.passes(10)
    assert billing.offers(call, to=jon)
    assert call.place() == 1
    assert billing.view().answered == 0, "an answer that never happened is not counted"


def test_caller_who_hangs_up_while_being_connected_has_abandoned() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    center.passes(15)
    mei.accepts(call)
    call.hangs_up()
    assert [event.cause for event in call.ends] == [WorkEnd.ABANDONED]
    assert mei.state() is AgentState.AVAILABLE
    assert (billing.view().answered, billing.view().abandoned) == (0, 1)


def test_preferred_agent_is_asked_first_when_free() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    center.free_agent("Mei")
    jon = center.free_agent("Jon")
    call = billing.gets(wants=jon)
    assert billing.offers(call, to=jon)
    assert call.decision().summary.startswith("asked for by name")


def test_waiting_call_withdrawn_by_its_flow_is_not_an_abandonment() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    call = billing.gets()
    call.hangs_up(EndCause.FLOW_HUNG_UP)
    assert [event.cause for event in call.ends] == [WorkEnd.WITHDRAWN]
    assert billing.view().abandoned == 0

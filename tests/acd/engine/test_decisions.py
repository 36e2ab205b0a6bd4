"""Why this agent: strategies, preference between pieces of work, and the record in words (features A1, A3, A4, A11)."""

from __future__ import annotations

import pytest

from acd.model.refusals import Refused
from core.model import AgentState, Channel, DecisionCandidate, Strategy
from tests.acd.contact_center import Contact, ContactCenter, Person


def candidate(call: Contact, person: Person) -> DecisionCandidate:
    return next(entry for entry in call.decision().candidates if entry.agent_id == person.agent_id)


def test_longest_idle_agent_gets_the_call_and_the_record_says_why() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3})
    mei, jon, eva = (center.free_agent(name, {"billing": 3}) for name in ("Mei", "Jon", "Eva"))
    call = billing.gets()
    assert billing.offers(call, to=mei)
    assert call.decision().summary == "longest idle of 3 with billing ≥ 3"
    assert [entry.agent_id for entry in call.decision().candidates] == [mei.agent_id, jon.agent_id, eva.agent_id]
    assert candidate(call, mei).why == "idle for 3 s"
    assert candidate(call, eva).score == pytest.approx(1.0)


def test_finishing_work_sends_an_agent_to_the_back_and_declining_does_not() -> None:
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=0)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.answers(call)
    center.passes(100)
    call.hangs_up()
    center.passes(1)
    second = billing.gets()
    assert billing.offers(second, to=jon)
    jon.declines(second)
    assert billing.offers(second, to=mei)
    assert billing.offers(billing.gets(), to=jon)


def test_most_skilled_agent_gets_the_call_however_long_others_were_idle() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 2}, strategy=Strategy.MOST_SKILLED)
    center.free_agent("Mei", {"billing": 2})
    jon = center.free_agent("Jon", {"billing": 5})
    call = billing.gets()
    assert billing.offers(call, to=jon)
    assert call.decision().summary == "most skilled of 2 with billing ≥ 2"
    assert candidate(call, jon).why == "billing 5; idle for 1 s"


def test_equally_skilled_agents_are_taken_by_idle_time() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 2}, strategy=Strategy.MOST_SKILLED)
    mei, _ = center.free_agent("Mei", {"billing": 4}), center.free_agent("Jon", {"billing": 4})
    assert billing.offers(billing.gets(), to=mei)


def test_the_record_says_why_the_others_did_not_get_it() -> None:
    center = ContactCenter()
    billing = center.queue("billing", asks={"billing": 3})
    other = center.queue("other")
    mei = center.free_agent("Mei", {"billing": 5})
    first = billing.gets()
    mei.answers(first)
    first.hangs_up()
    deaf = center.free_agent("Deaf", {"billing": 4})
    deaf.loses_audio()
    low = center.free_agent("Low", {"billing": 2})
    none = center.free_agent("None", {"chinese": 5})
    busy = center.free_agent("Busy", {"billing": 3}, only=(other, billing))
    busy.answers(other.gets(asks={"billing": 3}))
    jon = center.free_agent("Jon", {"billing": 3})
    call = billing.gets()
    assert billing.offers(call, to=jon)
    assert candidate(call, mei).why == "in wrap-up"
    assert candidate(call, deaf).why == "not reachable: microphone denied"
    assert candidate(call, low).why == "billing 2 < 3"
    assert candidate(call, none).why == "no billing"
    assert candidate(call, busy).why == "busy"
    assert call.decision().summary == "the only available agent with billing ≥ 3; Busy was busy"


def test_who_declined_is_named_as_such() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    call = billing.gets()
    mei.declines(call)
    assert billing.offers(call, to=jon)
    assert call.decision().summary == "the only available agent; Mei declined this before"


def test_the_record_of_a_thousand_candidates_stays_small() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    people = [center.free_agent(f"Agent{number}") for number in range(60)]
    call = billing.gets()
    assert billing.offers(call, to=people[0])
    assert call.decision().summary == "longest idle of 60"
    assert len(call.decision().candidates) == 10


def test_callers_are_served_in_order_of_arrival() -> None:
    """asterisk#1561, #1691."""
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=0)
    calls = []
    for _ in range(5):
        calls.append(billing.gets())
        center.passes(7)
    mei = center.free_agent("Mei")
    for call in calls:
        assert billing.offers(call, to=mei)
        mei.answers(call)
        call.hangs_up()


def test_priority_goes_first_and_ageing_overtakes_it() -> None:
    center = ContactCenter()
    billing = center.queue("billing", ageing=1.0)
    old = billing.gets()
    center.passes(3 * 60 - 1)
    vip = billing.gets(priority=3)
    assert (vip.place(), old.place()) == (1, 2), "a minute's wait is worth one point: 2:59 is less than 3 points"
    center.passes(2)
    late_vip = billing.gets(priority=3)
    assert (vip.place(), old.place(), late_vip.place()) == (1, 2, 3)


def test_no_queue_starves_beside_a_more_important_one() -> None:
    """asterisk#1561: a queue with weight above another one's starves it. With ageing the wait is bounded."""
    center = ContactCenter()
    important = center.queue("important", priority=5, wrap_up_s=0)
    plain = center.queue("plain", wrap_up_s=0)
    mei = center.agent("Mei")
    mei.has_audio()
    waiting, served = plain.gets(), [important.gets()]
    mei.becomes(AgentState.AVAILABLE)
    while waiting.ringing() is None:
        call = next(call for call in served if not call.ends and call.ringing() is not None)
        mei.answers(call)
        center.passes(60)
        call.hangs_up()
        served.append(important.gets())
        # Five points are worth five minutes: only who comes within them may pass, and each takes a minute.
        assert center.now - waiting.view().enqueued_at < 8 * 60
    assert plain.offers(waiting, to=mei)


def test_work_that_nobody_may_do_waits_without_blocking_the_line() -> None:
    """Wazo: one caller whom nobody can serve holds up everybody behind."""
    center = ContactCenter()
    billing = center.queue("billing")
    chinese = billing.gets(asks={"chinese": 3})
    english = billing.gets()
    mei = center.free_agent("Mei")
    assert billing.offers(english, to=mei)
    assert chinese.place() == 1


def test_an_agent_serves_only_the_queues_assigned() -> None:
    center = ContactCenter()
    billing, other = center.queue("billing"), center.queue("other")
    mei = center.free_agent("Mei", only=(other,))
    assert billing.gets().ringing() is None
    assert other.offers(other.gets(), to=mei)


def test_capacity_counts_each_channel_and_a_call_fills_a_person() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei", chat=2)
    chats = [billing.gets(Channel.CHAT) for _ in range(3)]
    for chat in chats[:2]:
        assert billing.offers(chat, to=mei)
        mei.accepts(chat)
    assert mei.state() is AgentState.BUSY
    assert chats[2].ringing() is None
    call = billing.gets()
    assert billing.offers(call, to=mei), "a call may arrive while chats are open"
    mei.answers(call)
    chats[0].is_over()
    mei.writes_up(chats[0])
    assert chats[2].ringing() is None, "nothing arrives during a call"
    call.hangs_up()
    mei.writes_up(call)
    assert billing.offers(chats[2], to=mei)


def test_whoever_talks_is_brought_nobody_else_whatever_the_capacity_says() -> None:
    """There is one audio leg. Before, the second call that was answered took it, and the first customer heard nothing."""
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei", call=2, callback=2)
    first, second = billing.gets(), billing.gets()
    mei.answers(first)
    assert second.ringing() is None
    jon = center.free_agent("Jon", only=(center.queue("other"),))
    with pytest.raises(Refused, match="busy"):
        jon_asks(jon, mei)
    first.hangs_up()
    assert billing.offers(second, to=mei), "while the first one is written up"
    mei.answers(second)
    assert billing.gets().ringing() is None


def jon_asks(jon: Person, other: Person) -> None:
    """In a conversation of his own."""
    caller = jon.center.line("other").gets()
    jon.answers(caller)
    jon.consults(caller, with_=other)


def test_wish_made_during_work_takes_effect_afterwards() -> None:
    center = ContactCenter()
    billing = center.queue("billing")
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.answers(call)
    mei.becomes(AgentState.AWAY, "lunch")
    assert mei.state() is AgentState.BUSY
    assert mei.view().next_state is AgentState.AWAY
    call.hangs_up()
    assert mei.state() is AgentState.WRAP_UP
    mei.writes_up(call)
    assert (mei.state(), mei.view().reason) == (AgentState.AWAY, "lunch")


def test_wrap_up_ends_by_itself_at_the_queues_limit() -> None:
    center = ContactCenter()
    billing = center.queue("billing", wrap_up_s=45)
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.answers(call)
    call.hangs_up()
    assert mei.view().until == center.now + 45
    next_call = billing.gets()
    center.passes(44)
    assert next_call.ringing() is None
    center.passes(1)
    assert billing.offers(next_call, to=mei)


def test_longest_wait_ends_the_work() -> None:
    center = ContactCenter()
    billing = center.queue("billing", max_wait_s=300)
    call = billing.gets()
    center.passes(300)
    assert [end.cause for end in call.ends] == ["timed_out"]


def test_longest_wait_does_not_cut_off_a_ringing_phone() -> None:
    center = ContactCenter()
    billing = center.queue("billing", max_wait_s=300)
    call = billing.gets()
    center.passes(290)
    mei = center.free_agent("Mei")
    center.passes(12)
    assert billing.offers(call, to=mei)
    center.passes(10)
    assert [end.cause for end in call.ends] == ["timed_out"], "nobody answered, and now the wait is over"

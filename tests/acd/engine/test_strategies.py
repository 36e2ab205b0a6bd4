"""Who of several gets the work, one strategy after the other; and what the record says about it."""

from __future__ import annotations

from collections import Counter

import pytest

from acd.engine.matching import RINGS_AT_MOST_AGENTS
from acd.engine.strategies import STRATEGIES
from acd.engine.strategies.question import Question
from acd.model.refusals import Refused
from core.causes import WorkEnd
from core.commands import AcceptOffer
from core.events import OfferAccepted, OfferExpired, OfferMade, OfferWithdrawn
from core.ids import WorkId
from core.model import AgentState, Channel, Strategy
from tests.acd.contact_center import ContactCenter, Person, needs


@pytest.mark.parametrize("strategy", list(Strategy))
def test_the_terms_add_up_to_the_score(strategy: Strategy) -> None:
    center = ContactCenter()
    skill = center.queue("billing", asks={"billing": 2, "tax": 1}, strategy=strategy)
    for number in range(4):
        center.free_agent(f"A{number}", {"billing": 2 + number % 3, "tax": 5 - number})
    decision = skill.gets().decision()
    assert decision.strategy is strategy
    for candidate in decision.candidates:
        assert sum(term.value for term in candidate.terms) == pytest.approx(candidate.score)
        assert candidate.name
    scores = [candidate.score for candidate in decision.candidates]
    assert scores == sorted(scores, reverse=True)


def test_every_strategy_has_a_file() -> None:
    assert set(STRATEGIES) == set(Strategy)


def test_longest_idle_prefers_who_has_nothing_open() -> None:
    center = ContactCenter()
    chat = center.queue("chat", strategy=Strategy.LONGEST_IDLE)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    mei.accepts(chat.gets(Channel.CHAT))
    assert chat.offers(chat.gets(Channel.CHAT), to=jon)


def test_least_occupied_looks_at_the_recent_time() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.LEAST_OCCUPIED, wrap_up_s=0.0)
    mei, jon = center.free_agent("Mei"), center.free_agent("Jon")
    for person, minutes in ((mei, 20), (jon, 5)):
        call = billing.gets(wants=person)
        person.answers(call)
        center.passes(60 * minutes)
        call.hangs_up()
        if person is mei:
            center.passes(30)
    call = billing.gets()
    assert billing.offers(call, to=jon), "he is idle for a shorter time, and has worked less"
    why = {candidate.name: candidate.why for candidate in call.decision().candidates}
    assert why["Jon"].endswith("% occupied lately")
    shares = {candidate.name: -candidate.score for candidate in call.decision().candidates}
    assert 0.05 < shares["Jon"] < shares["Mei"] < 0.6


def test_being_away_is_not_counted_as_rest() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.LEAST_OCCUPIED, wrap_up_s=0.0)
    mei = center.free_agent("Mei")
    call = billing.gets()
    mei.answers(call)
    center.passes(600)
    call.hangs_up()
    mei.becomes(AgentState.AWAY)
    agent = center.engine.registry.agents[mei.agent_id]
    before = agent.occupancy(center.now)
    center.passes(3600)
    assert agent.occupancy(center.now) == before > 0.25


def test_round_robin_asks_in_turn() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.ROUND_ROBIN, wrap_up_s=0.0)
    people = [center.free_agent(name) for name in ("Ann", "Bob", "Cyd")]
    asked: list[Person] = []
    for _ in range(6):
        call = billing.gets()
        (person,) = [person for person in people if billing.offers(call, to=person)]
        asked.append(person)
        call.hangs_up()
        center.passes(5)
    assert asked == people + people


def test_a_lot_is_fair_and_the_same_in_every_replay() -> None:
    winners = []
    for _ in range(2):
        center = ContactCenter()
        billing = center.queue("billing", strategy=Strategy.RANDOM, wrap_up_s=0.0)
        for name in ("Ann", "Bob", "Cyd"):
            center.free_agent(name)
        for _ in range(300):
            billing.gets().hangs_up()
        winners.append([made.agent_id for made in center.of_type(OfferMade)])
    assert winners[0] == winners[1]
    assert all(70 <= count <= 130 for count in Counter(winners[0]).values())


def test_a_lot_between_neighbours_is_fair() -> None:
    """Ids differ in their last character only."""
    center = ContactCenter()
    people = [center.engine.registry.agents[center.agent(f"A{number}").agent_id] for number in range(5)]
    scoring = STRATEGIES[Strategy.RANDOM]
    wins: Counter[str] = Counter()
    for number in range(2000):
        question = Question(WorkId(f"work_{number}"), 0, needs({}), 0.0, 0)
        wins[max(people, key=lambda agent: scoring.score(agent, question)).agent_id] += 1
    assert all(320 <= wins[agent.agent_id] <= 480 for agent in people)


# ── ring all ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ring_all_rings_at_everybody_and_one_wins() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    people = [center.free_agent(name) for name in ("Ann", "Bob", "Cyd")]
    call = billing.gets()
    assert all(billing.offers(call, to=person) for person in people)
    assert call.decision().summary == "rings at all 3"
    bobs = people[1].offer_of(call)
    people[0].accepts(call)
    assert len(center.of_type(OfferAccepted)) == 1
    assert len(center.of_type(OfferWithdrawn)) == 2
    assert [person.state() for person in people] == [AgentState.BUSY, AgentState.AVAILABLE, AgentState.AVAILABLE]
    with pytest.raises(Refused, match="over"):
        center.does(AcceptOffer(offer_id=bobs, agent_id=people[1].agent_id))


def test_who_becomes_free_joins_the_ringing() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL, ring_s=20.0)
    ann, bob = center.free_agent("Ann"), center.agent("Bob")
    call = billing.gets()
    center.passes(15)
    bob.has_audio()
    bob.becomes(AgentState.AVAILABLE)
    assert billing.offers(call, to=bob)
    center.passes(5)
    assert ann.state() is AgentState.AWAY, "it rang at her for 20 s"
    assert billing.offers(call, to=bob), "and at him for 5 s"
    bob.answers(call)
    assert len(center.of_type(OfferExpired)) == 1


def test_when_one_declines_it_rings_on_at_the_others() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    ann, bob = center.free_agent("Ann"), center.free_agent("Bob")
    call = billing.gets()
    ann.declines(call)
    assert not billing.offers(call, to=ann)
    assert billing.offers(call, to=bob)
    bob.becomes(AgentState.AWAY)
    assert call.rings_at() == []
    assert call.place() == 1
    center.passes(60)
    assert billing.offers(call, to=ann)


def test_the_second_caller_rings_when_the_first_is_answered() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    people = [center.free_agent(name) for name in ("Ann", "Bob", "Cyd")]
    first, second = billing.gets(), billing.gets()
    assert second.ringing() is None
    people[2].answers(first)
    assert [billing.offers(second, to=person) for person in people] == [True, True, False]


def test_ringing_at_many_has_a_limit() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    people = [center.free_agent(f"A{number:02}") for number in range(RINGS_AT_MOST_AGENTS + 3)]
    call = billing.gets()
    assert len(call.rings_at()) == RINGS_AT_MOST_AGENTS
    people[0].declines(call)
    assert len(call.rings_at()) == RINGS_AT_MOST_AGENTS, "the next one takes the place of who declined"
    call.hangs_up()
    assert call.ends[0].cause is WorkEnd.ABANDONED
    assert all(person.state() is AgentState.AVAILABLE for person in people)


def test_a_caller_nobody_answers_times_out_although_it_rings_at_more_and_more() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL, max_wait_s=60.0, ring_s=20.0)
    call = billing.gets()
    for number in range(12):
        center.free_agent(f"A{number:02}")
        center.passes(9)
    assert call.ends[0].cause is WorkEnd.TIMED_OUT


def test_ring_all_survives_a_restart() -> None:
    center = ContactCenter()
    billing = center.queue("billing", strategy=Strategy.RING_ALL)
    ann, bob = center.free_agent("Ann"), center.agent("Bob")
    call = billing.gets()
    center.restarts()
    bob.has_audio()
    bob.becomes(AgentState.AVAILABLE)
    assert billing.offers(call, to=bob)
    assert billing.offers(call, to=ann)


# ── capacity ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_call_may_arrive_while_two_chats_are_open_and_not_while_three_are() -> None:
    center = ContactCenter()
    chat, billing = center.queue("chat"), center.queue("billing")
    mei = center.free_agent("Mei", interrupted={"call": {"chat": 2}}, chat=3)
    chats = [chat.gets(Channel.CHAT) for _ in range(3)]
    for contact in chats:
        mei.accepts(contact)
    call = billing.gets()
    assert call.ringing() is None
    chats[0].is_over()
    mei.writes_up(chats[0])
    assert billing.offers(call, to=mei)


def test_a_chat_may_arrive_during_a_call_where_it_is_declared() -> None:
    center = ContactCenter()
    chat, billing = center.queue("chat"), center.queue("billing")
    mei = center.free_agent("Mei", interrupted={"chat": {"call": 1}})
    jon = center.free_agent("Jon")
    for person in (mei, jon):
        person.answers(billing.gets(wants=person))
    assert chat.offers(chat.gets(Channel.CHAT), to=mei)
    assert jon.state() is AgentState.BUSY


def test_an_agent_without_a_channel_is_nobody_for_it() -> None:
    center = ContactCenter()
    chat = center.queue("chat")
    center.free_agent("Mei", chat=0)
    assert chat.gets(Channel.CHAT).ringing() is None

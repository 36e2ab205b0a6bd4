"""The small pure parts: state tables, deadlines, skills, buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.model.agents import TRANSITIONS as AGENT_TRANSITIONS
from acd.model.agents import Agent, Shown
from acd.model.deadlines import Deadlines
from acd.model.match_buckets import MAX_IDLE_BUCKETS, BucketKey, MatchBuckets, put, take
from acd.model.roster import Roster
from acd.model.work import TRANSITIONS as WORK_TRANSITIONS
from acd.model.work import IllegalTransition, Work, WorkState
from acd.rules.priority import Rank, rank, score
from acd.rules.rules import Rules
from acd.rules.skills import combine, levels_of, shortfall, shortfall_words, words
from core.ids import AgentId, QueueId, SkillId, WorkId
from core.model import AgentConfig, AgentState, Channel
from tests.acd.contact_center import needs, skills


def some_work() -> Work:
    return Work(
        work_id=WorkId("work_1"),
        call_id=None,
        channel=Channel.CHAT,
        queue_id=QueueId("queue_a"),
        customer_id=None,
        extra_priority=0.0,
        extra_requirements=(),
        preferred_agent=None,
        arrival=1,
        enqueued_at=0.0,
        wait_until=100.0,
        since=0.0,
        until=100.0,
    )


@pytest.mark.parametrize("start", list(WorkState))
@pytest.mark.parametrize("to", list(WorkState))
def test_work_makes_only_the_transitions_of_its_table(start: WorkState, to: WorkState) -> None:
    work = some_work()
    work.state = start
    if to in WORK_TRANSITIONS[start]:
        work.move(to, 5.0, 9.0)
        assert (work.state, work.since, work.until) == (to, 5.0, 9.0)
    else:
        with pytest.raises(IllegalTransition):
            work.move(to, 5.0, 9.0)


@pytest.mark.parametrize("start", list(AgentState))
@pytest.mark.parametrize("to", list(AgentState))
def test_agents_make_only_the_transitions_of_their_table(start: AgentState, to: AgentState) -> None:
    agent = Agent.of(AgentConfig(agent_id=AgentId("agent_a"), name="A"), 0.0)
    agent.shown = Shown(start)
    if to is start:
        assert not agent.show(Shown(to), 5.0)
    elif to in AGENT_TRANSITIONS[start]:
        assert agent.show(Shown(to), 5.0)
        assert agent.since == 5.0
    else:
        with pytest.raises(IllegalTransition):
            agent.show(Shown(to), 5.0)


def test_nobody_talks_who_was_not_offered_something() -> None:
    for rest in (AgentState.SIGNED_OUT, AgentState.AWAY, AgentState.AVAILABLE):
        assert AgentState.BUSY not in AGENT_TRANSITIONS[rest]
        assert AgentState.WRAP_UP not in AGENT_TRANSITIONS[rest]


def test_deadlines_come_in_order_and_a_changed_one_counts_once() -> None:
    deadlines = Deadlines()
    for name, when in (("a", 3.0), ("b", 1.0), ("c", 2.0), ("a", 0.5), ("c", 9.0)):
        deadlines.set(("work", name), when)
    deadlines.clear(("work", "b"))
    assert deadlines.next() == 0.5
    assert list(deadlines.due(5.0)) == [("work", "a")]
    assert deadlines.next() == 9.0


def test_deadlines_changed_a_thousand_times_take_no_room() -> None:
    deadlines = Deadlines()
    for when in range(10_000):
        deadlines.set(("work", "a"), float(when))
    assert list(deadlines.due(20_000.0)) == [("work", "a")]
    assert deadlines.next() is None


def test_requirements_combine_to_the_highest_of_each_skill() -> None:
    both = combine(needs({"billing": 2, "chinese": 4}), needs({"billing": 3}))
    assert words(both) == "billing ≥ 3 and chinese ≥ 4"
    assert combine(needs({"b": 1, "a": 1})) == combine(needs({"a": 1}), needs({"b": 1}))


def test_shortfall_in_words() -> None:
    levels = levels_of(skills({"skill_tech_support": 2}))
    missing = shortfall(levels, needs({"skill_tech_support": 3}))
    assert missing is not None
    assert shortfall_words(levels, missing) == "tech support 2 < 3"
    assert shortfall(levels, needs({"skill_tech_support": 2})) is None


def test_rank_is_constant_and_agrees_with_the_score_at_any_time() -> None:
    older, important = rank(0.0, 1.0, 0.0, 1), rank(2.0, 1.0, 60.0, 2)
    assert important < older
    for now in (60.0, 600.0, 6000.0):
        assert score(2.0, 1.0, 60.0, now) > score(0.0, 1.0, 0.0, now)


POINTS, PACE, MINUTES = st.integers(-5, 5), st.floats(0.1, 5.0), st.floats(0.0, 120.0)


CONTESTANTS = st.tuples(POINTS, PACE, MINUTES)


@given(me=CONTESTANTS, they=CONTESTANTS)
def test_nobody_is_passed_beyond_the_stated_bound(me: tuple[int, float, float], they: tuple[int, float, float]) -> None:
    """`acd/rules/priority.py`: who has waited w minutes is passed only by who has waited (a·w − Δpriority) / a′."""
    now = 10_000.0
    (mine, my_pace, i_waited), (theirs, their_pace, they_waited) = me, they
    my_score = score(mine, my_pace, now - 60 * i_waited, now)
    their_score = score(theirs, their_pace, now - 60 * they_waited, now)
    if their_score > my_score:
        assert they_waited >= (my_pace * i_waited - (theirs - mine)) / their_pace - 1e-6


def test_a_place_that_is_not_in_line_cannot_be_left() -> None:
    line = [(Rank(1.0, 1), WorkId("work_1"))]
    put(line, (Rank(0.0, 2), WorkId("work_2")))
    with pytest.raises(KeyError):
        take(line, (Rank(0.0, 3), WorkId("work_3")))
    take(line, (Rank(0.0, 2), WorkId("work_2")))
    assert line == [(Rank(1.0, 1), WorkId("work_1"))]


def test_buckets_of_strange_wishes_are_forgotten_when_empty() -> None:
    agent = Agent.of(AgentConfig(agent_id=AgentId("agent_a"), name="A", skills=skills({"odd": 5})), 0.0)
    buckets = MatchBuckets(Roster([agent]))
    kept = buckets.bucket(BucketKey(QueueId("queue_a"), Channel.CALL, Rules()))
    buckets.put(kept, (Rank(0.0, 0), WorkId("work_0")))
    for number in range(3 * MAX_IDLE_BUCKETS):
        buckets.bucket(BucketKey(QueueId("queue_a"), Channel.CALL, Rules(combine(needs({SkillId(f"odd{number}"): 1})))))
    assert buckets.count <= MAX_IDLE_BUCKETS + 2
    assert [bucket.key for bucket in buckets.filled_for(agent.agent_id)] == [kept.key]

"""`enqueue`: music, announcements in proper order, and every way a wait can end."""

import pytest

from core.causes import WorkEnd
from core.ids import SkillId
from core.model import SkillRequirement
from core.ranges import LARGEST_POINTS
from tests.ivr.callers import Caller, flow_of

MUSIC = "♪ prompts/music/hold.wav"

QUEUE = """
    wait:
      verb: enqueue
      queue: queue_orders
      skills: [{skill: skill_english, level: 3}]
      priority: "{urgency}"
      say: I am looking for somebody.
      waiting:
        text: Thank you for waiting.
        first_after_s: 10
        every_s: 30
      max_wait_s: 120
      too_long: nobody
      failed: trouble
    nobody: {verb: hang_up, say: Nobody is free.}
    trouble: {verb: hang_up, say: We cannot take your call.}
"""


@pytest.fixture
def caller() -> Caller:
    return Caller(flow_of(QUEUE, variables="{urgency: 5}"))


def test_asks_for_an_agent_with_skills_and_priority(caller: Caller) -> None:
    (request,) = caller.enqueued
    assert (request.queue_id, request.priority) == ("queue_orders", 5.0)
    assert request.requirements == (SkillRequirement(skill=SkillId("skill_english"), level=3),)


def test_a_priority_that_is_no_number_counts_as_none() -> None:
    caller = Caller(flow_of(QUEUE, variables="{urgency: soon}"))
    assert caller.enqueued[0].priority == 0.0


def test_says_its_words_once_and_then_plays_music_again_and_again(caller: Caller) -> None:
    assert caller.hears == "I am looking for somebody."
    caller.listens()
    assert caller.hears == MUSIC
    assert caller.sound is not None
    assert caller.sound.loop


def test_tells_place_and_expected_wait_at_intervals_between_music(caller: Caller) -> None:
    caller.listens()
    caller.moves_to(3, expected_wait_s=200)
    caller.waits(10)
    told = "You are number three in line. The expected wait is about five minutes. Thank you for waiting."
    assert caller.hears == told
    caller.listens()
    assert caller.hears == MUSIC
    caller.moves_to(1, expected_wait_s=40)
    caller.waits(29)
    assert caller.hears == MUSIC
    caller.waits(1)
    assert caller.hears == "You are next in line. You should be connected in less than a minute. Thank you for waiting."


def test_says_nothing_about_a_place_it_does_not_know(caller: Caller) -> None:
    caller.listens()
    caller.waits(10)
    assert caller.hears == "Thank you for waiting."


def test_plays_no_announcement_without_words() -> None:
    caller = Caller(flow_of(QUEUE.replace("text: Thank you for waiting.", "announce: []"), variables="{urgency: 5}"))
    caller.listens()
    caller.waits(60)
    assert caller.hears == MUSIC


def test_falls_silent_for_the_agent(caller: Caller) -> None:
    caller.listens()
    caller.is_connected()
    assert (caller.outcome, caller.hears) == ("connected", "")
    assert caller.left_queue == []
    assert caller.machine.next_deadline() is None


def test_plays_nothing_new_while_the_agent_is_being_connected(caller: Caller) -> None:
    caller.listens()
    caller.is_accepted()
    before = len(caller.heard)
    caller.waits(40)
    assert len(caller.heard) == before


def test_plays_on_when_nothing_came_of_the_agent_s_answer(caller: Caller) -> None:
    caller.listens()
    caller.is_accepted()
    before = len(caller.heard)
    caller.waits(46)
    assert caller.heard[before:] == [MUSIC]


def test_gives_up_after_the_longest_wait(caller: Caller) -> None:
    caller.waits(120)
    assert (caller.hears, caller.reason) == ("Nobody is free.", "nobody was free in 120 s")
    (left,) = caller.left_queue
    assert not left.abandoned


def test_a_queue_that_cannot_take_the_call_has_its_own_way(caller: Caller) -> None:
    caller.is_not_taken("no such queue")
    assert (caller.hears, caller.reason) == ("We cannot take your call.", "the queue did not take the call: no such queue")
    assert caller.left_queue == []


def test_a_wait_that_the_acd_ends_goes_on_elsewhere(caller: Caller) -> None:
    caller.wait_ends(WorkEnd.TIMED_OUT)
    assert caller.hears == "Nobody is free."


def test_hanging_up_while_waiting_is_abandoning(caller: Caller) -> None:
    caller.hangs_up()
    (left,) = caller.left_queue
    assert left.abandoned
    assert caller.outcome == "hung_up"


def test_keeps_its_place_over_a_restart_and_plays_music_on(caller: Caller) -> None:
    caller.listens()
    caller.waits(60)
    caller.survives_a_restart()
    assert caller.hears == MUSIC
    first, again = caller.enqueued
    assert first.number == again.number
    caller.waits(60)
    assert caller.step == "nobody"


def test_keys_mean_nothing_while_waiting(caller: Caller) -> None:
    caller.presses("123#")
    assert caller.step == "wait"


def test_a_place_that_the_queues_lost_is_asked_for_again_under_its_id_and_the_music_goes_on(caller: Caller) -> None:
    caller.listens()
    caller.loses_the_place()
    first, again = caller.enqueued
    assert again == first
    assert caller.hears == MUSIC


def test_who_is_being_connected_or_waits_for_nothing_asks_for_no_place(caller: Caller) -> None:
    caller.listens()
    caller.is_accepted()
    caller.loses_the_place()
    assert len(caller.enqueued) == 1
    caller.wait_ends()
    caller.loses_the_place()
    assert len(caller.enqueued) == 1


@pytest.mark.parametrize(
    ("typed", "points"), [("99999999", LARGEST_POINTS), ("nan", 0.0), ("-1e999", -LARGEST_POINTS), ("", 0.0)]
)
def test_a_priority_beyond_all_limits_costs_nobody_the_place(typed: str, points: float) -> None:
    """Eight digits of a customer number, and the queue would not take the caller."""
    flow = flow_of(f"""
        first: {{verb: set, values: {{typed: "{typed}"}}, next: wait}}
        wait: {{verb: enqueue, queue: q, priority: "{{typed}}", too_long: bye, failed: bye}}
        bye: {{verb: hang_up}}
    """)
    assert [place.priority for place in Caller(flow).enqueued] == [points]

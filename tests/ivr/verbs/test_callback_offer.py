"""The callback that `enqueue` offers: when it is offered, confirmed, granted, and what a caller hears on the way."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from ivr.actions import RequestCallback
from ivr.flow import CallFacts
from ivr.inputs import CallbackRefused, CallbackTaken
from ivr.load import load_flow
from ivr.problems import FlowRefused
from ivr.simulator import script, simulate
from tests.ivr.callers import NOON, Caller, flow_of

MUSIC = "♪ prompts/music/hold.wav"
OFFER = "You can hang up without losing your place. To be called back, press one"
QUESTION = "We will call you back on + 4 4 1 6 3 2 9 6 0 0 0 1"
GOODBYE = "Thank you. You keep your place in line, and we will call you back. Goodbye."
FLOW = """
    wait:
      verb: enqueue
      queue: queue_orders
      waiting: {announce: [expected_wait], first_after_s: 10, every_s: 30}
      callback: {after_s: 60, expected_over_s: 300, key: 1}
      max_wait_s: 600
      too_long: nobody
      failed: trouble
      closed: night
    nobody: {verb: hang_up, say: Nobody is free.}
    trouble: {verb: hang_up, say: We cannot take your call.}
    night: {verb: hang_up, say: We are closed.}
"""


@pytest.fixture
def caller() -> Caller:
    return Caller(flow_of(FLOW))


def asked(caller: Caller) -> list[RequestCallback]:
    return [action for action in caller.actions if isinstance(action, RequestCallback)]


def wants_it(caller: Caller) -> None:
    """Hears the offer, presses, hears the question, presses again."""
    caller.waits(70)
    caller.presses("1")
    caller.presses("1")


def test_nothing_is_offered_at_once_and_keys_mean_nothing(caller: Caller) -> None:
    caller.moves_to(2, expected_wait_s=100)
    caller.waits(10)
    assert caller.hears == "The expected wait is about two minutes."
    caller.presses("1")
    assert asked(caller) == []
    assert caller.hears == "The expected wait is about two minutes."


def test_offered_after_a_while_with_the_expected_wait(caller: Caller) -> None:
    caller.moves_to(2, expected_wait_s=100)
    caller.waits(10)
    caller.listens()
    caller.waits(30)
    assert OFFER not in caller.hears
    caller.listens()
    caller.waits(30)
    assert caller.hears == f"The expected wait is about two minutes. {OFFER}"


def test_offered_at_the_first_announcement_when_the_wait_will_be_long(caller: Caller) -> None:
    caller.moves_to(9, expected_wait_s=900)
    caller.waits(10)
    assert caller.hears.endswith(OFFER)


def test_the_number_is_confirmed_before_anything_is_promised(caller: Caller) -> None:
    caller.waits(70)
    caller.presses("1")
    assert caller.hears.startswith(QUESTION)
    assert asked(caller) == []
    caller.presses("1")
    assert [action.number for action in asked(caller)] == [1]


def test_the_place_is_kept_and_the_caller_is_sent_home(caller: Caller) -> None:
    wants_it(caller)
    caller.meets(CallbackTaken())
    assert caller.hears == GOODBYE
    caller.listens()
    assert caller.hung_up_on is not None
    assert caller.hung_up_on.cause is EndCause.FLOW_HUNG_UP
    assert caller.left_queue == []


def test_who_hangs_up_right_after_confirming_has_not_abandoned(caller: Caller) -> None:
    wants_it(caller)
    caller.hangs_up()
    assert caller.left_queue == []
    assert caller.outcome == "hung_up"


def test_another_key_or_silence_keeps_the_caller_on_the_line(caller: Caller) -> None:
    caller.waits(70)
    caller.presses("1")
    caller.presses("2")
    assert caller.hears == MUSIC
    caller.presses("1")
    caller.listens()
    caller.waits(8)
    assert caller.hears == MUSIC
    assert asked(caller) == []
    caller.hangs_up()
    assert [left.abandoned for left in caller.left_queue] == [True]


def test_too_late_a_wish_goes_on_to_the_agent_who_has_just_answered(caller: Caller) -> None:
    wants_it(caller)
    caller.is_accepted()
    caller.meets(CallbackRefused(reason="an agent has just answered"))
    caller.is_connected()
    assert caller.outcome == "connected"


def test_a_refused_wish_goes_on_waiting_and_giving_up_is_abandoning(caller: Caller) -> None:
    wants_it(caller)
    caller.meets(CallbackRefused(reason="no answer"))
    assert caller.hears == MUSIC
    caller.hangs_up()
    assert [left.abandoned for left in caller.left_queue] == [True]


def test_an_agent_who_answers_during_the_question_comes_first(caller: Caller) -> None:
    caller.waits(70)
    caller.presses("1")
    caller.is_accepted()
    caller.presses("1")
    assert asked(caller) == []
    caller.is_connected()
    assert caller.outcome == "connected"


def test_a_restart_while_asking_asks_again_and_one_during_the_goodbye_says_it_again(caller: Caller) -> None:
    wants_it(caller)
    caller.survives_a_restart()
    assert [action.number for action in asked(caller)] == [1, 1]
    assert len(caller.enqueued) == 1
    caller.meets(CallbackTaken())
    caller.survives_a_restart()
    assert caller.hears == GOODBYE
    caller.listens()
    assert caller.hung_up_on is not None


@pytest.mark.parametrize("number", ["", "anonymous", "ann@example.org"])
def test_who_cannot_be_called_is_offered_nothing(number: str) -> None:
    caller = Caller(flow_of(FLOW), facts=CallFacts(caller=number, called="1000"))
    caller.waits(200)
    assert not any(OFFER in heard for heard in caller.heard)


def test_without_a_trunk_for_calls_out_nothing_is_promised() -> None:
    caller = Caller(flow_of(FLOW), facts=CallFacts(caller="+441632960001", called="1000", can_call_back=False))
    caller.waits(200)
    assert not any(OFFER in heard for heard in caller.heard)


def test_the_author_s_own_words_are_spoken() -> None:
    own = FLOW.replace("key: 1}", 'key: "#", offer: Hash., confirm: "{caller:digits}?", goodbye: Bye.}')
    caller = Caller(flow_of(own))
    caller.waits(70)
    assert "Hash." in caller.hears
    caller.presses("#")
    assert caller.hears.endswith("1")
    caller.presses("#")
    caller.meets(CallbackTaken())
    assert caller.hears == "Bye."


def test_a_closed_queue_has_its_own_way(caller: Caller) -> None:
    caller.is_not_taken("the queue is closed", code="closed")
    assert caller.step == "night"


def test_every_fixed_word_is_known_before_any_call() -> None:
    texts = {prompt.text for prompt in flow_of(FLOW).fixed_prompts()}
    assert {GOODBYE, "We will call you back on"} <= texts


def test_mistakes_in_the_offer_are_told_with_their_place() -> None:
    wrong = "flow: flow_x\nname: X\nstart: wait\nsteps:\n  wait: {verb: enqueue, queue: q, too_long: bye, failed: bye,"
    wrong += " callback: {key: 12, confirm_s: 0}}\n  bye: {verb: hang_up}\n"
    with pytest.raises(FlowRefused) as refusal:
        load_flow(wrong, "x.yaml")
    sentences = [problem.sentence for problem in refusal.value.problems]
    assert any("`key` must be one key" in sentence for sentence in sentences)
    assert any("`confirm_s` must be more than 0" in sentence for sentence in sentences)


def test_the_simulator_walks_it() -> None:
    facts = CallFacts(caller="+441632960001", called="1000")
    path = simulate(flow_of(FLOW), facts, NOON, script("1 1"), agent_after_s=400)
    assert path.texts[-1] == GOODBYE
    assert (path.outcome, path.cause) == ("hung_up", EndCause.FLOW_HUNG_UP)

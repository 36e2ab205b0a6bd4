"""`menu`: keys and phrases, barge-in, tries, silence."""

import pytest

from ivr.verbs.menu import plain
from tests.ivr.callers import Caller, flow_of

MENU = """
    choose:
      verb: menu
      ask: For orders press 1, for billing press 2.
      timeout_s: 6
      tries: 3
      options:
        - {digit: 1, label: orders, phrases: [orders, my order], go: orders}
        - {digit: 2, label: billing, phrases: [billing, my bill], go: billing}
      no_match: confused
      no_input: silent
    orders: {verb: hang_up, say: Orders.}
    billing: {verb: hang_up, say: Billing.}
    confused: {verb: hang_up, say: Confused.}
    silent: {verb: hang_up, say: Silent.}
"""


@pytest.fixture
def caller() -> Caller:
    return Caller(flow_of(MENU))


def test_asks_and_listens_for_the_phrases_of_all_options(caller: Caller) -> None:
    assert caller.hears == "For orders press 1, for billing press 2."
    assert caller.listening == ("orders", "my order", "billing", "my bill")


def test_a_key_chooses_while_the_question_is_still_playing(caller: Caller) -> None:
    caller.presses("2")
    assert caller.step == "billing"
    assert caller.reason == "chose 2 (billing)"
    assert caller.hears == "Billing."
    assert caller.listening == ()


def test_a_phrase_chooses_while_the_question_is_still_playing(caller: Caller) -> None:
    caller.says("my order")
    assert (caller.step, caller.reason) == ("orders", "said “my order” (orders)")


def test_a_phrase_within_other_words_chooses(caller: Caller) -> None:
    caller.listens()
    caller.says("it's about My Bill, please")
    assert caller.step == "billing"


def test_two_choices_in_one_breath_are_not_understood(caller: Caller) -> None:
    caller.listens()
    caller.says("orders billing")
    assert caller.hears.startswith("Sorry, I did not understand that.")


def test_noise_under_the_question_does_not_interrupt_it(caller: Caller) -> None:
    caller.says("")
    assert caller.hears == "For orders press 1, for billing press 2."


def test_a_wrong_answer_into_the_question_is_no_silence(caller: Caller) -> None:
    """Who talks into the question says nothing more after it: that was an answer that does not fit."""
    for _ in range(3):
        caller.says("something else")
        caller.listens()
        caller.waits(6)
    assert (caller.step, caller.reason) == ("confused", "no answer that fits")


def test_after_noise_under_the_question_the_right_answer_counts(caller: Caller) -> None:
    caller.says("")
    caller.listens()
    caller.says("billing")
    assert caller.step == "billing"


def test_uncertain_speech_after_the_question_is_asked_again(caller: Caller) -> None:
    caller.listens()
    caller.says("orders", confidence=0.1)
    assert caller.hears == "Sorry, I did not understand that. For orders press 1, for billing press 2."


def test_a_wrong_key_is_asked_again_and_then_goes_to_no_match(caller: Caller) -> None:
    for _ in range(3):
        caller.presses("9")
    assert (caller.step, caller.reason) == ("confused", "no answer that fits")


def test_silence_is_asked_again_and_then_goes_to_no_input(caller: Caller) -> None:
    for _ in range(2):
        caller.listens()
        caller.waits(6)
        assert caller.hears.startswith("Sorry, I did not hear anything.")
    caller.listens()
    caller.waits(5.9)
    assert caller.step == "choose"
    caller.waits(0.2)
    assert (caller.step, caller.reason) == ("silent", "no answer")


def test_the_time_to_answer_begins_after_the_question(caller: Caller) -> None:
    caller.waits(8)
    assert caller.hears == "For orders press 1, for billing press 2."


def test_an_answer_is_heard_on_the_second_try(caller: Caller) -> None:
    caller.presses("9")
    caller.says("orders")
    assert caller.step == "orders"


def test_otherwise_serves_both_failures() -> None:
    flow = flow_of(MENU.replace("no_match: confused", "otherwise: confused").replace("no_input: silent", "no_input: silent"))
    caller = Caller(flow)
    for _ in range(3):
        caller.presses("9")
    assert caller.step == "confused"


def test_own_words_for_sorry() -> None:
    caller = Caller(flow_of(MENU.replace("tries: 3", "tries: 2\n      sorry: Pardon?\n      sorry_silence: Still there?")))
    caller.presses("9")
    assert caller.hears.startswith("Pardon?")


def test_begins_again_after_a_restart(caller: Caller) -> None:
    caller.presses("9")
    caller.survives_a_restart()
    assert caller.hears == "For orders press 1, for billing press 2."
    assert caller.listening == ("orders", "my order", "billing", "my bill")
    caller.presses("1")
    assert caller.step == "orders"


def test_phrases_are_compared_as_recognizers_write_them() -> None:
    assert plain("  It's MY-order! ") == "it's my order"

"""`collect`: digits, terminator, time-outs and patterns. Secrets: `test_secrets.py`."""

import pytest

from tests.ivr.callers import Caller, flow_of

COLLECT = """
    ask:
      verb: collect
      ask: Please key in your order number.
      into: order
      min_digits: 4
      max_digits: 6
      timeout_s: 6
      next_digit_s: 3
      tries: 2
      next: found
      otherwise: lost
    found: {verb: hang_up, say: "Order {order:digits}."}
    lost: {verb: hang_up, say: Never mind.}
"""


@pytest.fixture
def caller() -> Caller:
    return Caller(flow_of(COLLECT))


def test_the_first_digit_silences_the_question(caller: Caller) -> None:
    caller.presses("4")
    assert caller.hears == ""
    assert caller.step == "ask"


def test_as_many_digits_as_there_can_be_are_enough(caller: Caller) -> None:
    caller.presses("471112")
    assert caller.hears == "Order 4 7 1 1 1 2"
    assert caller.reason == "entered 6 digits"


def test_the_terminator_ends_the_number(caller: Caller) -> None:
    caller.presses("4711#")
    assert caller.variables["order"] == "4711"


def test_a_pause_ends_the_number(caller: Caller) -> None:
    caller.presses("4711")
    caller.waits(3)
    assert caller.step == "found"


def test_too_few_digits_are_asked_again(caller: Caller) -> None:
    caller.presses("47#")
    assert caller.hears.startswith("Sorry, I did not understand that.")
    caller.presses("4711#")
    assert caller.step == "found"


def test_silence_twice_gives_up(caller: Caller) -> None:
    for _ in range(2):
        caller.listens()
        caller.waits(6)
    assert (caller.step, caller.reason) == ("lost", "no answer")


def test_words_instead_of_digits_are_no_silence(caller: Caller) -> None:
    caller.listens()
    caller.says("four seven one one")
    caller.waits(6)
    assert caller.hears.startswith("Sorry, I did not understand that.")
    caller.presses("4711#")
    assert caller.step == "found"


def test_a_pattern_must_fit() -> None:
    caller = Caller(flow_of(COLLECT.replace("tries: 2", "tries: 1\n      pattern: '4[0-9]+'")))
    caller.presses("5711#")
    assert caller.step == "lost"


def test_digits_pressed_before_the_question_count(caller: Caller) -> None:
    flow = flow_of("hello: {verb: say, text: Welcome., next: ask}\n" + COLLECT.replace("\n    ", "\n").strip())
    early = Caller(flow)
    early.presses("4711#")
    assert early.step == "found"


def test_the_trace_never_shows_the_digits(caller: Caller) -> None:
    caller.presses("4711#")
    assert "4711" not in caller.reason


def test_what_is_no_secret_is_recorded_with_the_call(caller: Caller) -> None:
    caller.presses("4711#")
    caller.listens()
    assert caller.finish is not None
    assert caller.finish.variables["order"] == "4711"

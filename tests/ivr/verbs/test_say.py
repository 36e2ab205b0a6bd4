"""`say`: texts and files, cut short by keys, never stuck without an end-of-prompt."""

from ivr.flow import CallFacts
from tests.ivr.callers import Caller, flow_of

SAY_THEN_BYE = """
    hello:
      verb: say
      text: Welcome to Northwind Home.
      next: bye
    bye: {verb: hang_up, say: Good-bye.}
"""


def test_speaks_and_goes_on_when_it_is_spoken() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE))
    assert caller.hears == "Welcome to Northwind Home."
    caller.listens()
    assert caller.hears == "Good-bye."


def test_a_key_cuts_it_short() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE))
    caller.presses("1")
    assert caller.step == "bye"


def test_a_key_does_not_cut_an_announcement_that_must_be_heard() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE.replace("next: bye", "interruptible: false\n      next: bye", 1)))
    caller.presses("1")
    assert caller.hears == "Welcome to Northwind Home."


def test_goes_on_even_when_the_end_of_the_prompt_is_never_reported() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE))
    caller.waits(60)
    assert "bye" in caller.path


def test_plays_a_file_instead_of_speaking() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE.replace("text: Welcome to Northwind Home.", "file: prompts/custom/hello.wav")))
    assert caller.hears == "♪ prompts/custom/hello.wav"


def test_a_personal_text_is_left_out_for_who_may_be_somebody_else() -> None:
    flow = flow_of(SAY_THEN_BYE.replace("Welcome to Northwind Home.", "'Hello {customer_name}, you called {called:digits}.'"))
    caller = Caller(flow, facts=CallFacts(called="1000"))
    assert caller.path == ["hello", "bye"]


def test_what_is_not_known_is_silence() -> None:
    flow = flow_of(
        SAY_THEN_BYE.replace("Welcome to Northwind Home.", "'Hello {order}, you called {called:digits}.'"),
        variables="{order: ''}",
    )
    assert Caller(flow, facts=CallFacts(called="1000")).hears == "Hello , you called 1 0 0 0"


def test_speaks_the_language_of_the_call() -> None:
    flow = flow_of(SAY_THEN_BYE.replace("Welcome to Northwind Home.", "{en: Welcome., zh: 欢迎。}"))
    assert Caller(flow, facts=CallFacts(language="zh")).hears == "欢迎。"
    assert Caller(flow, facts=CallFacts(language="fr")).hears == "Welcome."


def test_a_text_that_is_empty_for_this_caller_is_passed_over() -> None:
    caller = Caller(flow_of(SAY_THEN_BYE.replace("Welcome to Northwind Home.", "'{customer_name}'")))
    assert caller.path == ["hello", "bye"]

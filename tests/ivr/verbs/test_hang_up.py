"""`hang_up`: good-bye, then the end."""

from core.causes import EndCause
from tests.ivr.callers import Caller, flow_of


def test_says_good_bye_before_it_hangs_up() -> None:
    caller = Caller(flow_of("bye: {verb: hang_up, say: Good-bye.}"))
    assert (caller.hears, caller.hung_up_on) == ("Good-bye.", None)
    caller.listens()
    assert caller.hung_up_on is not None
    assert caller.hung_up_on.cause is EndCause.FLOW_HUNG_UP
    assert caller.outcome == "hung_up"


def test_hangs_up_at_once_without_words() -> None:
    assert Caller(flow_of("bye: {verb: hang_up}")).outcome == "hung_up"


def test_hangs_up_even_when_the_end_of_the_prompt_is_never_reported() -> None:
    caller = Caller(flow_of("bye: {verb: hang_up, say: Good-bye.}"))
    caller.waits(30)
    assert caller.outcome == "hung_up"

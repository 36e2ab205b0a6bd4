"""`patchbay flow test`: what it prints, and what it says to wrong arguments."""

import pytest
from rich.console import Console

from ivr.flow_test import Walk, flow_test
from ivr.load import DEMO_FLOW
from ivr.simulator import Leave, Press, Say, Silence, script
from tests.ivr.callers import NOON


def test_prints_the_path_and_how_it_ended() -> None:
    walked = flow_test(DEMO_FLOW, Walk(at="2026-12-24T19:05", answers=script("silence 2"), facts={"vip": "yes"}), NOON)
    console = Console(width=160, record=True, quiet=False, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(walked)
    printed = captured.get()
    assert "Thu 24 Dec 2026 19:05 GMT" in printed
    assert "chose 2 (billing)" in printed
    assert "connected through queue_billing with priority 10" in printed
    assert "of the flow's 22 ways taken" in printed


def test_a_time_of_day_means_today_where_the_flow_is() -> None:
    walked = flow_test(DEMO_FLOW, Walk(at="19:05"), NOON)
    assert walked.at == NOON + (6 * 60 + 5) * 60  # London is an hour ahead of UTC in June


@pytest.mark.parametrize("at", ["noon", "25:00", "2026-13-01T10:00"])
def test_a_wrong_time_is_told(at: str) -> None:
    with pytest.raises(ValueError, match="is no time like 19:05"):
        flow_test(DEMO_FLOW, Walk(at=at), NOON)


def test_scripts_are_words() -> None:
    assert script("1, 4711# say:my_bill silence hang-up") == [Press("1"), Press("4711#"), Say("my bill"), Silence(), Leave()]


def test_a_wrong_script_is_told() -> None:
    with pytest.raises(ValueError, match="“one” is no answer"):
        script("one")

"""Keys of calls whose flow has not begun: kept in order, and never more than a bounded number of them."""

from __future__ import annotations

from core.events import DigitPressed
from core.ids import CallId, LegId
from ivr.early_keys import MOST_CALLS, EarlyKeys
from ivr.inbox import MOST_INPUTS
from tests.peers import digits


def pressed(call: str, digit: str) -> DigitPressed:
    return digits.pressed(digit, LegId("leg"), CallId(call))


def test_keys_are_taken_once_and_in_their_order() -> None:
    early = EarlyKeys()
    for digit in "123":
        early.keep(CallId("one"), pressed("one", digit))
    early.keep(CallId("other"), pressed("other", "9"))
    assert [digits.opened(event) for event in early.take(CallId("one"))] == ["1", "2", "3"]
    assert early.take(CallId("one")) == ()


def test_calls_that_never_get_a_flow_and_keys_without_end_are_bounded() -> None:
    early = EarlyKeys()
    for number in range(MOST_CALLS + 5):
        early.keep(CallId(f"call {number}"), pressed(f"call {number}", "1"))
    kept = [number for number in range(MOST_CALLS + 5) if early.take(CallId(f"call {number}"))]
    assert kept == list(range(5, MOST_CALLS + 5))
    for _ in range(MOST_INPUTS + 5):
        early.keep(CallId("one"), pressed("one", "1"))
    assert len(early.take(CallId("one"))) == MOST_INPUTS

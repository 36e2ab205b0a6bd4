"""One key counts once, however often and in however many ways a phone tells it."""

from __future__ import annotations

import itertools

import pytest

from core.ids import LegId
from telephony.media_engine import DigitMethod
from telephony.node.keys import TWINS_WITHIN_S, Keys

EVENT, INFO = DigitMethod.RFC4733, DigitMethod.SIP_INFO
LEG = LegId("leg_1")


def counted(*pressed: tuple[str, DigitMethod, float]) -> str:
    keys = Keys()
    return "".join(digit for digit, method, at in pressed if keys.counts(LEG, digit, method, at))


@pytest.mark.parametrize("order", [(EVENT, INFO), (INFO, EVENT)])
def test_a_key_told_in_both_ways_counts_once(order: tuple[DigitMethod, DigitMethod]) -> None:
    assert counted(("5", order[0], 0.0), ("5", order[1], 0.3)) == "5"


def test_every_mixture_of_two_ways_for_a_number_is_the_number() -> None:
    number = "1123"
    events = [(digit, EVENT, 0.2 * n) for n, digit in enumerate(number)]
    infos = [(digit, INFO, 0.2 * n) for n, digit in enumerate(number)]
    for places in itertools.combinations(range(8), 4):  # where the events stand among the INFOs
        left, right = iter(events), iter(infos)
        mixture = [next(left) if place in places else next(right) for place in range(8)]
        assert sorted(counted(*mixture)) == sorted(number)


def test_the_same_key_pressed_twice_is_two() -> None:
    assert counted(("5", EVENT, 0.0), ("5", EVENT, 0.1)) == "55"
    assert counted(("5", INFO, 0.0), ("5", INFO, 0.1)) == "55"


def test_other_legs_and_other_times_have_their_own_keys() -> None:
    keys = Keys()
    assert keys.counts(LEG, "5", EVENT, 0.0)
    assert keys.counts(LegId("leg_2"), "5", INFO, 0.1)
    assert keys.counts(LEG, "5", INFO, TWINS_WITHIN_S + 0.1)

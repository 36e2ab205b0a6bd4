"""A key that an exchange sends by both ways counts once, and a key pressed twice counts twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.media_engine import DigitMethod, DigitPressed
from telephony.sip.keys import SAME_KEY_WITHIN_S, Keys

RTP, INFO = DigitMethod.RFC4733, DigitMethod.SIP_INFO


def counted(*presses: tuple[str, DigitMethod, float]) -> str:
    keys = Keys()
    reports = [DigitPressed(port_id="leg", digit=digit, method=method, at=at) for digit, method, at in presses]
    return "".join(report.digit for report in reports if keys.is_new(report))


def test_one_key_by_both_ways_counts_once_whichever_comes_first() -> None:
    assert counted(("1", RTP, 0.0), ("1", INFO, 0.2)) == "1"
    assert counted(("1", INFO, 0.0), ("1", RTP, 0.2)) == "1"


def test_an_info_that_was_sent_again_and_again_is_still_the_same_key() -> None:
    """It was another key from two seconds on before."""
    assert counted(("1", RTP, 0.0), ("1", INFO, 0.5 + 1.0 + 2.0)) == "1"


@pytest.mark.parametrize("number", ["1123", "5555"])
def test_every_mixture_of_two_ways_for_a_number_has_its_keys(number: str) -> None:
    for places in itertools.combinations(range(8), 4):  # where the telephone events stand among the INFOs
        events, infos = iter(number), iter(number)
        mixture = [(next(events), RTP) if place in places else (next(infos), INFO) for place in range(8)]
        assert sorted(counted(*((digit, way, 0.1 * place) for place, (digit, way) in enumerate(mixture)))) == sorted(number)


def test_a_key_pressed_twice_by_both_ways_counts_twice() -> None:
    assert counted(("1", RTP, 0.0), ("1", INFO, 0.1), ("1", RTP, 0.3), ("1", INFO, 0.4)) == "11"
    assert counted(("1", RTP, 0.0), ("1", RTP, 0.3), ("1", INFO, 0.4), ("1", INFO, 0.6)) == "11"


def test_keys_by_one_way_all_count() -> None:
    assert counted(("1", RTP, 0.0), ("1", RTP, 0.1), ("2", RTP, 0.2)) == "112"


def test_later_than_any_network_is_late_it_is_another_key() -> None:
    assert counted(("1", RTP, 0.0), ("1", INFO, SAME_KEY_WITHIN_S + 0.1)) == "11"


def test_ports_have_their_own_keys() -> None:
    keys = Keys()
    assert keys.is_new(DigitPressed(port_id="a", digit="1", method=RTP, at=0.0))
    assert keys.is_new(DigitPressed(port_id="b", digit="1", method=INFO, at=0.0))
    keys.forget("a")
    assert keys.is_new(DigitPressed(port_id="a", digit="1", method=INFO, at=0.0))


@given(st.text(alphabet="12", max_size=12), st.booleans())
def test_whatever_is_dialled_by_both_ways_is_heard_once(dialled: str, info_first: bool) -> None:
    ways = (INFO, RTP) if info_first else (RTP, INFO)
    presses = [(digit, way, 0.5 * number + 0.2 * late) for number, digit in enumerate(dialled) for late, way in enumerate(ways)]
    assert counted(*presses) == dialled

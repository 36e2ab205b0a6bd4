"""When a dead process is started again."""

from __future__ import annotations

from server.supervision.backoff import HEALTHY_S, LONGEST_S, Backoff


def test_the_first_death_is_mended_at_once() -> None:
    assert Backoff().died(lived_s=5).delay_s == 0


def test_a_process_that_does_not_stay_up_is_started_ever_more_rarely_and_raises_alarm() -> None:
    backoff, delays = Backoff(), []
    for _ in range(10):
        backoff = backoff.died(lived_s=0.1)
        delays.append(backoff.delay_s)
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_S
    assert backoff.alarming
    assert backoff.restarts == 10


def test_a_long_life_forgives_everything_but_the_count() -> None:
    backoff = Backoff().died(0.1).died(0.1).died(0.1).died(lived_s=HEALTHY_S + 1)
    assert (backoff.delay_s, backoff.alarming, backoff.restarts) == (0, False, 4)

"""Whether a phone's peer is there: every sign counts, directions count, and a question comes before the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony.media_engine import LegStatistics
from telephony.node.phone_life import PhoneLife, PhoneLifeConfig, PhoneNews

CONFIG = PhoneLifeConfig(silent_after_s=10, ask_after_s=30, answers_within_s=10)
LOOK_EVERY_S = 5


def seen(sound: int = 0, reports: int = 0, messages: int = 0, expected: bool = True) -> LegStatistics:
    return LegStatistics(
        codec="PCMU",
        packets_sent=0,
        packets_received=sound,
        packets_lost=0,
        packets_lost_remote=0,
        jitter_ms=0.0,
        rtt_ms=None,
        sound_expected=expected,
        signs_of_life=sound + reports + messages,
    )


def lives(for_s: int, at: Callable[[int], LegStatistics]) -> list[tuple[int, PhoneNews]]:
    """Everything that is said of a phone in that time, with the second."""
    life = PhoneLife(CONFIG, 0)
    return [(now, news) for now in range(0, for_s + 1, LOOK_EVERY_S) for news in life.look(at(now), now)]


def answers_every_question(seen_at: Callable[[int], LegStatistics]) -> Callable[[int], LegStatistics]:
    """It also answers OPTIONS: a message every half minute and a bit."""
    return lambda now: seen(seen_at(now).packets_received, seen_at(now).signs_of_life, now // 35, seen_at(now).sound_expected)


def test_a_phone_that_speaks_is_never_asked() -> None:
    assert lives(3600, lambda now: seen(sound=50 * now)) == []


@pytest.mark.parametrize("direction", ["sendonly", "inactive", "0.0.0.0"])
def test_a_caller_on_hold_is_asked_answers_and_stays(direction: str) -> None:
    """All three mean that no sound is to come (RFC 3264 §8.4); whether reports do is the peer's choice."""
    news = lives(3600, answers_every_question(lambda now: seen(expected=False)))
    assert {what for _, what in news} == {PhoneNews.ASK}


def test_a_muted_phone_with_reports_stays_unasked() -> None:
    assert lives(3600, lambda now: seen(reports=now // 5)) == [(10, PhoneNews.IMPAIRED)]


def test_a_phone_with_silence_suppression_answers_and_stays() -> None:
    news = lives(3600, answers_every_question(lambda now: seen(sound=50 * min(now, 60))))
    assert PhoneNews.LOST not in {what for _, what in news}


def test_a_dead_phone_is_asked_once_and_then_given_up() -> None:
    assert lives(45, lambda now: seen(sound=50 * min(now, 5))) == [
        (15, PhoneNews.IMPAIRED),
        (35, PhoneNews.ASK),
        (45, PhoneNews.LOST),
    ]


def test_on_hold_nobody_is_impaired_and_after_it_the_time_counts_anew() -> None:
    said = lives(70, lambda now: seen(sound=250, reports=now, expected=now >= 60))
    assert said == [(65, PhoneNews.IMPAIRED)]


def test_sound_mends_what_was_impaired() -> None:
    assert lives(25, lambda now: seen(sound=0 if now < 20 else now)) == [(10, PhoneNews.IMPAIRED), (20, PhoneNews.RECOVERED)]

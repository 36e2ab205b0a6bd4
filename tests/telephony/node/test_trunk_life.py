"""When a trunk is asked, and what its answers mean."""

from __future__ import annotations

import pytest

from telephony.node.trunk_life import PeersWords, TrunkLife

BEGAN = 1000.0


def life(every_s: float = 30.0) -> TrunkLife:
    return TrunkLife(every_s, BEGAN)


def words(at: float, status: int = 200, reason: str = "OK") -> PeersWords:
    return PeersWords(status, reason, at, 12.0)


def questions(trunk: TrunkLife, until: float) -> list[float]:
    """When it is asked, looked at four times a second, with nobody who answers."""
    ticks = [BEGAN + tick / 4 for tick in range(int(4 * (until - BEGAN)) + 1)]
    return [at for at in ticks if trunk.wants_to_ask(at)]


def test_it_is_asked_at_once_and_then_in_turn_as_long_as_it_answers() -> None:
    trunk = life()
    assert trunk.state == "unknown"
    for at in (BEGAN, BEGAN + 30, BEGAN + 60):
        assert not trunk.wants_to_ask(at - 0.1)
        assert trunk.wants_to_ask(at)
        assert not trunk.wants_to_ask(at + 0.1)
        trunk.answered(words(at + 0.2))
        assert (trunk.state, trunk.since) == ("up", BEGAN + 0.2)


def test_two_questions_without_an_answer_make_it_down_and_the_second_follows_at_once() -> None:
    trunk = life()
    assert questions(trunk, BEGAN + 10.9) == [BEGAN, BEGAN + 6]
    assert trunk.state == "unknown"
    assert questions(trunk, BEGAN + 11.0) == []
    assert (trunk.state, trunk.since) == ("down", BEGAN + 11.0)


def test_one_that_is_down_is_asked_at_the_usual_times_and_one_answer_makes_it_up() -> None:
    trunk = life()
    assert questions(trunk, BEGAN + 100.0) == [BEGAN, BEGAN + 6, BEGAN + 36, BEGAN + 66, BEGAN + 96]
    assert (trunk.state, trunk.since) == ("down", BEGAN + 11.0)
    trunk.answered(words(BEGAN + 97))
    assert (trunk.state, trunk.since) == ("up", BEGAN + 97)


def test_one_question_that_was_lost_changes_nothing() -> None:
    trunk = life()
    trunk.wants_to_ask(BEGAN)
    trunk.answered(words(BEGAN + 0.1))
    assert trunk.wants_to_ask(BEGAN + 30)
    assert not trunk.wants_to_ask(BEGAN + 35)
    assert trunk.wants_to_ask(BEGAN + 36)
    trunk.answered(words(BEGAN + 36.1))
    assert (trunk.state, trunk.since) == ("up", BEGAN + 0.1)


def test_an_answer_that_is_late_is_an_answer() -> None:
    trunk = life()
    questions(trunk, BEGAN + 20)
    states = [trunk.state]
    trunk.answered(words(BEGAN + 25))
    assert [*states, trunk.state] == ["down", "up"]


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 405, 486, 501, 603])
def test_who_answers_is_there_whatever_he_says(status: int) -> None:
    trunk = life()
    trunk.wants_to_ask(BEGAN)
    trunk.answered(words(BEGAN + 1, status, "No"))
    assert trunk.state == "up"
    assert trunk.last_answer == PeersWords(status, "No", BEGAN + 1, 12.0)


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_who_says_that_he_cannot_serve_is_down_after_the_second_time(status: int) -> None:
    trunk = life()
    trunk.wants_to_ask(BEGAN)
    trunk.answered(words(BEGAN + 0.1, status, "Maintenance until five"))
    assert trunk.state == "unknown"
    assert trunk.wants_to_ask(BEGAN + 1.1)
    trunk.answered(words(BEGAN + 1.2, status, "Maintenance until five"))
    assert (trunk.state, trunk.since) == ("down", BEGAN + 1.2)
    assert trunk.last_answer is not None
    assert trunk.last_answer.reason == "Maintenance until five"


def test_one_that_cannot_be_reached_at_all_is_down_without_waiting() -> None:
    trunk = life()
    for at in (BEGAN, BEGAN + 1):
        assert trunk.wants_to_ask(at)
        trunk.not_asked(at)
    assert trunk.state == "down"
    trunk.not_asked(BEGAN + 2)  # nothing was asked
    assert not trunk.wants_to_ask(BEGAN + 30)
    assert trunk.wants_to_ask(BEGAN + 31)

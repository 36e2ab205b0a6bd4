"""When a candidate takes over, by its own steady time."""

from __future__ import annotations

from acd.leadership.election import LOOK_EVERY_S, SILENCE_S, UNREADABLE_SILENCE_S, Watch
from core.leadership import LeaseRecord


def leader(beat: int, token: int = 1) -> LeaseRecord:
    return LeaseRecord(token, "control", beat)


def test_where_nobody_leads_one_may_lead_at_once() -> None:
    assert Watch().saw(LeaseRecord(), 0.0)


def test_a_leader_that_beats_is_left_alone_for_ever() -> None:
    watch = Watch()
    assert not any(watch.saw(leader(int(look * LOOK_EVERY_S / 0.4)), look * LOOK_EVERY_S) for look in range(1000))


def test_a_silent_leader_is_followed_when_the_silence_was_watched() -> None:
    watch = Watch()
    assert not watch.saw(leader(7), 100.0)
    assert not watch.saw(leader(7), 100.0 + SILENCE_S - 0.1)
    assert watch.saw(leader(7), 100.1 + SILENCE_S)


def test_a_new_leader_gets_its_own_time() -> None:
    watch = Watch()
    watch.saw(leader(7), 100.0)
    assert not watch.saw(leader(0, token=2), 110.0)


def test_after_the_store_was_away_the_watch_begins_anew() -> None:
    watch = Watch()
    watch.saw(leader(7), 100.0)
    watch.saw_nothing()
    assert not watch.saw(leader(7), 130.0)
    assert watch.saw(leader(7), 130.1 + SILENCE_S)


def test_who_cannot_read_the_stored_state_waits_for_somebody_who_can() -> None:
    watch = Watch()
    assert not watch.saw(LeaseRecord(), 0.0, readable=False)
    assert not watch.saw(LeaseRecord(), SILENCE_S, readable=False)
    assert watch.saw(LeaseRecord(), UNREADABLE_SILENCE_S, readable=False)

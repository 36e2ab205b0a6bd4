"""Who may keep a connection open: the book alone, at made-up times (milliseconds), with connections named by numbers."""

from __future__ import annotations

import pytest
from patchbay_media import BookOfConnections, ConnectionLimits, ShareOfASecond

REFUSED = -1
STAYS, _, SILENT, UNFINISHED, TOO_LONG, IDLE, UNREAD, _ = range(8)
CARRIER, OTHER_CARRIER = "192.0.2.7", "192.0.2.8"


def book(**changes: int) -> BookOfConnections:
    limits = ConnectionLimits()
    values = {
        "in_all": 8,
        "of_strangers": 4,
        "per_address": 3,
        "per_stranger": 2,
        "message_within_ms": 10_000,
        "idle_ms": 600_000,
        **changes,
    }
    for name, value in values.items():
        setattr(limits, name, value)
    return BookOfConnections(limits)


def says(kept: BookOfConnections, who: int, now_ms: int, *, messages: int = 1, waiting: int = 0, unread: int = 0) -> int:
    return kept.heard(who, messages, True, waiting, unread, now_ms)


def full_of(address: str, count: int, *, trunk: bool, spoken: bool, first: int = 1) -> BookOfConnections:
    kept = book()
    fill(kept, address, count, trunk=trunk, spoken=spoken, first=first)
    return kept


def fill(kept: BookOfConnections, address: str, count: int, *, trunk: bool, spoken: bool, first: int = 1) -> None:
    for number in range(first, first + count):
        kept.opened(number, address, trunk, number)
        if spoken:
            says(kept, number, number)


def test_one_address_more_than_its_share_is_refused_when_all_have_spoken() -> None:
    assert full_of("203.0.113.1", 1, trunk=False, spoken=True).judge("203.0.113.1", False) == 0
    assert full_of("203.0.113.1", 2, trunk=False, spoken=True).judge("203.0.113.1", False) == REFUSED
    assert full_of(CARRIER, 2, trunk=True, spoken=True).judge(CARRIER, True) == 0
    assert full_of(CARRIER, 3, trunk=True, spoken=True).judge(CARRIER, True) == REFUSED


def test_who_has_said_nothing_longest_makes_room_at_its_own_address() -> None:
    kept = full_of(CARRIER, 3, trunk=True, spoken=False)
    assert kept.judge(CARRIER, True) == 1
    says(kept, 1, 100)
    assert kept.judge(CARRIER, True) == 2


def test_who_has_been_told_to_leave_has_no_place_any_more() -> None:
    kept = full_of(CARRIER, 3, trunk=True, spoken=True)
    kept.leaves(2)
    assert kept.judge(CARRIER, True) == 0


def test_strangers_never_take_the_places_of_trunks() -> None:
    kept = book()
    for number in range(4):
        kept.opened(1 + number, f"203.0.113.{number}", False, 1)
        says(kept, 1 + number, 1)
    assert kept.judge("203.0.113.9", False) == REFUSED
    for number in range(4):
        assert kept.judge(f"192.0.2.{number}", True) == 0
        kept.opened(100 + number, f"192.0.2.{number}", True, 10)
        says(kept, 100 + number, 10)
    assert kept.judge(OTHER_CARRIER, True) in range(1, 5), "a stranger leaves"


def test_when_everything_is_a_trunks_and_each_has_one_nobody_is_sent_away() -> None:
    kept = book()
    for number in range(8):
        kept.opened(1 + number, f"192.0.2.{number}", True, 1)
        says(kept, 1 + number, 1)
    assert kept.judge("192.0.2.99", True) == REFUSED


def test_who_has_the_most_gives_up_what_was_not_heard_for_the_longest_to_who_has_few() -> None:
    kept = book(per_address=6)
    fill(kept, CARRIER, 6, trunk=True, spoken=True)
    fill(kept, OTHER_CARRIER, 2, trunk=True, spoken=True, first=7)
    says(kept, 1, 500)
    assert kept.judge("192.0.2.99", True) == 2
    assert kept.judge(OTHER_CARRIER, True) == 2
    kept.leaves(2)
    kept.opened(9, OTHER_CARRIER, True, 600)
    says(kept, 9, 600)
    assert kept.judge(OTHER_CARRIER, True) == 3
    kept.leaves(3)
    kept.opened(10, OTHER_CARRIER, True, 600)
    says(kept, 10, 600)
    assert kept.judge(OTHER_CARRIER, True) == REFUSED, "four and four"


def test_strangers_share_their_places_too() -> None:
    kept = book()
    fill(kept, "203.0.113.1", 2, trunk=False, spoken=True)
    fill(kept, "203.0.113.2", 2, trunk=False, spoken=True, first=3)
    assert kept.judge("203.0.113.3", False) == 1
    kept.leaves(1)
    kept.opened(5, "203.0.113.3", False, 10)
    says(kept, 5, 10)
    assert kept.judge("203.0.113.3", False) == REFUSED


def test_a_network_of_ipv6_is_one_address() -> None:
    kept = full_of("2001:db8:0:1::1", 2, trunk=False, spoken=True)
    assert kept.judge("2001:db8:0:1:ffff::2", False) == REFUSED
    assert kept.judge("2001:db8:0:2::1", False) == 0


def test_nothing_whole_in_time_ends_a_connection() -> None:
    kept = full_of(CARRIER, 1, trunk=True, spoken=False)
    assert list(kept.overdue(10_000)) == []
    assert list(kept.overdue(10_001)) == [1, SILENT]


def test_a_message_that_drips_ends_in_time_whatever_came_before() -> None:
    kept = full_of(CARRIER, 1, trunk=True, spoken=True)
    for now_ms in range(20_000, 30_000, 500):
        assert says(kept, 1, now_ms, messages=0, waiting=now_ms // 500) == STAYS
        assert list(kept.overdue(now_ms)) == []
    assert list(kept.overdue(30_000)) == [1, UNFINISHED]


def test_messages_that_follow_each_other_each_have_their_time() -> None:
    kept = full_of(CARRIER, 1, trunk=True, spoken=True)
    for now_ms in range(20_000, 60_000, 5_000):
        says(kept, 1, now_ms, messages=1, waiting=100)
        assert list(kept.overdue(now_ms + 4_999)) == []


@pytest.mark.parametrize(("trunk", "most"), [(True, 60_000), (False, 16_384)])
def test_a_message_may_be_so_long(trunk: bool, most: int) -> None:
    kept = full_of(CARRIER, 1, trunk=trunk, spoken=True)
    assert says(kept, 1, 5, messages=0, waiting=most - 1) == STAYS
    assert says(kept, 1, 5, messages=0, waiting=most) == TOO_LONG


@pytest.mark.parametrize(("trunk", "most"), [(True, 4096), (False, 32)])
def test_who_takes_no_answers_is_not_answered_for_ever(trunk: bool, most: int) -> None:
    kept = full_of(CARRIER, 1, trunk=trunk, spoken=True)
    assert says(kept, 1, 5, unread=most) == STAYS
    assert says(kept, 1, 5, unread=most + 1) == UNREAD


@pytest.mark.parametrize(("trunk", "idle_ms"), [(True, 600_000), (False, 30_000)])
def test_a_connection_on_which_nothing_comes_is_idle(trunk: bool, idle_ms: int) -> None:
    kept = full_of(CARRIER, 1, trunk=trunk, spoken=True)
    assert list(kept.overdue(idle_ms)) == []
    says(kept, 1, idle_ms, messages=0)  # a line end
    assert list(kept.overdue(2 * idle_ms - 1)) == []
    assert list(kept.overdue(2 * idle_ms)) == [1, IDLE]


def test_a_share_of_a_second_is_served_after_a_burst() -> None:
    share = ShareOfASecond(10.0, 5.0)
    assert [share.take(1_000) for _ in range(7)] == [True] * 5 + [False] * 2
    assert [share.take(1_100 + 100 * number) for number in range(10)] == [True] * 10
    assert not share.take(2_050)
    assert sum(share.take(60_000) for _ in range(10)) == 5

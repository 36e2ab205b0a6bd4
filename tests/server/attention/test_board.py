"""An entry stands exactly while its cause does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.attention import Entry, Severity, in_order
from server.attention.board import PAUSES, Board
from server.attention.thresholds import Thresholds
from tests.server.attention.situations import BILLING, NOW, queue, seen, situation, stranded

RED, AMBER = Severity.RED, Severity.AMBER
PAUSE = PAUSES["queue_waiting"]
MARGIN = Thresholds().clear_margin


def waiting(count: int | None, now: float = NOW):  # type: ignore[no-untyped-def]
    """So many wait; None: the queue could not be looked at."""
    if count is None:
        return seen(situation(queues={BILLING: None}))
    return seen(situation(queue(waiting=count, oldest_since=now if count else None)), now=now)


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([0, 4, 5, 13, 14, 15, 40])), min_size=1, max_size=80), st.sampled_from([1, 3])
)
def test_an_entry_is_there_exactly_while_its_cause_is(counts: list[int | None], step_s: int) -> None:
    """Against a model that knows only this: five wait for 5 s raise it, fewer than four and a half for 10 s clear it."""
    board = Board()
    severity: Severity | None = None
    since_worse: float | None = None
    since_better: float | None = None
    for number, count in enumerate(counts):
        now = NOW + number * step_s
        board.look(waiting(count, now), now)
        if count is not None:
            wanted = level(count, severity)
            up, down = order(wanted) > order(severity), order(wanted) < order(severity)
            since_worse = (now if since_worse is None else since_worse) if up else None
            since_better = (now if since_better is None else since_better) if down else None
            if since_worse is not None and now - since_worse >= PAUSE.raise_after_s:
                severity, since_worse = wanted, None
            if since_better is not None and now - since_better >= PAUSE.clear_after_s:
                severity, since_better = wanted, None
        else:
            since_worse = since_better = None
        assert [entry.severity for entry in board.standing] == ([] if severity is None else [severity])
        assert [unknown.what for unknown in board.unknown] == ([] if count is not None else ["queue"])


def level(count: int, standing: Severity | None) -> Severity | None:
    """By the thresholds 5 and 15, and where an entry stands already by nine tenths of them."""
    if count >= 15 or (standing is RED and count >= 15 * (1 - MARGIN)):
        return RED
    return AMBER if count >= 5 or (standing is not None and count >= 5 * (1 - MARGIN)) else None


def order(severity: Severity | None) -> int:
    return [None, AMBER, RED].index(severity)


def test_a_cause_that_comes_and_goes_within_its_pause_says_nothing() -> None:
    board = Board()
    changes = [change for second in range(60) for change in board.look(waiting(5 if second % 4 else 0), NOW + second)]
    assert changes == []


def test_an_entry_is_one_entry_until_it_is_cleared_and_a_new_one_after() -> None:
    board, told = Board(), []
    for second, count in enumerate([5] * 6 + [15] * 6 + [5] * 12 + [0] * 12 + [5] * 6):
        told += [
            (change.what, change.entry.entry_id)
            for change in board.look(waiting(count), NOW + second)
            if change.what != "figures"
        ]
    first, again = told[0][1], told[-1][1]
    assert told == [("raised", first), ("worse", first), ("better", first), ("cleared", first), ("raised", again)]
    assert first != again


def test_an_entry_says_since_when_its_cause_is_there() -> None:
    board = Board()
    for second in range(6):
        board.look(waiting(7), NOW + second)
    (entry,) = board.standing
    assert (entry.since, entry.raised_at, entry.figures["waiting"]) == (NOW, NOW + 5, 7)


def test_what_is_no_longer_there_needs_no_attention() -> None:
    board = Board()
    for second in range(30):
        board.look(waiting(7) if second < 10 else seen(situation()), NOW + second)
    assert board.standing == []


def test_what_cannot_be_looked_at_is_neither_raised_nor_cleared_and_says_since_when() -> None:
    board = Board()
    for second in range(100):
        board.look(waiting(7) if second < 10 else waiting(None), NOW + second)
    assert [entry.code for entry in board.standing] == ["queue_waiting"]
    assert [(each.what, each.id, each.since) for each in board.unknown] == [("queue", BILLING, NOW + 10)]


def test_another_process_goes_on_where_one_ended() -> None:
    first = Board()
    for second in range(6):
        first.look(waiting(7), NOW + second)
    standing = msgspec.json.decode(msgspec.json.encode(first.standing), type=list[Entry])
    second_life = Board(standing)
    assert second_life.look(waiting(7), NOW + 30) == []
    assert second_life.standing == standing


def test_figures_stay_true_and_are_not_told_all_the_time() -> None:
    board, told = Board(), []
    for second in range(30):
        told += [change.what for change in board.look(waiting(6 + second % 3), NOW + second)]
    assert told == ["raised", *["figures"] * 4]


@pytest.mark.parametrize("seed", range(3))
def test_red_comes_before_amber_and_the_oldest_first(seed: int) -> None:
    board = Board()
    off = situation(
        queue("queue_a", waiting=7, oldest_since=NOW),
        queue("queue_b", waiting=1, oldest_since=NOW - 30, stranded=stranded()),
        dead_letters=1,
        dead_letters_since=NOW - 7200,
        disk_free_gib=0.1,
    )
    for second in range(11):
        board.look(seen(off), NOW + second)
    standing = board.standing
    assert [entry.code for entry in standing][:2] == ["queue_nobody", "disk_low"]
    assert [entry.code for entry in standing][-1] == "dead_letters"
    assert in_order(reversed(standing)) == standing

"""When a recognizer's network takes its next block, read off what each step of sound cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asr.chunk_scheduler import AT_ONCE, ChunkSchedule, find
from asr.recognizer import RATE_HZ, Recognizers

SPOKEN = ChunkSchedule(first=3200, period=1920)


def costs(dear: list[int], count: int = 100) -> list[float]:
    return [5.0 if place in dear else 0.03 + 0.02 * (place % 3) for place in range(count)]


def test_equally_distant_dear_steps_are_the_schedule() -> None:
    assert find(costs([39, 63, 87, 111, 135], 150), 80) == SPOKEN


def test_without_a_clear_schedule_all_sound_is_handed_over_at_once() -> None:
    assert find(costs([39, 63, 87]), 80) == AT_ONCE  # too few
    assert find(costs([9, 29, 49, 50, 69, 89]), 80) == AT_ONCE  # another step was dear by accident
    assert find([0.03 + 0.2 * (place % 20 == 0) for place in range(100)], 80) == AT_ONCE  # not dear enough
    assert find([0.0] * 100, 80) == AT_ONCE
    assert find([], 80) == AT_ONCE


@given(st.integers(0, 100_000), st.integers(1, 4000), st.integers(1, 4000))
def test_the_next_block_is_always_ahead_and_never_further_than_one(fed: int, first: int, period: int) -> None:
    following = ChunkSchedule(first=first, period=period).next_after(fed)
    assert fed < following <= max(first, fed + period)
    assert following == first or (following - first) % period == 0


def test_handed_over_at_once_each_sample_counts() -> None:
    assert [AT_ONCE.next_after(fed) for fed in (0, 1, 800)] == [1, 2, 801]


def test_the_model_has_a_schedule(recognizers: Recognizers) -> None:
    schedule = recognizers["en"].dictation().schedule
    assert schedule == recognizers["en"].choice(["yes", "no"]).schedule
    assert RATE_HZ / 10 < schedule.period < RATE_HZ / 2

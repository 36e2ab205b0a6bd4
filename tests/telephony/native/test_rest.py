"""When the receiving threads wake: shortly before the bridge looks."""

from __future__ import annotations

import pytest
from patchbay_media import wakes_at

MS = 1_000_000
INTERVAL = 20 * MS
TICK = 1_000_000 * MS


@pytest.mark.parametrize(
    ("now_ms", "wakes_ms"),
    [
        (-15, -3),  # the first packet after a pause came early in the tick
        (-5, -3),
        (-4.9, 17),  # no time for a rest before this tick: the next
        (-2, 17),
        (0, 17),
        (3, 17),  # the clock has not said yet when it ticks next
        (-33, -23),  # … or is ahead
    ],
)
def test_three_milliseconds_before_a_tick_and_never_at_once(now_ms: float, wakes_ms: float) -> None:
    assert wakes_at(TICK + round(now_ms * MS), TICK, INTERVAL) == TICK + round(wakes_ms * MS)


def test_without_a_bridge_or_with_one_that_stopped_a_rest_is_short() -> None:
    assert wakes_at(TICK, 0, 0) == TICK + 4 * MS
    assert wakes_at(TICK + 6 * INTERVAL, TICK, INTERVAL) == TICK + 6 * INTERVAL + 4 * MS

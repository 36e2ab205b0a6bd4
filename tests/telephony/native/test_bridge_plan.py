"""What the bridge does in a tick, for any connections."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st
from patchbay_media import plan_of_a_tick

HEAR, GIVE, ADD, SILENCE = range(4)
SLOTS = 9


class Step(NamedTuple):
    what: int
    slot: int
    first: int
    last: int
    sum: int


def plan(connections: set[tuple[int, int]], takers: set[int]) -> list[Step]:
    numbers = plan_of_a_tick(SLOTS, [slot for pair in sorted(connections) for slot in pair], sorted(takers))
    return [Step(*numbers[i : i + 5]) for i in range(0, len(numbers), 5)]


slots = st.integers(0, SLOTS - 1)


@given(connections=st.sets(st.tuples(slots, slots)), takers=st.sets(slots))
def test_everybody_hears_whom_they_are_connected_with(connections: set[tuple[int, int]], takers: set[int]) -> None:
    """Each source is read once; a sink gets one frame, after all of its sources; who hears nobody gets silence."""
    steps = plan(connections, takers)
    heard = [step.slot for step in steps if step.what == HEAR]
    assert sorted(heard) == sorted({source for source, _ in connections})

    speaking = -1
    found: set[tuple[int, int]] = set()
    given_to: list[int] = []
    open_sums: dict[int, int] = {}
    for step in steps:
        if step.what == HEAR:
            speaking = step.slot
            continue
        if step.what != SILENCE:
            assert (speaking, step.slot) not in found
            found.add((speaking, step.slot))
        if step.what == ADD:
            assert bool(step.first) == (step.sum not in open_sums)
            assert open_sums.setdefault(step.sum, step.slot) == step.slot
        if step.what != ADD or step.last:
            given_to.append(step.slot)
    assert found == connections
    assert sorted(given_to) == sorted({sink for _, sink in connections} | takers)


@given(connections=st.sets(st.tuples(slots, slots)))
def test_only_who_hears_several_is_summed_for(connections: set[tuple[int, int]]) -> None:
    sinks = [sink for _, sink in connections]
    summed = {step.slot for step in plan(connections, set()) if step.what == ADD}
    assert summed == {sink for sink in sinks if sinks.count(sink) > 1}


def test_both_sides_of_a_call_stand_together() -> None:
    """Two calls, 1 with 4 and 2 with 3, the first recorded at 5 and 6."""
    steps = plan({(1, 4), (4, 1), (2, 3), (3, 2), (1, 5), (4, 6)}, {1, 2, 3, 4, 5, 6})
    assert [(step.what, step.slot) for step in steps] == [
        *((HEAR, 1), (GIVE, 4), (GIVE, 5), (HEAR, 4), (GIVE, 1), (GIVE, 6)),
        *((HEAR, 2), (GIVE, 3), (HEAR, 3), (GIVE, 2)),
    ]


def test_nobody_is_there() -> None:
    assert plan(set(), set()) == []

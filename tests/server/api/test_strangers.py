"""What callers without an account may have open at once."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.events import LegEnded
from core.ids import CallId, LegId, NodeId
from core.model import LegPurpose
from server.api.strangers import CONNECTING_S, FORGET_S, OPEN_KIND, Strangers
from tests.peers.memory_store import MemoryStore


def call(number: int) -> CallId:
    return CallId(f"call_{number}")


async def test_one_network_and_all_together_have_so_many_calls() -> None:
    strangers = Strangers(lambda: (), MemoryStore())
    for number in range(3):
        assert await strangers.may_begin("a", 3, 5, 0.0)
        await strangers.begun(call(number), "a", 0.0)
    assert not await strangers.may_begin("a", 3, 5, 1.0)
    for number in range(3, 5):
        assert await strangers.may_begin("b", 3, 5, 1.0)
        await strangers.begun(call(number), "b", 1.0)
    assert not await strangers.may_begin("c", 3, 5, 2.0)


async def test_calls_that_never_came_to_be_stop_counting_and_living_ones_go_on() -> None:
    living = {call(1)}
    strangers = Strangers(lambda: living, MemoryStore())
    for number in (1, 2):
        await strangers.begun(call(number), "a", 0.0)
    later = CONNECTING_S + 1
    assert not await strangers.may_begin("a", 1, 9, later)
    assert await strangers.may_begin("a", 2, 9, later)
    living.clear()
    assert await strangers.may_begin("a", 1, 9, later)


async def test_a_call_that_was_given_up_makes_room_at_once() -> None:
    strangers = Strangers(lambda: (), MemoryStore())
    await strangers.begun(call(1), "a", 0.0)
    await strangers.ended(call(1))
    assert await strangers.may_begin("a", 1, 1, 0.0)


@pytest.mark.parametrize(("purpose", "free"), [(LegPurpose.CALLER, True), (LegPurpose.AGENT, False)])
async def test_a_call_stops_counting_when_its_leg_ends(purpose: LegPurpose, free: bool) -> None:
    """It counted for the rest of `CONNECTING_S`."""
    strangers = Strangers(lambda: (), MemoryStore())
    await strangers.begun(call(1), "a", 0.0)
    ended = LegEnded(
        at=1.0,
        leg_id=LegId("leg_1"),
        node_id=NodeId("node_1"),
        call_id=call(1),
        purpose=purpose,
        cause=EndCause.CALLER_HUNG_UP,
    )
    await strangers.handle(ended)
    assert (await strangers.may_begin("a", 1, 1, 1.0)) is free


async def test_calls_that_began_at_another_desk_process_count_and_stop_counting() -> None:
    store = MemoryStore()
    here, there = Strangers(lambda: (), store), Strangers(lambda: (), store)
    await here.begun(call(1), "a", 0.0)
    assert not await there.may_begin("a", 1, 9, 1.0)
    await here.ended(call(1))
    assert await there.may_begin("a", 1, 9, 1.0)
    await here.begun(call(2), "a", 0.0)  # and this process ends
    assert await there.may_begin("a", 1, 9, CONNECTING_S)
    assert store.kinds[OPEN_KIND] == {}


def test_calls_are_forgotten_after_a_day_each_once() -> None:
    strangers = Strangers(lambda: (), MemoryStore())
    strangers.remember(call(1), 0.0)
    strangers.remember(call(2), FORGET_S / 2)
    assert strangers.to_forget(FORGET_S - 1) == []
    assert strangers.to_forget(FORGET_S) == [call(1)]
    assert strangers.to_forget(FORGET_S) == []
    assert strangers.to_forget(2 * FORGET_S) == [call(2)]

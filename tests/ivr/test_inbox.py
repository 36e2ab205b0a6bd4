"""Inputs wait in order, bounded; nothing but keys and words is ever dropped."""

from ivr.inbox import MOST_INPUTS, Inbox
from ivr.inputs import Digit, HungUp, QueuePosition


async def test_inputs_come_out_in_order() -> None:
    inbox = Inbox()
    inbox.put(Digit(digit="1"))
    inbox.put(HungUp())
    assert [await inbox.get(0), await inbox.get(0)] == [Digit(digit="1"), HungUp()]


async def test_nothing_comes_in_time() -> None:
    assert await Inbox().get(0.01) is None


async def test_a_time_that_has_passed_is_no_wait() -> None:
    assert await Inbox().get(-5) is None


async def test_only_the_newest_place_in_the_queue_counts() -> None:
    inbox = Inbox()
    for position in (3, 2, 1):
        inbox.put(QueuePosition(position=position))
    assert await inbox.get(0) == QueuePosition(position=1)
    assert await inbox.get(0) is None


async def test_a_flood_of_keys_drops_the_oldest_keys_and_keeps_the_end_of_the_call() -> None:
    inbox = Inbox()
    inbox.put(HungUp())
    for _ in range(MOST_INPUTS + 50):
        inbox.put(Digit(digit="5"))
    assert inbox.dropped == 51
    assert await inbox.get(0) == HungUp()

"""Numbered messages, resuming, and screens that do not read."""

from __future__ import annotations

import msgspec

from core.ids import CallId
from server.live.audience import QUEUE, RING, Audience, Listener
from server.live.messages import CallRemoved


def told(count: int) -> Audience:
    audience = Audience()
    for number in range(count):
        audience.send(CallRemoved(call_id=CallId(f"call_{number + 1}")))
    return audience


def seqs(messages: list[bytes] | None) -> list[int]:
    assert messages is not None
    return [msgspec.json.decode(message)["seq"] for message in messages]


def test_a_browser_that_reconnects_gets_what_it_missed() -> None:
    audience = told(5)
    assert seqs(audience.after(3)) == [4, 5]
    assert audience.after(5) == []
    assert seqs(audience.after(0)) == [1, 2, 3, 4, 5]


def test_one_that_was_away_too_long_or_knows_another_future_gets_a_snapshot() -> None:
    audience = told(RING + 10)
    assert audience.after(5) is None
    assert seqs(audience.after(10))[0] == 11
    assert told(3).after(4) is None
    assert told(0).after(1) is None


def test_a_screen_that_does_not_read_is_cut_off_and_nobody_waits_for_it() -> None:
    audience, slow, quick = told(0), Listener(), Listener()
    audience.listeners |= {slow, quick}
    for number in range(QUEUE + 50):
        audience.send(CallRemoved(call_id=CallId(f"call_{number}")))
        quick.queue.get_nowait()
    assert slow.cut_off.is_set()
    assert not quick.cut_off.is_set()
    assert slow.queue.qsize() == QUEUE

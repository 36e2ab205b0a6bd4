"""All views beside the engine: after every step of hard days nothing ended is shown anywhere (`viewed_day.py`)."""

from __future__ import annotations

import random

import pytest
from hypothesis import settings

from core.causes import EndCause, WorkEnd
from core.model import Channel
from tests.acd.contact_center import ContactCenter
from tests.acd.test_invariants import happens
from tests.acd.viewed_day import ViewedDay


class TestViewedDay(ViewedDay.TestCase):  # type: ignore[valid-type,misc]
    settings = settings(max_examples=25, stateful_step_count=40, derandomize=True)


@pytest.mark.parametrize("seed", range(2))
def test_hard_days(seed: int) -> None:
    rng = random.Random(seed)
    day = ViewedDay()
    day.opens(levels=[rng.randint(0, 5) for _ in range(4)], ageing=1.0, free=4)
    usual = [day.customers_arrive, day.agent_is_free, day.agent_accepts, day.time_passes, day.acceptance_never_connects]
    seldom = [
        day.installation_changes,
        day.agent_leaves,
        day.audio_changes,
        day.call_ends,
        day.supervisor_acts,
        day.caller_wants_to_be_called_back,
        day.restart,
        day.agent_asks,
        day.agent_asks,
        day.colleague_helps,
        day.colleague_helps,
        day.colleague_joins,
        day.colleague_leaves,
        day.agent_has_left,
        day.agent_hands_back,
    ]
    for number in range(250):
        step = rng.choice(rng.choice([usual, usual, usual, seldom]))
        if step != day.acceptance_never_connects or day.ringing():
            happens(day, step, rng)
        if number % 50 == 0:
            day.every_browser_comes_or_goes(reachable=rng.random() < 0.5)
            day.clock_jumps(seconds=rng.choice([-3.0, 3600.0]))
            day.every_browser_comes_or_goes(reachable=True)
        day.check()
    day.teardown()


def test_who_was_accepted_but_never_connected_when_the_longest_wait_ends_is_in_no_line() -> None:
    """The case that restarted the control server for ever: the view of the queue raised for work that had ended."""
    center = ContactCenter()
    line = center.queue("billing", max_wait_s=25)
    ann = center.free_agent("ann")
    ann.loses_audio()
    caller = line.gets()
    center.passes(20)
    ann.has_audio()
    ann.accepts(caller)
    center.passes(10)
    assert caller.ends[0].cause is WorkEnd.TIMED_OUT
    assert line.view().waiting == 0
    assert line.view().oldest_since is None
    center.restarts()
    assert line.view().waiting == 0


def test_a_callback_whose_line_breaks_at_the_end_of_its_wait_is_in_no_line() -> None:
    """The same kind on another way: dialled in vain through no fault of the customer."""
    center = ContactCenter()
    line = center.queue("billing", max_wait_s=25)
    ann = center.free_agent("ann")
    ann.loses_audio()
    promised = line.gets(Channel.CALLBACK)
    center.passes(3 * 86400 - 5)
    ann.has_audio()
    ann.accepts(promised)
    promised.call_id = promised.view().call_id
    center.now += 6
    promised.hangs_up(EndCause.NODE_LOST)
    assert promised.ends[0].cause is WorkEnd.TIMED_OUT
    assert line.view().waiting == 0

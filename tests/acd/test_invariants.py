"""The invariants of `acd/engine/engine.py`, checked after every step of random days (`checked_day.py`)."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable

import pytest
from hypothesis import settings

from core.causes import EndCause
from core.events import OfferAccepted, WorkHandedOver, WorkMoved, WorkRelaxed
from core.model import AgentState, Channel, Purpose
from tests.acd.checked_day import Day
from tests.acd.random_installation import AGENTS, QUEUES


class TestDay(Day.TestCase):  # type: ignore[valid-type,misc]
    """The same days in every run; hypothesis finds the shortest day that breaks a rule."""

    settings = settings(max_examples=40, stateful_step_count=60, derandomize=True)


def busy_day(seed: int, steps: int) -> Day:
    """A day in the proportions of a real one, which reaches deeper than short days of any kind."""
    rng = random.Random(seed)
    day = Day()
    day.opens(levels=[rng.randint(0, 5) for _ in AGENTS], ageing=rng.choice([0.0, 1.0]), free=4)
    usual = [day.customers_arrive] * 4 + [day.agent_accepts] * 8 + [day.time_passes] * 4 + [day.agent_is_free] * 4
    usual += [day.audio_changes] * 2 + [day.call_ends, day.work_is_ended, day.wrap_up_is_written, day.agent_declines] * 2
    seldom = [day.agent_leaves, day.audio_changes, day.installation_changes, day.somebody_else_clicks, day.call_control_connects]
    seldom += [
        day.supervisor_acts,
        day.caller_wants_to_be_called_back,
        day.call_ends_unexpectedly,
        day.messages_come_twice,
        day.restart,
        day.agent_hands_back,
    ]
    usual += [day.agent_asks, day.colleague_joins, day.agent_has_left] * 2 + [day.colleague_leaves] + [day.colleague_helps] * 3
    for _ in range(steps):
        happens(day, rng.choice(rng.choice([*[usual] * 9, seldom])), rng)
        day.check()
    return day


def happens(day: Day, step: Callable[..., None], rng: random.Random) -> None:
    """One step with random arguments; what needs ringing or waiting work happens only when there is some."""
    if step in {day.agent_accepts, day.agent_declines, day.somebody_else_clicks} and not day.ringing():
        return
    about_work = {day.call_ends, day.work_is_ended, day.wrap_up_is_written, day.call_control_connects, day.supervisor_acts}
    about_colleagues = {
        day.agent_asks,
        day.colleague_helps,
        day.colleague_joins,
        day.colleague_leaves,
        day.agent_has_left,
        day.agent_hands_back,
    }
    if step in {*about_work, *about_colleagues, day.caller_wants_to_be_called_back} and not day.live.registry.work_items:
        return
    if step == day.messages_come_twice and not day.enqueued:
        return
    choices: dict[str, object] = {
        "levels": [rng.randint(0, 5) for _ in AGENTS],
        "ageing": rng.choice([0.0, 1.0]),
        "without": rng.randint(0, 30),
        "queue_id": rng.choice(QUEUES),
        "channel": rng.choice([Channel.CALL, Channel.CALL, Channel.CHAT, Channel.TICKET]),
        "priority": rng.choice([0.0, 0.0, 2.0]),
        "level": rng.randint(0, 5),
        "what": rng.randint(0, 9),
        "together": rng.randint(1, 4),
        "agent_id": rng.choice(AGENTS),
        "state": rng.choice([AgentState.AWAY, AgentState.SIGNED_OUT]),
        "reachable": rng.random() < 0.9,
        "seconds": rng.choice([0.0, 1.0, 5.0, 10.0, 20.0, 30.0]),
        "pick": rng.randint(0, 50),
        "connected": rng.random() < 0.9,
        "known": rng.random() < 0.5,
        "yes": rng.random() < 0.5,
        "cause": rng.choice(list(EndCause)),
        "ahead": rng.randint(-3, 1),
        "abandoned": rng.random() < 0.5,
        "purpose": rng.choice([Purpose.CONSULTATION, Purpose.CONSULTATION, Purpose.TRANSFER]),
        "by_name": rng.random() < 0.5,
        "other": rng.randint(0, 50),
        "stays": rng.random() < 0.6,
        "conferenced": rng.random() < 0.5,
    }
    wanted = inspect.signature(step).parameters
    step(**{name: choices[name] for name in wanted})


def day_with_colleagues(seed: int, steps: int) -> Day:
    """A quiet one: somebody is free to be asked, by name and of queues, and conversations are handed on and on."""
    rng = random.Random(seed)
    day = Day()
    day.opens(levels=[rng.randint(0, 5) for _ in AGENTS], ageing=1.0, free=4)
    usual = [day.agent_accepts] * 6 + [day.agent_is_free] * 5 + [day.colleague_helps] * 4 + [day.wrap_up_is_written] * 4
    usual += [day.agent_asks, day.agent_has_left, day.call_ends, day.colleague_joins, day.time_passes] * 2
    seldom = [day.agent_hands_back, day.agent_leaves, day.audio_changes, day.agent_declines, day.colleague_leaves, day.restart]
    seldom += [day.work_is_ended, day.supervisor_acts, day.installation_changes, day.call_control_connects]
    for _ in range(steps):
        if not day.live.registry.work_items or (rng.random() < 0.1 and len(day.live.registry.work_items) < 6):
            day.customers_arrive(rng.choice(QUEUES), Channel.CALL, 0.0, rng.randint(0, 5), 1)
        happens(day, rng.choice(rng.choice([*[usual] * 9, seldom])), rng)
        day.check()
    return day


@pytest.mark.parametrize("seed", range(4))
def test_days_with_colleagues(seed: int) -> None:
    day = day_with_colleagues(seed, steps=500)
    assert day.seen[WorkHandedOver] > 2
    day.teardown()


@pytest.mark.parametrize("seed", range(3))
def test_busy_days(seed: int) -> None:
    day = busy_day(seed, steps=700)
    assert day.seen[OfferAccepted] > 20
    assert day.seen[WorkRelaxed] + day.seen[WorkMoved] > 0
    day.teardown()


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_many_busy_days() -> None:
    """Prints its seed with every day, so that a day that breaks a rule can be lived again."""
    for seed in range(1000, 1040):
        print(f"seed {seed}")  # noqa: T201
        busy_day(seed, steps=3000).teardown()
        day_with_colleagues(seed, steps=3000).teardown()

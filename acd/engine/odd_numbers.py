"""Inputs whose numbers cannot be meant are refused before anything changes.

What comes over the bus is within `core.ranges` already; here stands what only the ACD can know: how far ahead a promise may be,
and that nothing an engine computes with is infinite or not a number, whoever calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from acd.model.refusals import Refused
from core.commands import AnyCommand, ConfigureAcd, EnqueueWork, ReprioritiseWork, RescheduleCallback
from core.events import AnyEvent
from core.model import QueueConfig
from core.ranges import LARGEST_POINTS, LONGEST_S, PROMISE_AHEAD_S

TIMES = (
    "ring_timeout_s",
    "wrap_up_limit_s",
    "max_wait_s",
    "service_level_s",
    "short_abandon_s",
    "preferred_agent_s",
    "last_agent_days",
)


def refuse_odd_numbers(message: AnyCommand | AnyEvent, now: float) -> None:
    """Raises `Refused`."""
    match message:
        case EnqueueWork() | ReprioritiseWork():
            _points(message.priority)
            if isinstance(message, EnqueueWork) and message.not_before is not None:
                _promise(message.not_before, now)
        case RescheduleCallback():
            _promise(message.not_before, now)
        case ConfigureAcd():
            problems = [problem for queue in message.queues for problem in _queue(queue)]
            if problems:
                raise Refused("bad_configuration", "; ".join(problems))
        case _:
            pass


def _points(points: float) -> None:
    if not abs(points) <= LARGEST_POINTS:  # written so that «not a number» is refused, too
        raise Refused("out_of_range", f"a priority is a number from {-LARGEST_POINTS:.0f} to {LARGEST_POINTS:.0f}")


def _promise(at: float, now: float) -> None:
    if not (isfinite(at) and at <= now + PROMISE_AHEAD_S):
        raise Refused("out_of_range", "a call is promised for at most a year from now")


def _queue(queue: QueueConfig) -> Iterator[str]:
    for name in TIMES:
        if not 0.0 <= getattr(queue, name) <= LONGEST_S:
            yield f"queue {queue.queue_id}: {name} must be from 0 to {LONGEST_S:.0f}"
    for points in (queue.priority, queue.ageing_per_minute):
        if not abs(points) <= LARGEST_POINTS:
            yield f"queue {queue.queue_id}: priority and ageing are at most {LARGEST_POINTS:.0f}"
    for step in queue.steps:
        if not 0.0 <= step.after_s <= LONGEST_S:
            yield f"queue {queue.queue_id}: a step's after_s must be from 0 to {LONGEST_S:.0f}"

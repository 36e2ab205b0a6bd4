"""Numbers within what makes sense: the bounds are wide, they catch a slipped digit and what cannot work at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.problems import Complaint
from customers.callable_numbers import PREFIX, CallbackRules
from server.business.document import Document, QueueRules
from server.business.mistakes import ConfigurationMistake

HOUR_S = 3600.0
DAY_S = 86400.0


class Bounds(NamedTuple):
    least: float
    most: float


QUEUE: dict[str, Bounds] = {
    "ring_timeout_s": Bounds(3, 300),
    "wrap_up_limit_s": Bounds(0, HOUR_S),
    "max_wait_s": Bounds(1, DAY_S),
    "service_level_s": Bounds(1, DAY_S),
    "short_abandon_s": Bounds(0, HOUR_S),
    "preferred_agent_s": Bounds(0, DAY_S),
    "last_agent_days": Bounds(0, 3650),
    "priority": Bounds(-1000, 1000),
    "ageing_per_minute": Bounds(0, 1000),
}
CAPACITY = Bounds(0, 100)
LATELY_H = Bounds(0, 24 * 366)
CALLBACKS = {
    "calls_per_hour": Bounds(0, 100_000),
    "minutes_per_hour": Bounds(0, 1_000_000),
    "calls_per_number": Bounds(1, 100),
}


def quantity_complaints(document: Document) -> Iterator[Complaint]:
    for queue_id, queue in document.queues.items():
        for field, bounds in QUEUE.items():
            yield from within(("queues", queue_id, field), getattr(queue, field), bounds)
        yield from _steps(queue_id, queue)
    yield from _callbacks(document.callbacks)
    for agent_id, agent in document.agents.items():
        for channel, most in agent.capacity.items():
            yield from within(("agents", agent_id, "capacity", channel), most, CAPACITY)
        for channel, opened in agent.interruptions.items():
            for other, most in opened.items():
                yield from within(("agents", agent_id, "interruptions", channel, other), most, CAPACITY)

    for role, rights in document.access.items():
        if rights.lately_h is not None:
            yield from within(("access", role, "lately_h"), rights.lately_h, LATELY_H)
        if role == "admin" and rights.permissions is not None:
            yield ConfigurationMistake.ADMINISTRATORS_MAY_ALL.at(("access", role, "permissions"))


def _callbacks(rules: CallbackRules) -> Iterator[Complaint]:
    for field, bounds in CALLBACKS.items():
        yield from within(("callbacks", field), getattr(rules, field), bounds)
    for field in ("allow", "allow_costly", "deny"):
        for index, prefix in enumerate(getattr(rules, field)):
            if not PREFIX.fullmatch(prefix):
                yield ConfigurationMistake.NOT_A_PREFIX.at(("callbacks", field, index), name=prefix)


def within(where: tuple[str | int, ...], value: float, bounds: Bounds) -> Iterator[Complaint]:
    # Written so that «not a number» is refused, too.
    if not bounds.least <= value <= bounds.most:
        told = {"least": f"{bounds.least:g}", "most": f"{bounds.most:g}", "value": f"{value:g}"}
        yield ConfigurationMistake.OUT_OF_RANGE.at(where, field=where[-1], **told)


def _steps(queue_id: str, queue: QueueRules) -> Iterator[Complaint]:
    """Steps rise, begin after 0 s and before the longest wait."""
    before = 0.0
    for index, step in enumerate(queue.steps):
        where = ("queues", queue_id, "steps", index, "after_s")
        if not step.after_s > before and index:
            yield ConfigurationMistake.STEP_BEFORE_THE_LAST.at(where, least=f"{before:g}")
        elif not step.after_s > before:
            yield ConfigurationMistake.STEP_AT_ONCE.at(where)
        elif not step.after_s < queue.max_wait_s:
            yield ConfigurationMistake.STEP_AFTER_THE_END.at(where, most=f"{queue.max_wait_s:g}")
        before = max(before, step.after_s)

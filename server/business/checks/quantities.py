"""Numbers within what makes sense: the bounds are wide, they catch a slipped digit and what cannot work at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from core.problems import Complaint
from customers.callable_numbers import PREFIX, CallbackRules
from server.business.document import Document, QueueRules

HOUR_S = 3600.0
DAY_S = 86400.0


class Bounds(NamedTuple):
    least: float
    most: float
    unit: str = ""


QUEUE: dict[str, Bounds] = {
    "ring_timeout_s": Bounds(3, 300, " s"),
    "wrap_up_limit_s": Bounds(0, HOUR_S, " s"),
    "max_wait_s": Bounds(1, DAY_S, " s"),
    "service_level_s": Bounds(1, DAY_S, " s"),
    "short_abandon_s": Bounds(0, HOUR_S, " s"),
    "preferred_agent_s": Bounds(0, DAY_S, " s"),
    "last_agent_days": Bounds(0, 3650, " days"),
    "priority": Bounds(-1000, 1000),
    "ageing_per_minute": Bounds(0, 1000),
}
CAPACITY = Bounds(0, 100)
LATELY_H = Bounds(0, 24 * 366, " h")
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
            yield Complaint(("access", role, "permissions"), "an administrator may do everything: only scopes can be set")


def _callbacks(rules: CallbackRules) -> Iterator[Complaint]:
    for field, bounds in CALLBACKS.items():
        yield from within(("callbacks", field), getattr(rules, field), bounds)
    for field in ("allow", "allow_costly", "deny"):
        for index, prefix in enumerate(getattr(rules, field)):
            if not PREFIX.fullmatch(prefix):
                sentence = f"“{prefix}” is no beginning of a number: digits, after a plus the country's first, as in +44 or 20"
                yield Complaint(("callbacks", field, index), sentence)


def within(where: tuple[str | int, ...], value: float, bounds: Bounds) -> Iterator[Complaint]:
    # Written so that «not a number» is refused, too.
    if not bounds.least <= value <= bounds.most:
        yield Complaint(where, f"`{where[-1]}` must be from {bounds.least:g} to {bounds.most:g}{bounds.unit}, not {value:g}")


def _steps(queue_id: str, queue: QueueRules) -> Iterator[Complaint]:
    """Steps rise, begin after 0 s and before the longest wait."""
    before = 0.0
    for index, step in enumerate(queue.steps):
        where = ("queues", queue_id, "steps", index, "after_s")
        if not step.after_s > before:
            than = (
                f"{before:g} s, when the step before it begins" if index else "0 s: what holds from the start is the queue's own"
            )
            yield Complaint(where, f"a step must begin later than {than}")
        elif not step.after_s < queue.max_wait_s:
            yield Complaint(where, f"this step never comes: the work has ended after `max_wait_s`, {queue.max_wait_s:g} s")
        before = max(before, step.after_s)

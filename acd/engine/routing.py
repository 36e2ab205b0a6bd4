"""What changes about waiting work by itself: the steps of its queue's routing, and the time it waits for one agent alone.

Steps go by the time the customer has waited in all, also while something rings: an agent who does not answer holds nothing up.
Only a move to another queue waits until the ringing is over, for it may be answered. A step is taken before its time when nobody
who serves and can be reached could serve the work as it is and somebody could after this or a later step.

Invariant: work enters a queue by overflow at most once, so a circle of overflows ends.
"""

from __future__ import annotations

from acd.engine.transitions import change_queue
from acd.model.match_buckets import BucketKey
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Work, WorkState
from acd.rules.rules import Rules, rules_of, rules_words
from core.events import WorkRelaxed
from core.ids import QueueId
from core.model import Channel, RoutingStep

NEEDS_SOMEBODY = frozenset({Channel.CALL, Channel.CHAT, Channel.CALLBACK})
"""Does not flow over into a queue that is closed."""


def route(registry: Registry, now: float) -> None:
    """Looks at all work that may have a step to take, in order of arrival."""
    while registry.to_route:
        looked_at = [registry.work_items[work_id] for work_id in registry.to_route]
        work_items = sorted(looked_at, key=lambda work: (work.arrival, work.work_id))
        registry.to_route.clear()
        for work in work_items:
            follow(registry, work, now)


def follow(registry: Registry, work: Work, now: float) -> None:
    """Takes every step that is due, and sets when to look again. While it rings at one who was asked for by name, none is."""
    if work.state not in IN_LINE or work.only_agent is not None:
        return
    if work.alone_until is not None and not _waits_alone(registry, work, now):
        work.alone_until = None
        _change_bucket(registry, work)
    while (step := _next_step(registry, work, now)) is not None:
        due = now >= work.waiting_since + step.after_s
        if not due and not _better_later(registry, work, now):
            break
        _take(registry, work, step, now, skipped=not due)
    _look_again(registry, work, now)


def _next_step(registry: Registry, work: Work, now: float) -> RoutingStep | None:
    steps = registry.queues[work.queue_id].config.steps
    if work.step >= len(steps):
        return None
    step = steps[work.step]
    rings = work.state is WorkState.OFFERED
    return None if rings and step.overflow_to is not None and may_enter(registry, work, step.overflow_to, now) else step


def _take(registry: Registry, work: Work, step: RoutingStep, now: float, *, skipped: bool) -> None:
    before = registry.rules(work)
    why = "nobody reachable had it" if skipped else f"until {now - work.waiting_since:.0f} s of waiting"
    if step.overflow_to is not None:
        if not may_enter(registry, work, step.overflow_to, now):
            work.step += 1
            if _is_closed(registry, work, step.overflow_to, now):
                closed = f"{registry.queues[step.overflow_to].config.name} was closed after {now - work.waiting_since:.0f} s"
                work.relaxed = "; ".join(filter(None, (work.relaxed, closed)))
            return
        name, waited_s = registry.queues[work.queue_id].config.name, now - work.waiting_since
        change_queue(registry, work, step.overflow_to, "", now)
        work.relaxed = f"came from {name} after {waited_s:.0f} s"
        return
    number = work.step
    work.step += 1
    after = registry.rules(work)
    if after != before:
        work.relaxed = "; ".join(filter(None, (work.relaxed, f"{rules_words(before)} ({why})")))
        _change_bucket(registry, work)
    registry.emit(
        WorkRelaxed(
            at=now,
            work_id=work.work_id,
            queue_id=work.queue_id,
            step=number,
            skipped=skipped,
            requirements=rules_words(after),
        )
    )


def may_enter(registry: Registry, work: Work, queue_id: QueueId, now: float) -> bool:
    """By the rules: a queue that takes new work, is open, and in which it has not been."""
    queue = registry.queues.get(queue_id)
    takes = queue is not None and not queue.retired and queue_id not in (work.queue_id, *work.been_in)
    return takes and not _is_closed(registry, work, queue_id, now)


def _is_closed(registry: Registry, work: Work, queue_id: QueueId, now: float) -> bool:
    """Nobody is there to take calls, chats and callbacks; what is in writing may lie until the morning."""
    queue = registry.queues.get(queue_id)
    hours = registry.hours.get(queue.config.hours) if queue is not None else None
    return hours is not None and work.channel in NEEDS_SOMEBODY and not hours.is_open(now)


def _better_later(registry: Registry, work: Work, now: float) -> bool:
    """Nobody who can be reached could serve it as it is; somebody could after one of the steps to come."""
    if _served(registry, work, work.queue_id, registry.rules(work)):
        return False
    config = registry.queues[work.queue_id].config
    for number in range(work.step, len(config.steps)):
        target = config.steps[number].overflow_to
        if target is None:
            if _served(registry, work, work.queue_id, rules_of(config, work.extra_requirements, number + 1)):
                return True
        elif may_enter(registry, work, target, now):
            return _served(registry, work, target, rules_of(registry.queues[target].config, work.extra_requirements, 0))
    return False


def _served(registry: Registry, work: Work, queue_id: QueueId, rules: Rules) -> bool:
    """Whether somebody who serves and can be reached could serve this work there."""
    bucket = registry.buckets.bucket(BucketKey(queue_id, work.channel, rules))
    return not bucket.eligible.isdisjoint(registry.awaited[work.channel])


def _waits_alone(registry: Registry, work: Work, now: float) -> bool:
    """The one it waits for serves, is able, and has not refused."""
    agent_id = work.preferred_agent
    if agent_id is None or work.alone_until is None or now >= work.alone_until or agent_id in work.skipped:
        return False
    bucket = registry.buckets.bucket(BucketKey(work.queue_id, work.channel, registry.rules(work)))
    return agent_id in registry.awaited[work.channel] and agent_id in bucket.eligible


def _change_bucket(registry: Registry, work: Work) -> None:
    if registry.in_bucket(work):
        registry.enter_bucket(work)


def _look_again(registry: Registry, work: Work, now: float) -> None:
    """A deadline for the next step and for the end of waiting alone; a move that waits for the ringing needs none."""
    times = [] if work.alone_until is None else [work.alone_until]
    step = _next_step(registry, work, now)
    if step is not None:
        times.append(work.waiting_since + step.after_s)
    if times:
        registry.deadlines.set(("route", work.work_id), min(times))
    else:
        registry.deadlines.clear(("route", work.work_id))

"""What may be off with a queue."""

from __future__ import annotations

from collections.abc import Iterator

from acd.numbers.service_level import abandonment, service_level
from acd.views.watch import QueueWatch
from core.attention import Action, Next, Severity, Subject
from server.attention.signs import Sign, at_least, below
from server.attention.thresholds import Thresholds


def queue_signs(queue: QueueWatch, limits: Thresholds, now: float) -> Iterator[Sign]:
    """Every rule says something of every queue, also that all is well."""
    yield _nobody(queue, limits, now)
    yield _waiting(queue, limits)
    yield _oldest(queue, limits, now)
    yield _service_level(queue, limits)
    yield _abandoned(queue, limits)


def _about(queue: QueueWatch) -> Subject:
    return Subject(kind="queue", id=queue.queue_id)


def _open(queue: QueueWatch) -> Action:
    return Action(code="open_queue", id=queue.queue_id)


def _served(queue: QueueWatch) -> Next:
    """Those who are in conversation come free and take the next."""
    return Next(code="agents_come_free", count=queue.busy) if queue.busy else Next()


def _nobody(queue: QueueWatch, limits: Thresholds, now: float) -> Sign:
    """Somebody waits, and nobody who is signed in and could serve can be reached."""
    stranded = queue.stranded
    if stranded is None:
        return Sign(code="queue_nobody", subject=_about(queue), raises=None, action=_open(queue))
    after_s = limits.nobody_after_s
    off = after_s > 0 and now - stranded.oldest_since >= after_s
    return Sign(
        code="queue_nobody",
        subject=_about(queue),
        raises=Severity.RED if off else None,
        keeps=Severity.RED if after_s > 0 else None,
        since=stranded.oldest_since,
        figures={
            "waiting": stranded.waiting,
            "oldest_since": stranded.oldest_since,
            "unreachable": stranded.unreachable,
            "away": stranded.away,
            "work_id": stranded.work_id,
        },
        next=Next(code="leaves", at=stranded.leaves_at),
        action=_open(queue),
    )


def _waiting(queue: QueueWatch, limits: Thresholds) -> Sign:
    soon, most, less = limits.waiting_soon, limits.waiting_now, 1 - limits.clear_margin
    raises = at_least(queue.waiting, soon, most)
    return Sign(
        code="queue_waiting",
        subject=_about(queue),
        raises=raises,
        keeps=at_least(queue.waiting, soon * less, most * less),
        figures={"waiting": queue.waiting, "limit": most if raises is Severity.RED else soon},
        next=_served(queue),
        action=_open(queue),
    )


def _oldest(queue: QueueWatch, limits: Thresholds, now: float) -> Sign:
    """Against the queue's promise, so that queues of all kinds compare."""
    promise_s = queue.service_level_s
    waited_s = 0.0 if queue.oldest_since is None else max(0.0, now - queue.oldest_since)
    raises = at_least(waited_s, limits.oldest_soon * promise_s, limits.oldest_now * promise_s)
    return Sign(
        code="queue_oldest",
        subject=_about(queue),
        raises=raises,
        keeps=raises,
        figures={"oldest_since": queue.oldest_since or 0.0, "promise_s": promise_s, "waiting": queue.waiting},
        next=_served(queue),
        action=_open(queue),
    )


def _service_level(queue: QueueWatch, limits: Thresholds) -> Sign:
    level = service_level(queue.answered_in_time, queue.answered, queue.abandoned)
    contacts = queue.answered + queue.abandoned
    said = level is not None and contacts >= limits.least_contacts
    share, soon, least = level or 0.0, limits.service_level_soon, limits.service_level_now
    better = limits.clear_margin
    raises = below(share, soon, least) if said else None
    return Sign(
        code="queue_service_level",
        subject=_about(queue),
        raises=raises,
        keeps=below(share, soon + (1 - soon) * better, least + (1 - least) * better) if said else None,
        figures={
            "share": round(share, 4),
            "limit": least if raises is Severity.RED else soon,
            "late": contacts - queue.answered_in_time,
            "contacts": contacts,
        },
        next=_served(queue),
        action=_open(queue),
    )


def _abandoned(queue: QueueWatch, limits: Thresholds) -> Sign:
    gone = abandonment(queue.abandoned, queue.answered)
    contacts = queue.answered + queue.abandoned
    said = gone is not None and contacts >= limits.least_contacts
    share, soon, most, less = gone or 0.0, limits.abandoned_soon, limits.abandoned_now, 1 - limits.clear_margin
    raises = at_least(share, soon, most) if said else None
    return Sign(
        code="queue_abandoned",
        subject=_about(queue),
        raises=raises,
        keeps=at_least(share, soon * less, most * less) if said else None,
        figures={
            "share": round(share, 4),
            "limit": most if raises is Severity.RED else soon,
            "abandoned": queue.abandoned,
            "contacts": contacts,
        },
        next=_served(queue),
        action=_open(queue),
    )

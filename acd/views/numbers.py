"""What screens may read of the whole contact center: a frozen picture, made from the registry at the moment it is asked for."""

from __future__ import annotations

from collections.abc import Collection

from acd.model.registry import Registry
from acd.model.work import WorkState
from acd.numbers.service_level import calibration, service_level
from acd.numbers.tally import Tally
from acd.rules.capacity import VOICE
from core.ids import QueueId
from core.model import Purpose, Value


class NumbersView(Value, frozen=True, kw_only=True):
    """The whole contact center, or some queues of it, in one line."""

    waiting: int
    oldest_since: float | None
    oldest_queue_id: QueueId | None
    service_level_today: float | None
    service_level_30m: float | None
    service_level_s: float
    """The strictest of the queues' thresholds; each queue is measured by its own."""
    calibration_today: float | None
    """Share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    graded_today: int
    """Customers whose wait could be held against what was said."""
    offered_today: int
    abandoned_today: int
    talking: int


def numbers_view(registry: Registry, now: float, of: Collection[QueueId] | None = None) -> NumbersView:
    """All queues together, or those `of` them."""
    queues = {queue_id: queue for queue_id, queue in registry.queues.items() if of is None or queue_id in of}
    today, recent = Tally(), Tally()
    for queue_id in queues:
        today.add(registry.statistics.today(queue_id, now))
        recent.add(registry.statistics.last_half_hour(queue_id, now))
    in_line = [registry.work_items[work_id] for queue in queues.values() for _, work_id in queue.line]
    oldest = min(in_line, key=lambda work: (work.waiting_since, work.arrival), default=None)
    return NumbersView(
        waiting=len(in_line),
        oldest_since=oldest.waiting_since if oldest is not None else None,
        oldest_queue_id=oldest.queue_id if oldest is not None else None,
        service_level_today=service_level(today.answered_in_time, today.answered, today.abandoned),
        service_level_30m=service_level(recent.answered_in_time, recent.answered, recent.abandoned),
        service_level_s=min((queue.config.service_level_s for queue in queues.values()), default=20.0),
        calibration_today=calibration(today.within_p90, today.graded),
        graded_today=today.graded,
        offered_today=today.offered,
        abandoned_today=today.abandoned,
        talking=sum(
            work.state is WorkState.ACTIVE
            and work.channel in VOICE
            and work.purpose is not Purpose.CONSULTATION
            and (of is None or work.queue_id in of)
            for work in registry.work_items.values()
        ),
    )

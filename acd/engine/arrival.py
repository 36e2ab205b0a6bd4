"""What is said of work that takes its place: its position, and how long it will probably wait."""

from __future__ import annotations

from acd.model.registry import Registry
from acd.model.work import Work
from acd.numbers.expected_wait import estimate
from core.events import WorkEnqueued
from core.model import Purpose


def enqueued(registry: Registry, work: Work, now: float) -> None:
    """Nothing is estimated for a consultation, which no customer waits with, nor for one agent, who is free or is not asked."""
    position = registry.position(work)
    line = registry.line_before(work.queue_id, position, work.channel)
    estimated = work.purpose is not Purpose.CONSULTATION and work.only_agent is None
    p50, p90 = (estimate(registry.statistics.flow(work.queue_id), line) if estimated else None) or (None, None)
    transfer = work.purpose is Purpose.TRANSFER
    registry.emit(
        WorkEnqueued(
            at=now,
            work_id=work.work_id,
            call_id=work.call_id,
            channel=work.channel,
            queue_id=work.queue_id,
            customer_id=work.customer_id,
            priority=registry.queues[work.queue_id].config.priority + work.extra_priority,
            position=position,
            expected_p50_s=p50,
            expected_p90_s=p90,
            agent_free=line.ahead < line.free,
            skills=registry.skills_asked(work),
            purpose=work.purpose,
            continues=work.continues,
            arrived_at=work.enqueued_at if transfer else None,
            talked_s=work.talked_s if transfer else 0.0,
        )
    )

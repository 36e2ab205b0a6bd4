"""What a supervisor must know of a queue: who waits for nobody, and how the last half hour went."""

from __future__ import annotations

from collections.abc import Iterator

from acd.model.match_buckets import MatchBucket
from acd.model.registry import Registry
from acd.model.work import Work
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, Value


class Stranded(Value, frozen=True, kw_only=True):
    """Work in line that nobody who is here can be given, nor will be when present work ends."""

    waiting: int
    oldest_since: float
    work_id: WorkId
    """Of whoever has waited longest."""
    unreachable: int
    """Who mean to serve and would fit, but cannot be reached."""
    away: int
    """Who would fit and are away."""
    leaves_at: float
    """When the longest wait ends. No step of the queue helps before: one that did would have been taken already."""


class QueueWatch(Value, frozen=True, kw_only=True):
    """One queue; contacts are those of the last 30 minutes."""

    queue_id: QueueId
    service_level_s: float
    waiting: int
    oldest_since: float | None
    answered: int
    answered_in_time: int
    abandoned: int
    busy: int
    """Agents of the queue who will be free again: in conversation, ringing or in wrap-up."""
    stranded: Stranded | None


def watch_view(registry: Registry, queue_id: QueueId, now: float) -> QueueWatch:
    """Raises `KeyError` for an unknown queue."""
    queue = registry.queues[queue_id]
    recent = registry.statistics.last_half_hour(queue_id, now)
    states = [registry.agents[agent_id].shown.state for agent_id in registry.serving(queue_id) & registry.signed_in]
    return QueueWatch(
        queue_id=queue_id,
        service_level_s=queue.config.service_level_s,
        waiting=len(queue.line),
        oldest_since=min((registry.work_items[work_id].waiting_since for _, work_id in queue.line), default=None),
        answered=recent.answered,
        answered_in_time=recent.answered_in_time,
        abandoned=recent.abandoned,
        busy=sum(state in {AgentState.BUSY, AgentState.OFFERED, AgentState.WRAP_UP} for state in states),
        stranded=_stranded(registry, queue_id),
    )


def _stranded(registry: Registry, queue_id: QueueId) -> Stranded | None:
    buckets = [
        bucket for bucket in registry.buckets.filled() if bucket.key.queue_id == queue_id and _for_nobody(registry, bucket)
    ]
    waiting = list(_work(registry, buckets))
    if not waiting:
        return None
    oldest = min(waiting, key=lambda work: (work.waiting_since, work.arrival))
    able: set[AgentId] = set().union(*(bucket.eligible for bucket in buckets))
    away = sum(registry.agents[agent_id].shown.state is AgentState.AWAY for agent_id in able)
    return Stranded(
        waiting=len(waiting),
        oldest_since=oldest.waiting_since,
        work_id=oldest.work_id,
        unreachable=len(able & registry.signed_in),
        away=away,
        leaves_at=oldest.wait_until,
    )


def _for_nobody(registry: Registry, bucket: MatchBucket) -> bool:
    """Whoever waits for one agent alone waits on for others soon; whose page is loaded anew is waited for."""
    return bucket.key.only is None and bucket.eligible.isdisjoint(registry.awaited[bucket.key.channel])


def _work(registry: Registry, buckets: list[MatchBucket]) -> Iterator[Work]:
    items = (registry.work_items[work_id] for bucket in buckets for _, work_id in bucket.line)
    return (work for work in items if work.has_place)

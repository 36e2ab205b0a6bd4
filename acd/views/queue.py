"""What screens may read of a queue and its line: frozen pictures, made from the registry at the moment they are asked for."""

from __future__ import annotations

from acd.model.registry import Registry
from acd.numbers.expected_wait import estimate
from acd.numbers.service_level import average_handle_time, average_speed_of_answer, calibration, estimate_error, service_level
from core.ids import QueueId, WorkId
from core.model import AgentState, Value


class QueueView(Value, frozen=True, kw_only=True):
    """One queue as the board shows it; the service level is that of the last 30 minutes."""

    queue_id: QueueId
    name: str
    waiting: int
    """In line: waiting or ringing somewhere."""
    oldest_since: float | None
    expected_wait_s: float | None
    """Somebody who joins the end of the line now: half wait less than this."""
    expected_p90_s: float | None
    """Nine of ten wait less than this."""
    calibration: float | None
    """Today: share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    estimate_error_s: float | None
    """Today: mean distance between the wait and the median given at arrival."""
    service_level: float | None
    """Last 30 minutes, 0…1; None when nobody was answered or left."""
    service_level_today: float | None
    service_level_s: float
    ageing_per_minute: float
    """Priority points that a minute of waiting is worth."""
    offered: int
    """Today, as are the next ones."""
    answered: int
    abandoned: int
    average_speed_of_answer_s: float | None
    average_handle_time_s: float | None
    agents_available: int
    agents_unreachable: int
    """Mean to be available, but no call can be given; counted nowhere else."""
    agents_busy: int
    """With an offer or in conversation."""
    agents_wrap_up: int
    recent: tuple[int, ...]
    """Longest line in each of the last 30 minutes, oldest first."""


class PlaceView(Value, frozen=True, kw_only=True):
    """One place in a line, the next first."""

    work_id: WorkId
    expected_p50_s: float | None
    """From now on; None: unknown."""
    expected_p90_s: float | None


def queue_view(registry: Registry, queue_id: QueueId, now: float) -> QueueView:
    """Raises `KeyError` for an unknown queue."""
    queue = registry.queues[queue_id]
    today, recent = registry.statistics.today(queue_id, now), registry.statistics.last_half_hour(queue_id, now)
    p50, p90 = registry.expected(queue_id) or (None, None)
    states = [registry.agents[agent_id].shown.state for agent_id in registry.serving(queue_id) & registry.signed_in]
    return QueueView(
        queue_id=queue_id,
        name=queue.config.name,
        waiting=len(queue.line),
        oldest_since=min((registry.work_items[work_id].waiting_since for _, work_id in queue.line), default=None),
        expected_wait_s=p50,
        expected_p90_s=p90,
        calibration=calibration(today.within_p90, today.graded),
        estimate_error_s=estimate_error(today.error_sum_s, today.graded),
        service_level=service_level(recent.answered_in_time, recent.answered, recent.abandoned),
        service_level_today=service_level(today.answered_in_time, today.answered, today.abandoned),
        service_level_s=queue.config.service_level_s,
        ageing_per_minute=queue.config.ageing_per_minute,
        offered=today.offered,
        answered=today.answered,
        abandoned=today.abandoned,
        average_speed_of_answer_s=average_speed_of_answer(today.wait_sum_s, today.answered),
        average_handle_time_s=average_handle_time(today.handle_sum_s, today.handled),
        agents_available=states.count(AgentState.AVAILABLE),
        agents_unreachable=states.count(AgentState.UNREACHABLE),
        agents_busy=states.count(AgentState.BUSY) + states.count(AgentState.OFFERED),
        agents_wrap_up=states.count(AgentState.WRAP_UP),
        recent=registry.statistics.recent_waiting(queue_id, now),
    )


def line_view(registry: Registry, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
    """The first `most` of those who wait, with what remains of their wait by the estimate. Raises `KeyError`."""
    flow = registry.statistics.flow(queue_id)
    places = []
    for position, (_, work_id) in enumerate(registry.queues[queue_id].line[:most], start=1):
        p50, p90 = estimate(flow, registry.line_before(queue_id, position, registry.work_items[work_id].channel)) or (None, None)
        places.append(PlaceView(work_id=work_id, expected_p50_s=p50, expected_p90_s=p90))
    return tuple(places)

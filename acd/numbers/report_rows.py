"""What a row of a report says. Numbers that cannot be measured are null: nothing happened."""

from __future__ import annotations

from core.ids import AgentId, QueueId
from core.model import Value


class ServiceInterval(Value, frozen=True, kw_only=True):
    """What customers met in one interval. Numbers that cannot be measured are null: nothing happened."""

    start: float
    end: float
    offered: int
    answered: int
    answered_in_time: int
    abandoned: int
    short_abandoned: int
    moved: int
    unserved: int
    handled: int
    transferred: int
    service_level: float | None
    average_speed_of_answer_s: float | None
    average_handle_time_s: float | None
    average_talk_s: float | None
    average_wrap_up_s: float | None
    abandonment: float | None
    transfer_rate: float | None
    occupancy: float | None
    """Of the agents who served this in this interval, with all that they did."""
    calibration: float | None
    """Share of the customers who waited no longer than the p90 they were given; right is 0.9."""
    estimate_error_s: float | None


class QueueInterval(ServiceInterval, frozen=True, kw_only=True):
    """One queue in one interval."""

    queue_id: QueueId
    """Empty: all the report's queues together. What moved from one to another was offered in both."""


class SkillInterval(ServiceInterval, frozen=True, kw_only=True):
    """One skill in one interval. Work that asked for several counts in each, and once in what is told together."""

    skill: str
    """Empty: all together. ``(none)`` of work that asked for none, ``(not recorded)`` of work that came before 0.2."""


class ChannelInterval(ServiceInterval, frozen=True, kw_only=True):
    """One channel in one interval. A promised callback is counted as the callback it became."""

    channel: str
    """Empty: all together."""


class AgentInterval(Value, frozen=True, kw_only=True):
    """One agent in one interval."""

    agent_id: AgentId
    """Empty: all the report's agents together."""
    start: float
    end: float
    handled: int
    average_handle_time_s: float | None
    average_talk_s: float | None
    average_wrap_up_s: float | None
    available_s: float
    offered_s: float
    busy_s: float
    wrap_up_s: float
    away_s: float
    unreachable_s: float
    """Meant to be available, but no call could be given."""
    signed_out_s: float
    away: dict[str, float]
    """Seconds by reason."""
    occupancy: float | None
    planned_s: float
    """By the shifts that hold today."""
    planned_served_s: float
    """Of the planned time: everything but away and signed out."""
    adherence: float | None
    """Share of the planned time that was served, 0…1; None when nothing was planned."""

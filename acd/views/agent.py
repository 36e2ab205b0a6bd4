"""What screens may read of an agent: a frozen picture, made from the registry at the moment it is asked for."""

from __future__ import annotations

from acd.model.agents import Agent, Declined
from acd.model.registry import Registry
from acd.numbers.adherence import adherence, planned_on, planned_until
from acd.numbers.service_level import average_handle_time, occupancy
from core.ids import AgentId, CallId, QueueId, WorkId
from core.model import AgentSkill, AgentState, Channel, Value


class AgentView(Value, frozen=True, kw_only=True):
    """One agent as the board and the agent's own desk show it."""

    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    by: str
    """The user who set the state, when it was not the agent."""
    since: float
    until: float | None
    queue_id: QueueId | None
    call_id: CallId | None
    """Of the work in hand, if it is a call."""
    work: tuple[WorkId, ...]
    next_state: AgentState | None
    """The requested state that takes effect after the present work; None when it is the present state or plain available."""
    next_reason: str
    skills: tuple[AgentSkill, ...]
    reachable: bool
    """For calls."""
    reachable_reason: str
    """An `UnreachableReason`; empty while reachable."""
    handled_today: int
    aht_s: float | None
    occupancy: float | None
    declined: Declined | None
    """Of the last offer, when nothing was taken since."""
    planned_until: float | None
    """End of the shift that runs now; None outside of all."""
    adherence: float | None
    """Today: share of the planned time that was served, 0…1; None when nothing was planned so far."""
    late_s: float
    """Today: planned time before the agent came."""


class Standing(Value, frozen=True, kw_only=True):
    """What an agent is doing, without numbers: quick to make of everybody."""

    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    """Of being away; an `UnreachableReason` while unreachable; else empty."""
    since: float
    until: float | None
    skills: tuple[AgentSkill, ...]


def standing(registry: Registry, agent_id: AgentId) -> Standing:
    """Raises `KeyError` for an unknown agent."""
    agent = registry.agents[agent_id]
    shown = agent.shown
    unreachable = agent.unreachable.get(Channel.CALL) if shown.state is AgentState.UNREACHABLE else None
    return Standing(
        agent_id=agent_id,
        name=agent.config.name,
        state=shown.state,
        reason=unreachable or shown.reason,
        since=agent.since,
        until=shown.until,
        skills=agent.config.skills,
    )


def agent_view(registry: Registry, agent_id: AgentId, now: float) -> AgentView:
    """Raises `KeyError` for an unknown agent."""
    agent = registry.agents[agent_id]
    numbers = registry.statistics.agent(agent_id, now)
    reason = agent.unreachable.get(Channel.CALL)
    plan = planned_on(agent.config.shifts, now, registry.zone)
    kept = adherence(plan, registry.statistics.attendance(agent_id, now), now)
    return AgentView(
        agent_id=agent_id,
        name=agent.config.name,
        state=agent.shown.state,
        reason=agent.shown.reason,
        by=agent.requested_by if not agent.work or agent.requested is not AgentState.AVAILABLE else "",
        since=agent.since,
        until=agent.shown.until,
        queue_id=agent.shown.queue_id,
        call_id=_call_in_hand(registry, agent),
        work=agent.shown.work,
        next_state=agent.requested if agent.work and agent.requested is not AgentState.AVAILABLE else None,
        next_reason=agent.requested_reason if agent.work else "",
        skills=agent.config.skills,
        reachable=reason is None,
        reachable_reason=reason or "",
        handled_today=numbers.handled,
        aht_s=average_handle_time(numbers.handle_sum_s, numbers.handled),
        occupancy=occupancy(numbers.handling_s, numbers.available_s),
        declined=agent.declined,
        planned_until=planned_until(plan, now),
        adherence=kept.share,
        late_s=kept.late_s,
    )


def unreachable_view(registry: Registry) -> dict[AgentId, dict[Channel, str]]:
    """By agent and channel, why nothing of it can be brought there; calls stand for all voice."""
    return {agent_id: dict(agent.unreachable) for agent_id, agent in registry.agents.items() if not agent.removed}


def _call_in_hand(registry: Registry, agent: Agent) -> CallId | None:
    return next(
        (registry.work_items[work_id].call_id for work_id in agent.work if registry.work_items[work_id].call_id is not None), None
    )

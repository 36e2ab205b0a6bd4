"""What the ACD is told: the document as `ConfigureAcd`."""

from __future__ import annotations

from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId, SkillId
from core.model import AgentConfig, AgentSkill, QueueConfig, RoutingStep, SkillRequirement
from server.business.document import AgentRules, Document, QueueRules, StepRules


def configure_acd(document: Document) -> ConfigureAcd:
    """Queues and agents in the order of their ids, and the opening hours that queues name."""
    return ConfigureAcd(
        queues=tuple(queue_config(queue_id, document.queues[queue_id]) for queue_id in sorted(document.queues)),
        agents=tuple(agent_config(agent_id, document.agents[agent_id]) for agent_id in sorted(document.agents)),
        hours=dict(document.hours),
    )


def queue_config(queue_id: str, queue: QueueRules) -> QueueConfig:
    return QueueConfig(
        queue_id=QueueId(queue_id),
        name=queue.name,
        requirements=needs(queue.requirements),
        condition=queue.condition,
        strategy=queue.strategy,
        steps=tuple(map(_step, queue.steps)),
        hours=queue.hours,
        priority=queue.priority,
        ageing_per_minute=queue.ageing_per_minute,
        ring_timeout_s=queue.ring_timeout_s,
        wrap_up_limit_s=queue.wrap_up_limit_s,
        max_wait_s=queue.max_wait_s,
        service_level_s=queue.service_level_s,
        short_abandon_s=queue.short_abandon_s,
        preferred_agent_s=queue.preferred_agent_s,
        last_agent_days=queue.last_agent_days,
    )


def _step(step: StepRules) -> RoutingStep:
    return RoutingStep(
        after_s=step.after_s,
        requirements=None if step.requirements is None else needs(step.requirements),
        condition=step.condition,
        overflow_to=None if step.overflow_to is None else QueueId(step.overflow_to),
    )


def agent_config(agent_id: str, agent: AgentRules) -> AgentConfig:
    bare = AgentConfig(agent_id=AgentId(agent_id), name=agent.name)
    return AgentConfig(
        agent_id=bare.agent_id,
        name=agent.name,
        skills=tuple(AgentSkill(skill=SkillId(skill), level=agent.skills[skill]) for skill in sorted(agent.skills)),
        queues=tuple(QueueId(queue_id) for queue_id in agent.queues),
        attributes=dict(agent.attributes),
        capacity={**bare.capacity, **agent.capacity},
        interruptions=agent.interruptions,
        shifts=agent.shifts,
    )


def needs(requirements: dict[str, int]) -> tuple[SkillRequirement, ...]:
    return tuple(SkillRequirement(skill=SkillId(skill), level=requirements[skill]) for skill in sorted(requirements))

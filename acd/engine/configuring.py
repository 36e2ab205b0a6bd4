"""New queues and agents while it runs: waiting work stays, work in hand is finished under the old roof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator

from acd.engine.transitions import withdraw_from
from acd.model.agents import Agent
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Queue, Registry
from acd.rules.conditions import ConditionError, parse
from acd.rules.skills import levels_of
from core.commands import ConfigureAcd
from core.ids import QueueId
from core.model import AgentConfig, AgentState, QueueConfig
from core.opening_hours import schedule_complaints, shift_complaints
from core.problems import Complaint

REMOVED = "no longer configured"


def configure(registry: Registry, command: ConfigureAcd, now: float) -> None:
    """Replaces queues and agents. Raises `Refused` with every problem found, and `Repeated` when nothing differs."""
    problems = list(_problems(command))
    if problems:
        raise Refused("bad_configuration", "; ".join(problems))
    queues = {queue.queue_id: queue for queue in command.queues}
    agents = {agent.agent_id: agent for agent in command.agents}
    if _queues_now(registry) == queues and _agents_now(registry) == agents and registry.hours == command.hours:
        raise Repeated("this configuration is already in force")
    registry.hours = command.hours
    for queue in command.queues:
        _set_queue(registry, queue)
    for queue_id in [queue_id for queue_id in registry.queues if queue_id not in queues]:
        registry.queues[queue_id].retired = True
        registry.drop_queue_if_over(queue_id)
    registry.statistics.rules = {queue_id: queue.config for queue_id, queue in registry.queues.items()}
    before = _agents_now(registry)
    changed = {agent_id for agent_id, agent in agents.items() if before.get(agent_id) != agent}
    for agent_config in command.agents:
        _set_agent(registry, agent_config, now)
    removed = [agent for agent_id, agent in registry.agents.items() if agent_id not in agents]
    for agent in removed:
        agent.removed, agent.requested, agent.requested_reason, agent.requested_by = True, AgentState.SIGNED_OUT, REMOVED, ""
    registry.rebuild_lines()
    for agent in removed:
        withdraw_from(registry, agent, now)
    for agent in list(registry.agents.values()):
        registry.show(agent, now, always=agent.agent_id in changed)  # a new name is on screens at once


def _set_queue(registry: Registry, config: QueueConfig) -> None:
    queue = registry.queues.get(config.queue_id)
    if queue is None:
        registry.queues[config.queue_id] = Queue(config=config)
        return
    if queue.config.steps != config.steps:  # what waits takes the new steps from the first on
        for work in registry.work_items.values():
            if work.queue_id == config.queue_id:
                work.step, work.relaxed = 0, ""
    queue.config, queue.retired = config, False


def _set_agent(registry: Registry, config: AgentConfig, now: float) -> None:
    agent = registry.agents.get(config.agent_id)
    if agent is None:
        agent = registry.agents[config.agent_id] = Agent.of(config, now)
    agent.config, agent.levels, agent.removed = config, levels_of(config.skills), False


def _queues_now(registry: Registry) -> dict[str, QueueConfig]:
    return {queue_id: queue.config for queue_id, queue in registry.queues.items() if not queue.retired}


def _agents_now(registry: Registry) -> dict[str, AgentConfig]:
    return {agent_id: agent.config for agent_id, agent in registry.agents.items() if not agent.removed}


def _problems(command: ConfigureAcd) -> Iterator[str]:
    """Sentences for whoever wrote the configuration."""
    queue_names = (f"queue {queue.queue_id}" for queue in command.queues)
    agent_names = (f"agent {agent.agent_id}" for agent in command.agents)
    for name, count in Counter([*queue_names, *agent_names]).items():
        if count > 1:
            yield f"{name} is given {count} times"
    for name, hours in command.hours.items():
        for complaint in schedule_complaints(hours):
            yield f"hours {name}: {_told(complaint)}"
    for queue in command.queues:
        yield from _queue_problems(queue)
        if queue.hours and queue.hours not in command.hours:
            yield f"queue {queue.queue_id} names opening hours “{queue.hours}”, which do not exist"
    known = {queue.queue_id for queue in command.queues}
    for queue in command.queues:
        yield from _step_problems(queue, known)
    for agent in command.agents:
        yield from _agent_problems(agent, known)


def _agent_problems(agent: AgentConfig, known: Container[QueueId]) -> Iterator[str]:
    for queue_id in agent.queues:
        if queue_id not in known:
            yield f"agent {agent.agent_id} serves queue {queue_id}, which does not exist"
    for skill in agent.skills:
        if not 1 <= skill.level <= 5:
            yield f"agent {agent.agent_id} has {skill.skill} at level {skill.level}; levels are 1 to 5"
    for complaint in shift_complaints(agent.shifts):
        yield f"agent {agent.agent_id}: {_told(complaint)}"


def _told(complaint: Complaint) -> str:
    return f"{'.'.join(map(str, complaint.where))}: {complaint.sentence}"


def _step_problems(queue: QueueConfig, known: Container[QueueId]) -> Iterator[str]:
    where = f"queue {queue.queue_id}"
    for condition in [queue.condition, *(step.condition or "" for step in queue.steps)]:
        try:
            parse(condition or "anyone")
        except ConditionError as error:
            yield f"{where}: condition “{condition}”: {error}"
    times = [step.after_s for step in queue.steps]
    if times != sorted(times) or any(after_s < 0 for after_s in times):
        yield f"{where}: its steps are not in order of time"
    for step in queue.steps:
        if step.overflow_to is not None and step.overflow_to not in known:
            yield f"{where} overflows to queue {step.overflow_to}, which does not exist"
        for requirement in step.requirements or ():
            if not 1 <= requirement.level <= 5:
                yield f"{where} asks for {requirement.skill} at level {requirement.level} in a step; levels are 1 to 5"


def _queue_problems(queue: QueueConfig) -> Iterator[str]:
    for requirement in queue.requirements:
        if not 1 <= requirement.level <= 5:
            yield f"queue {queue.queue_id} asks for {requirement.skill} at level {requirement.level}; levels are 1 to 5"
    if queue.ring_timeout_s <= 0 or queue.max_wait_s <= 0:
        yield f"queue {queue.queue_id} needs a ring time-out and a longest wait above 0 s"
    if queue.wrap_up_limit_s < 0 or queue.ageing_per_minute < 0:
        yield f"queue {queue.queue_id} has a negative wrap-up limit or ageing"

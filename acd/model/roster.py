"""Who may serve what, by assignment, skills and conditions: sets made once, so that a new bucket intersects a few of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from acd.model.agents import Agent
from acd.rules.conditions import Condition, parse
from acd.rules.rules import Rules
from core.ids import AgentId, QueueId, SkillId
from core.model import Channel


class Roster:
    """A picture of the configured agents; made anew when the configuration changes."""

    def __init__(self, agents: Iterable[Agent] = ()) -> None:
        self._agents = {agent.agent_id: agent for agent in agents if not agent.removed}
        self.by_id = sorted(self._agents)
        self._everywhere: set[AgentId] = set()
        """Assigned to no queue in particular: serve every one."""
        self._assigned: dict[QueueId, set[AgentId]] = defaultdict(set)
        self._at_least: dict[tuple[SkillId, int], set[AgentId]] = defaultdict(set)
        self._on: dict[Channel, set[AgentId]] = defaultdict(set)
        self._conditions: dict[str, Condition] = {}
        for agent in self._agents.values():
            self._add(agent)

    def _add(self, agent: Agent) -> None:
        if not agent.config.queues:
            self._everywhere.add(agent.agent_id)
        for queue_id in agent.config.queues:
            self._assigned[queue_id].add(agent.agent_id)
        for skill, level in agent.levels.items():
            for lower in range(1, level + 1):
                self._at_least[skill, lower].add(agent.agent_id)
        for channel in Channel:
            if agent.config.capacity.get(channel.value, 0) > 0:
                self._on[channel].add(agent.agent_id)

    def named(self, agent_id: AgentId, channel: Channel) -> set[AgentId]:
        """A fresh set of that agent, or of nobody, when the channel is not taken at all."""
        return self._on[channel] & {agent_id}

    def able(self, queue_id: QueueId, channel: Channel, rules: Rules, only: AgentId | None = None) -> set[AgentId]:
        """A fresh set of all who serve the queue and the channel and meet every rule; with `only`, that agent or nobody."""
        ids = self._everywhere | self._assigned.get(queue_id, set())
        if only is not None:
            ids &= {only}
        ids &= self._on[channel]
        for requirement in rules.requirements:
            ids &= self._at_least.get((requirement.skill, requirement.level), set())
        if not rules.condition:
            return ids
        condition = self._conditions.get(rules.condition)
        if condition is None:
            condition = self._conditions[rules.condition] = parse(rules.condition)
        agents = (self._agents[agent_id] for agent_id in ids)
        return {agent.agent_id for agent in agents if condition.holds(agent.levels, agent.config.attributes)}

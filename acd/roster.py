"""Who may serve what, by assignment and skills: sets made once, so that a new lane intersects a few of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from acd.agents import Agent
from acd.skills import Requirements
from core.ids import AgentId, QueueId, SkillId


class Roster:
    """A picture of the configured agents; made anew when the configuration changes."""

    def __init__(self, agents: Iterable[Agent] = ()) -> None:
        self._everywhere: set[AgentId] = set()
        """Assigned to no queue in particular: serve every one."""
        self._assigned: dict[QueueId, set[AgentId]] = defaultdict(set)
        self._at_least: dict[tuple[SkillId, int], set[AgentId]] = defaultdict(set)
        for agent in agents:
            if not agent.removed:
                self._add(agent)

    def _add(self, agent: Agent) -> None:
        if not agent.config.queues:
            self._everywhere.add(agent.agent_id)
        for queue_id in agent.config.queues:
            self._assigned[queue_id].add(agent.agent_id)
        for skill, level in agent.levels.items():
            for lower in range(1, level + 1):
                self._at_least[skill, lower].add(agent.agent_id)

    def able(self, queue_id: QueueId, requirements: Requirements) -> set[AgentId]:
        """A fresh set of all who may serve the queue and meet every requirement."""
        ids = self._everywhere | self._assigned.get(queue_id, set())
        for requirement in requirements:
            ids &= self._at_least.get((requirement.skill, requirement.level), set())
        return ids

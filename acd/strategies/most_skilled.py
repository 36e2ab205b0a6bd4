"""Most skilled: the agent with the highest levels in what the work needs. Without needs all are equal and idle time decides."""

from __future__ import annotations

from acd.agents import Agent
from acd.skills import Requirements, label

TITLE = "most skilled"


def score(agent: Agent, requirements: Requirements, now: float) -> float:
    """Mean level over the required skills, 1–5; 0 when nothing is required."""
    if not requirements:
        return 0.0
    return sum(agent.levels.get(requirement.skill, 0) for requirement in requirements) / len(requirements)


def words(agent: Agent, requirements: Requirements, now: float) -> str:
    levels = ", ".join(f"{label(requirement.skill)} {agent.levels.get(requirement.skill, 0)}" for requirement in requirements)
    idle = f"idle for {now - agent.idle_since:.0f} s"
    return f"{levels}; {idle}" if levels else idle

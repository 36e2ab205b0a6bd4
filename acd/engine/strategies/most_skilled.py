"""Most skilled: the agent with the highest levels in what the work needs. Without needs all are equal and idle time decides."""

from __future__ import annotations

from acd.engine.strategies.question import Question, idle_words
from acd.model.agents import Agent
from acd.rules.skills import label
from core.model import ScoreTerm

TITLE = "most skilled"


def score(agent: Agent, question: Question) -> float:
    """Mean level over the required skills, 1–5; 0 when nothing is required."""
    return sum((term.value for term in terms(agent, question)), start=0.0)


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    """Each skill's level divided by the number of skills."""
    share = 1.0 / max(1, len(question.requirements))
    return tuple(
        ScoreTerm(name=label(requirement.skill), value=agent.levels.get(requirement.skill, 0) * share)
        for requirement in question.requirements
    )


def words(agent: Agent, question: Question) -> str:
    levels = ", ".join(
        f"{label(requirement.skill)} {agent.levels.get(requirement.skill, 0)}" for requirement in question.requirements
    )
    idle = idle_words(agent, question)
    return f"{levels}; {idle}" if levels else idle

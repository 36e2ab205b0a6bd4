"""Round robin: the agent who was asked longest ago, whatever became of it; who was never asked comes first."""

from __future__ import annotations

from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from core.model import ScoreTerm

TITLE = "next in turn"


def score(agent: Agent, question: Question) -> float:
    """Offers the installation has made since this agent's last one."""
    return float(question.offers_made - agent.turn)


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    return (ScoreTerm(name="offers_since", value=score(agent, question)),)


def words(agent: Agent, question: Question) -> str:
    if agent.turn == 0:
        return "not asked yet"
    return f"asked {question.offers_made - agent.turn + 1} offers ago"

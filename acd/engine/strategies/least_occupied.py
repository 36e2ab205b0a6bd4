"""Least occupied: the agent who has worked the smallest share of the recent time. The last half hour counts most."""

from __future__ import annotations

from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from core.model import ScoreTerm

TITLE = "least occupied"


def score(agent: Agent, question: Question) -> float:
    """The negated occupancy, −1–0."""
    return -agent.occupancy(question.now)


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    return (ScoreTerm(name="occupancy", value=score(agent, question)),)


def words(agent: Agent, question: Question) -> str:
    return f"{agent.occupancy(question.now):.0%} occupied lately"

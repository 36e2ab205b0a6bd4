"""Ring all: rings at everybody able at once, and whoever accepts first has it. The score only orders them: longest idle."""

from __future__ import annotations

from acd.engine.strategies.question import Question, idle_s, idle_words
from acd.model.agents import Agent
from core.model import ScoreTerm

TITLE = "rings at all"


def score(agent: Agent, question: Question) -> float:
    """Seconds without work."""
    return idle_s(agent, question)


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    return (ScoreTerm(name="idle_s", value=idle_s(agent, question)),)


def words(agent: Agent, question: Question) -> str:
    return idle_words(agent, question)

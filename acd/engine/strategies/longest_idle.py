"""Longest idle: the agent who has been free for the longest time; who has other work open comes after all who have none."""

from __future__ import annotations

from acd.engine.strategies.question import Question, idle_s, idle_words
from acd.model.agents import Agent
from core.model import ScoreTerm

TITLE = "longest idle"


def score(agent: Agent, question: Question) -> float:
    """Seconds without work."""
    return idle_s(agent, question)


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    return (ScoreTerm(name="idle_s", value=idle_s(agent, question)),)


def words(agent: Agent, question: Question) -> str:
    return idle_words(agent, question)

"""What a strategy is asked about."""

from __future__ import annotations

from typing import NamedTuple

from acd.model.agents import Agent
from acd.rules.skills import Requirements
from core.ids import WorkId


class Question(NamedTuple):
    """One piece of work at one moment."""

    work_id: WorkId
    attempt: int
    """Offers made for it before: each ringing is a new question."""
    requirements: Requirements
    now: float
    offers_made: int
    """By the whole installation so far."""


def idle_s(agent: Agent, question: Question) -> float:
    """Seconds without work; 0 for who takes this beside other work."""
    return 0.0 if agent.work else question.now - agent.idle_since


def idle_words(agent: Agent, question: Question) -> str:
    return "has other work open" if agent.work else f"idle for {question.now - agent.idle_since:.0f} s"

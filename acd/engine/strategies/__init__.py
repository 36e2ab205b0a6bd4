"""Strategies: who of several able and free agents gets the work. One pure file each.

A strategy scores one agent; the highest score wins, then the longest idle, then the id, so that every choice can be replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from acd.engine.strategies import least_occupied, longest_idle, most_skilled, random_order, ring_all, round_robin
from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from core.model import ScoreTerm, Strategy


class Scoring(Protocol):
    """The shape of a strategy file."""

    TITLE: str
    """For the decision's summary: «longest idle»."""

    def score(self, agent: Agent, question: Question) -> float:
        """Higher wins."""
        ...

    def terms(self, agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
        """The parts of the score; they add up to it."""
        ...

    def words(self, agent: Agent, question: Question) -> str:
        """The score as a person would say it: «idle for 184 s»."""
        ...


STRATEGIES: Mapping[Strategy, Scoring] = {
    Strategy.LONGEST_IDLE: longest_idle,
    Strategy.MOST_SKILLED: most_skilled,
    Strategy.LEAST_OCCUPIED: least_occupied,
    Strategy.ROUND_ROBIN: round_robin,
    Strategy.RING_ALL: ring_all,
    Strategy.RANDOM: random_order,
}

RINGS_MANY = frozenset({Strategy.RING_ALL})
"""Strategies that offer a piece of work to several agents at once."""

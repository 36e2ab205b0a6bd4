"""Strategies: who of several able and free agents gets the work. One pure file each.

A strategy scores one agent; the highest score wins, then the longest idle, then the id, so that every choice can be replayed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from acd.agents import Agent
from acd.skills import Requirements
from acd.strategies import longest_idle, most_skilled
from core.model import Strategy


class Scoring(Protocol):
    """The shape of a strategy file."""

    TITLE: str
    """For the decision's summary: «longest idle»."""

    def score(self, agent: Agent, requirements: Requirements, now: float) -> float:
        """Higher wins."""
        ...

    def words(self, agent: Agent, requirements: Requirements, now: float) -> str:
        """The score as a person would say it: «idle for 184 s»."""
        ...


STRATEGIES: Mapping[Strategy, Scoring] = {
    Strategy.LONGEST_IDLE: longest_idle,
    Strategy.MOST_SKILLED: most_skilled,
}

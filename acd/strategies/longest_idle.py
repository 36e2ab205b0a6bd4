"""Longest idle: the agent who has been free for the longest time."""

from __future__ import annotations

from acd.agents import Agent
from acd.skills import Requirements

TITLE = "longest idle"


def score(agent: Agent, requirements: Requirements, now: float) -> float:
    """Seconds without work."""
    return now - agent.idle_since


def words(agent: Agent, requirements: Requirements, now: float) -> str:
    return f"idle for {now - agent.idle_since:.0f} s"

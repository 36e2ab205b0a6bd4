"""Random: by lot. The lot is drawn from the ids and the number of the attempt, so a replay draws the same one."""

from __future__ import annotations

from hashlib import blake2b

from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from core.model import ScoreTerm

TITLE = "drawn by lot"


def score(agent: Agent, question: Question) -> float:
    """0 ≤ lot < 1."""
    lot = blake2b(f"{question.work_id}/{question.attempt}/{agent.agent_id}".encode(), digest_size=4).digest()
    return int.from_bytes(lot) / 2**32


def terms(agent: Agent, question: Question) -> tuple[ScoreTerm, ...]:
    return (ScoreTerm(name="lot", value=score(agent, question)),)


def words(agent: Agent, question: Question) -> str:
    return f"drew {score(agent, question):.3f}"

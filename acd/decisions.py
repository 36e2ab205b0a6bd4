"""The decision record: why this agent got this offer and the others did not, in words (features A11).

It is bounded: of a thousand candidates the first ten are recorded, with the number of all in the summary, some who could not
take it now, and some who lack a skill or serve other queues.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from acd.agents import Agent
from acd.skills import Requirements, shortfall, shortfall_words, words
from acd.strategies import STRATEGIES
from acd.work import Work
from core.model import Decision, DecisionCandidate, Strategy

CANDIDATES_SHOWN = 10
OTHERS_SHOWN = 5
MISFITS_SHOWN = 3


class Contest(NamedTuple):
    """What the matcher saw when it chose."""

    work: Work
    strategy: Strategy
    requirements: Requirements
    able: int
    """How many could have taken it."""
    ranked: tuple[Agent, ...]
    """The first of them, the winner at the front."""
    others: tuple[Agent, ...]
    """Have the skills, but could not take it now."""
    misfits: tuple[Agent, ...]
    """Were free, but lack a skill or serve other queues."""


def decide(contest: Contest, now: float) -> Decision:
    """The record of a choice that was made."""
    return Decision(strategy=contest.strategy, candidates=tuple(_candidates(contest, now)), summary=_summary(contest))


def _candidates(contest: Contest, now: float) -> Iterator[DecisionCandidate]:
    strategy = STRATEGIES[contest.strategy]
    for agent in contest.ranked:
        score = strategy.score(agent, contest.requirements, now)
        why = strategy.words(agent, contest.requirements, now)
        if agent.agent_id == contest.work.preferred_agent:
            why = f"asked for by name; {why}"
        yield DecisionCandidate(agent_id=agent.agent_id, eligible=True, score=score, why=why)
    for agent in contest.others:
        yield DecisionCandidate(agent_id=agent.agent_id, eligible=False, why=_why_not(agent, contest.work))
    for agent in contest.misfits:
        missing = shortfall(agent.levels, contest.requirements)
        why = shortfall_words(agent.levels, missing) if missing is not None else "not assigned to this queue"
        yield DecisionCandidate(agent_id=agent.agent_id, eligible=False, why=why)


def _why_not(agent: Agent, work: Work) -> str:
    if agent.agent_id in work.skipped:
        return "declined this before"
    return agent.why_not(work.channel) or "free"


def _summary(contest: Contest) -> str:
    """«longest idle of 3 with billing ≥ 3; Mei was in wrap-up»."""
    having = words(contest.requirements)
    having = f" with {having}" if having else ""
    if contest.ranked[0].agent_id == contest.work.preferred_agent:
        text = "asked for by name"
    elif contest.able == 1:
        text = f"the only free agent{having}"
    else:
        text = f"{STRATEGIES[contest.strategy].TITLE} of {contest.able}{having}"
    if contest.others:
        other = contest.others[0]
        state = _why_not(other, contest.work)
        text += f"; {other.config.name} {state if state.startswith('declined') else f'was {state}'}"
    return text

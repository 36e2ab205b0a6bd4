"""The decision record: why this agent got this offer and the others did not, in words and as codes (features A11).

It is bounded: of a thousand candidates the first ten are recorded, with the number of all in the summary, some who could not
take it now, and some who lack a skill or serve other queues.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from acd.engine.strategies import RINGS_MANY, STRATEGIES
from acd.engine.strategies.question import Question
from acd.model.agents import Agent, Obstacle
from acd.model.work import Work
from acd.rules.rules import Rules, rules_words
from acd.rules.skills import label, shortfall, shortfall_words
from core.model import Decision, DecisionCandidate, Strategy

CANDIDATES_SHOWN = 10
OTHERS_SHOWN = 5
UNFIT_SHOWN = 3


class Contest(NamedTuple):
    """What the matcher saw when it chose."""

    work: Work
    strategy: Strategy
    rules: Rules
    question: Question
    work_score: float
    able: int
    """How many could have taken it."""
    ranked: tuple[Agent, ...]
    """The first of them, the winner at the front."""
    others: tuple[Agent, ...]
    """Have the skills, but could not take it now."""
    unfit: tuple[Agent, ...]
    """Were free, but lack a skill or serve other queues."""


def decide(contest: Contest) -> Decision:
    """The record of a choice that was made."""
    return Decision(
        strategy=contest.strategy,
        candidates=tuple(_candidates(contest)),
        summary=_summary(contest),
        requirements=rules_words(contest.rules),
        relaxed=contest.work.relaxed,
        work_score=contest.work_score,
    )


def _candidates(contest: Contest) -> Iterator[DecisionCandidate]:
    strategy, question, work = STRATEGIES[contest.strategy], contest.question, contest.work
    for agent in contest.ranked:
        why, code = strategy.words(agent, question), contest.strategy.value
        if _is_wanted(agent, work):
            why, code = f"{_preferred_words(work)}; {why}", "last_agent" if work.served_before else "asked_for"
        yield DecisionCandidate(
            agent_id=agent.agent_id,
            name=agent.config.name,
            eligible=True,
            score=strategy.score(agent, question),
            why=why,
            code=code,
            params={"idle_s": question.now - agent.idle_since},
            terms=strategy.terms(agent, question),
        )
    for agent in contest.others:
        yield _lost(agent, _obstacle(agent, work))
    for agent in contest.unfit:
        yield _lost(agent, _why_unfit(agent, contest))


def _lost(agent: Agent, obstacle: Obstacle) -> DecisionCandidate:
    return DecisionCandidate(
        agent_id=agent.agent_id,
        name=agent.config.name,
        eligible=False,
        why=obstacle.words,
        code=obstacle.code,
        params=dict(obstacle.params),
    )


def _is_wanted(agent: Agent, work: Work) -> bool:
    return agent.agent_id in {work.preferred_agent, work.only_agent}


def _preferred_words(work: Work) -> str:
    return "served this customer last" if work.served_before else "asked for by name"


def _obstacle(agent: Agent, work: Work) -> Obstacle:
    if agent.agent_id in work.skipped:
        return Obstacle("declined", "declined this before")
    return agent.obstacle(work.channel) or Obstacle("available", "available")


def _why_unfit(agent: Agent, contest: Contest) -> Obstacle:
    """Why a free agent was not asked at all."""
    work = contest.work
    if work.alone_until is not None:
        return Obstacle("waits_for_another", "the work waits for one agent alone")
    missing = shortfall(agent.levels, contest.rules.requirements)
    if missing is not None:
        has = agent.levels.get(missing.skill, 0)
        params = (("skill", label(missing.skill)), ("has", float(has)), ("needs", float(missing.level)))
        return Obstacle("lacks_skill", shortfall_words(agent.levels, missing), params)
    if agent.config.queues and work.queue_id not in agent.config.queues:
        return Obstacle("not_assigned", "not assigned to this queue")
    condition = rules_words(Rules(condition=contest.rules.condition))
    return Obstacle("fails_condition", f"not {condition}", (("condition", condition),))


def _summary(contest: Contest) -> str:
    """«longest idle of 3 with billing ≥ 3; Mei was in wrap-up»."""
    having = rules_words(contest.rules)
    having = f" with {having}" if having else ""
    if _is_wanted(contest.ranked[0], contest.work):
        text = _preferred_words(contest.work)
    elif contest.able == 1:
        text = f"the only available agent{having}"
    else:
        joint = "" if contest.strategy in RINGS_MANY else " of"
        text = f"{STRATEGIES[contest.strategy].TITLE}{joint} {contest.able}{having}"
    if contest.others:
        other = contest.others[0]
        obstacle = _obstacle(other, contest.work)
        text += f"; {other.config.name} {obstacle.words if obstacle.code == 'declined' else f'was {obstacle.words}'}"
    return text

"""Who takes what: the two questions of the ACD, answered without changing anything.

An agent became available: which waiting work has the highest score among the buckets the agent may serve? Work became available:
which agent does the queue's strategy put first? Because every change asks its question at once, no eligible free agent and
waiting work that fits are ever left beside each other.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import NamedTuple

from acd.engine.decisions import CANDIDATES_SHOWN, OTHERS_SHOWN, UNFIT_SHOWN, Contest, decide
from acd.engine.strategies import RINGS_MANY, STRATEGIES
from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from acd.model.match_buckets import MatchBucket
from acd.model.registry import Registry
from acd.model.work import Work
from acd.rules.priority import score
from core.ids import AgentId
from core.model import Decision, Purpose

RINGS_AT_MOST_AGENTS = 25
"""Agents that one piece of work rings at together."""


class Choice(NamedTuple):
    """Whom to ring at: one agent, or several when the queue's strategy rings at many."""

    agents: tuple[Agent, ...]
    decision: Decision


def best_work(registry: Registry, agent_id: AgentId, now: float) -> Work | None:
    """The waiting work this agent should get, if available at all: highest score now, then first come."""
    best: Work | None = None
    best_key = (float("-inf"), 0)
    for bucket in registry.buckets.filled_for(agent_id):
        if agent_id not in registry.available[bucket.key.channel]:
            continue
        work = _first_for(registry, bucket, agent_id, now)
        if work is not None and (key := (score_of(registry, work, now), -work.arrival)) > best_key:
            best, best_key = work, key
    return best


def best_agents(registry: Registry, work: Work, now: float) -> Choice | None:
    """The available agent the queue's strategy puts first, or everyone for one that rings at many; None: nobody can take it."""
    bucket = registry.bucket(work)
    ids = bucket.eligible & registry.available[work.channel]
    ids.difference_update(work.skipped)
    ids = {agent_id for agent_id in ids if may_be_asked(agent_id, work)} if work.asked_by is not None else ids
    if not ids or (work.rings_all and not _may_ring_at_more(work, now)):
        return None
    config = registry.queues[work.queue_id].config
    by_name = work.only_agent is not None
    rings_many = config.strategy in RINGS_MANY and not by_name
    shown = RINGS_AT_MOST_AGENTS - len(work.offers) if rings_many else CANDIDATES_SHOWN
    question = Question(work.work_id, work.attempts, bucket.key.rules.requirements, now, registry.offers_made)
    ranked = _ranked(registry, work, ids, question, shown)
    contest = Contest(
        work=work,
        strategy=config.strategy,
        rules=bucket.key.rules,
        question=question,
        work_score=score_of(registry, work, now),
        able=len(ids),
        ranked=ranked[:CANDIDATES_SHOWN],
        others=_first(registry, OTHERS_SHOWN, bucket.by_id, registry.signed_in, ids),
        unfit=() if by_name else _unfit(registry, bucket),
    )
    return Choice(ranked if rings_many else ranked[:1], decide(contest))


def _unfit(registry: Registry, bucket: MatchBucket) -> tuple[Agent, ...]:
    """Free, and not for this."""
    available = registry.available[bucket.key.channel]
    return _first(registry, UNFIT_SHOWN, registry.buckets.everybody, available, bucket.eligible)


def score_of(registry: Registry, work: Work, now: float) -> float:
    """Priority with ageing, comparable across queues."""
    config = registry.queues[work.queue_id].config
    return score(config.priority + work.extra_priority, config.ageing_per_minute, work.enqueued_at, now)


def _ranked(registry: Registry, work: Work, ids: set[AgentId], question: Question, count: int) -> tuple[Agent, ...]:
    """The first `count` by the preferred agent, the strategy's score, the longest idle, the id."""
    strategy = STRATEGIES[registry.queues[work.queue_id].config.strategy]

    def order(agent: Agent) -> tuple[bool, float, float, str]:
        preferred = agent.agent_id == work.preferred_agent
        return not preferred, -strategy.score(agent, question), agent.idle_since, agent.agent_id

    return tuple(heapq.nsmallest(count, (registry.agents[agent_id] for agent_id in ids), key=order))


def may_be_asked(agent_id: AgentId, work: Work) -> bool:
    """Has not refused it lately, and does not ask for help with it."""
    asks = work.purpose is Purpose.CONSULTATION and agent_id == work.asked_by
    return agent_id not in work.skipped and not asks


def _may_ring_at_more(work: Work, now: float) -> bool:
    """It stops asking more agents when its wait is over: then the ringing that is on decides."""
    return len(work.offers) < RINGS_AT_MOST_AGENTS and now < work.wait_until


def _first_for(registry: Registry, bucket: MatchBucket, agent_id: AgentId, now: float) -> Work | None:
    """The bucket's first work that this agent may be asked for."""
    for _, work_id in bucket.line:
        work = registry.work_items[work_id]
        if may_be_asked(agent_id, work) and (not work.rings_all or _may_ring_at_more(work, now)):
            return work
    return None


def _first(registry: Registry, count: int, ordered: list[AgentId], among: set[AgentId], but: set[AgentId]) -> tuple[Agent, ...]:
    """The same few in every replay, without looking at all of a large installation."""
    found = (registry.agents[agent_id] for agent_id in ordered if agent_id in among and agent_id not in but)
    return tuple(islice(found, count))

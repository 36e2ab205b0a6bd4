"""Who takes what: the two questions of the ACD, answered without changing anything.

An agent became available: which waiting work has the highest score among the lanes the agent may serve? Work became available:
which agent does the queue's strategy put first? Because every change asks its question at once, no eligible free agent and
waiting work that fits are ever left beside each other.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import NamedTuple

from acd.engine.decisions import CANDIDATES_SHOWN, MISFITS_SHOWN, OTHERS_SHOWN, Contest, decide
from acd.engine.strategies import RINGS_MANY, STRATEGIES
from acd.engine.strategies.question import Question
from acd.model.agents import Agent
from acd.model.match_buckets import Lane
from acd.model.registry import Floor
from acd.model.work import Work
from acd.rules.priority import score
from core.ids import AgentId
from core.model import Decision

RINGS_AT_MOST = 25
"""Agents that one piece of work rings at together."""


class Choice(NamedTuple):
    """Whom to ring at: one agent, or several when the queue's strategy rings at many."""

    agents: tuple[Agent, ...]
    decision: Decision


def best_work(floor: Floor, agent_id: AgentId, now: float) -> Work | None:
    """The waiting work this agent should get, if available at all: highest score now, then first come."""
    best: Work | None = None
    best_key = (float("-inf"), 0)
    for lane in floor.lanes.filled_for(agent_id):
        if agent_id not in floor.available[lane.key.channel]:
            continue
        work = _first_for(floor, lane, agent_id, now)
        if work is not None and (key := (score_of(floor, work, now), -work.arrival)) > best_key:
            best, best_key = work, key
    return best


def best_agents(floor: Floor, work: Work, now: float) -> Choice | None:
    """The available agent the queue's strategy puts first, or everyone for one that rings at many; None: nobody can take it."""
    lane = floor.lane(work)
    ids = lane.eligible & floor.available[work.channel]
    ids.difference_update(work.skipped)
    if not ids or (work.rings_all and not _may_ring_at_more(work, now)):
        return None
    config = floor.queues[work.queue_id].config
    rings_many = config.strategy in RINGS_MANY
    shown = RINGS_AT_MOST - len(work.offers) if rings_many else CANDIDATES_SHOWN
    question = Question(work.work_id, work.attempts, lane.key.rules.requirements, now, floor.offers_made)
    ranked = _ranked(floor, work, ids, question, shown)
    contest = Contest(
        work=work,
        strategy=config.strategy,
        rules=lane.key.rules,
        question=question,
        work_score=score_of(floor, work, now),
        able=len(ids),
        ranked=ranked[:CANDIDATES_SHOWN],
        others=_first(floor, OTHERS_SHOWN, lane.by_id, floor.signed_in, ids),
        misfits=_first(floor, MISFITS_SHOWN, floor.lanes.everybody, floor.available[work.channel], lane.eligible),
    )
    return Choice(ranked if rings_many else ranked[:1], decide(contest))


def score_of(floor: Floor, work: Work, now: float) -> float:
    """Priority with ageing, comparable across queues."""
    config = floor.queues[work.queue_id].config
    return score(config.priority + work.extra_priority, config.ageing_per_minute, work.enqueued_at, now)


def _ranked(floor: Floor, work: Work, ids: set[AgentId], question: Question, count: int) -> tuple[Agent, ...]:
    """The first `count` by the preferred agent, the strategy's score, the longest idle, the id."""
    strategy = STRATEGIES[floor.queues[work.queue_id].config.strategy]

    def order(agent: Agent) -> tuple[bool, float, float, str]:
        preferred = agent.agent_id == work.preferred_agent
        return not preferred, -strategy.score(agent, question), agent.idle_since, agent.agent_id

    return tuple(heapq.nsmallest(count, (floor.agents[agent_id] for agent_id in ids), key=order))


def _may_ring_at_more(work: Work, now: float) -> bool:
    """It stops asking more agents when its wait is over: then the ringing that is on decides."""
    return len(work.offers) < RINGS_AT_MOST and now < work.wait_until


def _first_for(floor: Floor, lane: Lane, agent_id: AgentId, now: float) -> Work | None:
    """The lane's first work that this agent may be asked for."""
    for _, work_id in lane.line:
        work = floor.works[work_id]
        if agent_id not in work.skipped and (not work.rings_all or _may_ring_at_more(work, now)):
            return work
    return None


def _first(floor: Floor, count: int, ordered: list[AgentId], among: set[AgentId], but: set[AgentId]) -> tuple[Agent, ...]:
    """The same few in every replay, without looking at all of a large house."""
    found = (floor.agents[agent_id] for agent_id in ordered if agent_id in among and agent_id not in but)
    return tuple(islice(found, count))

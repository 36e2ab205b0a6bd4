"""Who takes what: the two questions of the ACD, answered without changing anything.

An agent became available: which waiting work has the highest score among the lanes the agent may serve? Work became available:
which agent does the queue's strategy put first? Because every change asks its question at once, no eligible free agent and
waiting work that fits are ever left beside each other.
"""

from __future__ import annotations

import heapq

from acd.agents import Agent
from acd.decisions import CANDIDATES_SHOWN, MISFITS_SHOWN, OTHERS_SHOWN, Contest, decide
from acd.floor import Floor
from acd.lanes import Lane
from acd.priority import score
from acd.strategies import STRATEGIES
from acd.work import Work
from core.ids import AgentId
from core.model import Channel, Decision


def best_work(floor: Floor, agent: Agent, now: float) -> Work | None:
    """The waiting work this available agent should get: highest score now, then first come."""
    best: Work | None = None
    best_key = (float("-inf"), 0)
    for lane in floor.lanes.filled_for(agent.agent_id):
        if agent.agent_id not in floor.available[lane.key.channel]:
            continue
        work = _first_for(floor, lane, agent.agent_id)
        if work is not None and (key := (score_of(floor, work, now), -work.arrival)) > best_key:
            best, best_key = work, key
    return best


def best_agent(floor: Floor, work: Work, now: float) -> tuple[Agent, Decision] | None:
    """The available agent the queue's strategy puts first, and why; None when nobody can take it now."""
    lane = floor.lane(work)
    ids = lane.eligible & floor.available[work.channel]
    ids.difference_update(work.skipped)
    if not ids:
        return None
    strategy = STRATEGIES[floor.queues[work.queue_id].config.strategy]
    requirements = lane.key.requirements

    def order(agent: Agent) -> tuple[bool, float, float, str]:
        preferred = agent.agent_id == work.preferred_agent
        return not preferred, -strategy.score(agent, requirements, now), agent.idle_since, agent.agent_id

    ranked = heapq.nsmallest(CANDIDATES_SHOWN, (floor.agents[agent_id] for agent_id in ids), key=order)
    contest = Contest(
        work=work,
        strategy=floor.queues[work.queue_id].config.strategy,
        requirements=requirements,
        able=len(ids),
        ranked=tuple(ranked),
        others=_others(floor, lane, work, ids),
        misfits=_misfits(floor, lane, work.channel),
    )
    return ranked[0], decide(contest, now)


def score_of(floor: Floor, work: Work, now: float) -> float:
    """Priority with ageing, comparable across queues."""
    config = floor.queues[work.queue_id].config
    return score(config.priority + work.extra_priority, config.ageing_per_minute, work.enqueued_at, now)


def _first_for(floor: Floor, lane: Lane, agent_id: AgentId) -> Work | None:
    """The lane's first work that does not skip this agent."""
    for _, work_id in lane.line:
        work = floor.works[work_id]
        if agent_id not in work.skipped:
            return work
    return None


def _others(floor: Floor, lane: Lane, work: Work, able: set[AgentId]) -> tuple[Agent, ...]:
    """Some who have the skills and serve, but could not take it now."""
    ids = (lane.eligible & floor.signed_in) - able
    return tuple(floor.agents[agent_id] for agent_id in heapq.nsmallest(OTHERS_SHOWN, ids))


def _misfits(floor: Floor, lane: Lane, channel: Channel) -> tuple[Agent, ...]:
    """Some who were free but lack a skill, or serve other queues."""
    ids = floor.available[channel] - lane.eligible
    return tuple(floor.agents[agent_id] for agent_id in heapq.nsmallest(MISFITS_SHOWN, ids))

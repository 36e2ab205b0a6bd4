"""The agent a piece of work would rather have: the one asked for, else the one who last served this customer in this queue.

The work waits for that agent alone for a while, and only as long as the agent serves at all (`routing.py` looks); then anyone
able may have it, and the preferred one still goes first.
"""

from __future__ import annotations

from acd.model.registry import Registry
from acd.model.work import Work
from core.model import Purpose

REMEMBERED = 20_000
"""Customers whose last agent is known; the oldest are forgotten first."""

DAY_S = 86400.0


def prefer(registry: Registry, work: Work, now: float) -> None:
    """For work that takes its place in line. Who asks a queue wants anyone able, and who transfers does not want it back."""
    if work.purpose is Purpose.CONSULTATION or work.only_agent is not None:
        return
    config = registry.queues[work.queue_id].config
    if work.preferred_agent is None and work.customer_id is not None and config.last_agent_days > 0:
        last = registry.last_agents.get((work.customer_id, work.queue_id))
        recent = last is not None and now - last[1] <= config.last_agent_days * DAY_S
        if last is not None and recent and last[0] in registry.agents and last[0] != work.asked_by:
            work.preferred_agent, work.served_before = last[0], True
    if work.preferred_agent is not None and config.preferred_agent_s > 0:
        work.alone_until = now + config.preferred_agent_s


def remember(registry: Registry, work: Work, now: float) -> None:
    """A conversation has begun: who this customer would be given to next time."""
    days = registry.queues[work.queue_id].config.last_agent_days
    if days <= 0 or work.customer_id is None or work.agent_id is None:
        return
    key = (work.customer_id, work.queue_id)
    registry.last_agents.pop(key, None)  # to the end: the order is that of time
    registry.last_agents[key] = (work.agent_id, now)
    longest_s = DAY_S * max(queue.config.last_agent_days for queue in registry.queues.values())
    while len(registry.last_agents) > REMEMBERED or next(iter(registry.last_agents.values()))[1] < now - longest_s:
        del registry.last_agents[next(iter(registry.last_agents))]

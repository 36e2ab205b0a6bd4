"""How many agents a target needs: Erlang C, or Erlang A when patience is given."""

from __future__ import annotations

import math

import msgspec

from acd.simulation.erlang import Queue, Theory, steady_state

MOST_AGENTS = 100_000


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What the customers and the agents are owed."""

    share: float
    """Of all customers to be answered…"""
    within_s: float
    """…within this time."""
    occupancy_max: float = 1.0
    """Agents are busy no larger a share of their time than this."""


class Staffing(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest number of agents that meets a target, and what they reach."""

    agents: int
    """Who must be serving."""
    rostered: int
    """Who must be on the roster, so that as many serve: breaks, training and illness take the share `shrinkage`."""
    theory: Theory


def agents_needed(
    calls_per_s: float, handle_s: float, patience_s: float | None, target: Target, shrinkage: float = 0.0
) -> Staffing:
    """No calls need nobody. Raises `ValueError` when not even `MOST_AGENTS` would do."""
    if calls_per_s <= 0.0:
        return Staffing(agents=0, rostered=0, theory=steady_state(_queue(1, 0.0, handle_s, patience_s), target.within_s))
    load = calls_per_s * handle_s
    if load > MOST_AGENTS:
        raise ValueError(f"more than {MOST_AGENTS} agents would be needed")
    too_few, enough = 0, max(1, math.ceil(load))
    while not _meets(_queue(enough, calls_per_s, handle_s, patience_s), target):
        too_few, enough = enough, 2 * enough
        if enough > MOST_AGENTS:
            raise ValueError(f"more than {MOST_AGENTS} agents would be needed")
    while enough - too_few > 1:  # every figure gets better with every agent, so bisection finds the smallest
        middle = (too_few + enough) // 2
        if _meets(_queue(middle, calls_per_s, handle_s, patience_s), target):
            enough = middle
        else:
            too_few = middle
    reached = steady_state(_queue(enough, calls_per_s, handle_s, patience_s), target.within_s)
    return Staffing(agents=enough, rostered=math.ceil(enough / (1.0 - shrinkage) - 1e-9), theory=reached)


def _queue(agents: int, calls_per_s: float, handle_s: float, patience_s: float | None) -> Queue:
    return Queue(agents=agents, calls_per_s=calls_per_s, handle_s=handle_s, patience_s=patience_s)


def _meets(queue: Queue, target: Target) -> bool:
    if not queue.stable:
        return False
    theory = steady_state(queue, target.within_s)
    return theory.service_level >= target.share and theory.occupancy <= target.occupancy_max

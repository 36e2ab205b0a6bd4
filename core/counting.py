"""The port through which everything that is counted of the past is read: reports, and what later pages tell of it.

Invariant: whoever counts, in memory (`acd/numbers/cells.py`, the definition) or in a database (`server/storage/sql/counting.py`),
gives the same cells for the same records; every number is made of cells by the same formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Protocol

from core.ids import AgentId, QueueId, SkillId
from core.model import AgentState, Channel, Value

NO_SKILL = "(none)"
"""Of work that asked for no skill. No id begins so."""
NOT_RECORDED = "(not recorded)"
"""Of work of which nobody knows it."""


def skill_keys(skills: Sequence[SkillId] | None) -> tuple[str, ...]:
    """Under which names work counts by skill: under each that it asked for."""
    if skills is None:
        return (NOT_RECORDED,)
    return tuple(skills) or (NO_SKILL,)


class Scope(Value, frozen=True, kw_only=True):
    """Which work counts; None: any. The sight of whoever asks is in `queues` (`server/sight.py`)."""

    queues: frozenset[QueueId] | None = None
    channels: frozenset[Channel] | None = None
    skills: frozenset[str] | None = None
    """By `skill_keys`; one of them is enough."""
    agents: frozenset[AgentId] | None = None
    """Who answered it."""

    def covers(self, queue_id: QueueId, channel: Channel, skills: Sequence[SkillId] | None, agent_id: AgentId | None) -> bool:
        return (
            (self.queues is None or queue_id in self.queues)
            and (self.channels is None or channel in self.channels)
            and (self.skills is None or not self.skills.isdisjoint(skill_keys(skills)))
            and (self.agents is None or agent_id in self.agents)
        )


class Cell(Value, frozen=True, kw_only=True):
    """What counted in one interval of work that is alike. Several cells may be alike; what they say is summed."""

    interval: int
    """Between which two of the times, from 0."""
    queue_id: QueueId
    channel: Channel
    skills: tuple[SkillId, ...] | None
    agent_id: AgentId | None
    """Who answered it, in the end."""
    counts: Mapping[str, float]
    """By the names of `acd.numbers.tally.Tally`."""


class TimeCell(Value, frozen=True, kw_only=True):
    """How long an agent was in a state in one interval."""

    interval: int
    agent_id: AgentId
    state: AgentState
    reason: str
    seconds: float


class Served(Value, frozen=True, kw_only=True):
    """An agent was neither away, signed out nor unreachable; spans of one agent do not touch."""

    agent_id: AgentId
    start: float
    end: float


class Counting(Protocol):
    """`between` are the ends of intervals, rising; only what happened before `until` counts.

    Each raises `TooMuchToCount` when it takes too long, and `Unavailable`.
    """

    async def cells(self, between: Sequence[float], scope: Scope, until: float = inf) -> list[Cell]: ...

    async def time_cells(self, between: Sequence[float], until: float) -> list[TimeCell]: ...

    async def served(self, start: float, end: float, agents: Sequence[AgentId]) -> list[Served]: ...


class TooMuchToCount(Exception):
    """Of a database that was ended by its time limit."""

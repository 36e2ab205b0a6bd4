"""How an agent's time was spent, from the changes of state, for any interval of the past."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.ids import AgentId, QueueId
from core.model import AgentState, Value

WORKING = frozenset({AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP})


class StateChange(Value, frozen=True, kw_only=True):
    """From `at` on the agent was in this state."""

    agent_id: AgentId
    at: float
    state: AgentState
    reason: str = ""
    queue_id: QueueId | None = None


class AgentTime(msgspec.Struct):
    """Seconds in each state."""

    seconds: dict[AgentState, float] = msgspec.field(default_factory=dict)
    away: dict[str, float] = msgspec.field(default_factory=dict)
    """By reason."""

    @property
    def handling_s(self) -> float:
        """Ringing, conversation and wrap-up."""
        return sum(self.seconds.get(state, 0.0) for state in WORKING)

    @property
    def available_s(self) -> float:
        return self.seconds.get(AgentState.FREE, 0.0)


def time_spent(changes: Iterable[StateChange], start: float, end: float) -> AgentTime:
    """Of one agent, from `start` to `end`. `changes` are in order and begin with the last one at or before `start`, if any."""
    spent = AgentTime()
    last: StateChange | None = None
    for change in changes:
        _spend(spent, last, start, min(change.at, end))
        last = change
    _spend(spent, last, start, end)
    return spent


def _spend(spent: AgentTime, last: StateChange | None, start: float, until: float) -> None:
    if last is None or (seconds := until - max(last.at, start)) <= 0.0:
        return
    spent.seconds[last.state] = spent.seconds.get(last.state, 0.0) + seconds
    if last.state is AgentState.AWAY:
        spent.away[last.reason] = spent.away.get(last.reason, 0.0) + seconds

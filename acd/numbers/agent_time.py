"""How an agent's time was spent, from the changes of state, for any interval of the past."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from math import inf

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

    def take(self, state: AgentState, reason: str, seconds: float) -> None:
        self.seconds[state] = self.seconds.get(state, 0.0) + seconds
        if state is AgentState.AWAY:
            self.away[reason] = self.away.get(reason, 0.0) + seconds

    def add(self, other: AgentTime) -> None:
        for state, seconds in other.seconds.items():
            self.seconds[state] = self.seconds.get(state, 0.0) + seconds
        for reason, seconds in other.away.items():
            self.away[reason] = self.away.get(reason, 0.0) + seconds

    @property
    def handling_s(self) -> float:
        """Ringing, conversation and wrap-up."""
        return sum(self.seconds.get(state, 0.0) for state in WORKING)

    @property
    def available_s(self) -> float:
        return self.seconds.get(AgentState.AVAILABLE, 0.0)


def time_spent(changes: Iterable[StateChange], start: float, end: float) -> AgentTime:
    """Of one agent, from `start` to `end`; see `time_by_interval`."""
    return time_by_interval(changes, (start, end))[0]


def time_by_interval(changes: Iterable[StateChange], between: Sequence[float], now: float = inf) -> list[AgentTime]:
    """Of one agent, in each interval between two of the times; see `spans_of`."""
    spent = [AgentTime() for _ in between[1:]]
    for index, change, seconds in spans_of(changes, between, now):
        spent[index].take(change.state, change.reason, seconds)
    return spent


def spans_of(
    changes: Iterable[StateChange], between: Sequence[float], now: float = inf
) -> Iterator[tuple[int, StateChange, float]]:
    """Of one agent: in which interval the time in a state lies, the change that began it, and how long it is.

    `changes` are in order and begin with the last one at or before the first time, if there is one. What comes after `now` does
    not count.
    """
    end = min(between[-1], now)
    last: StateChange | None = None
    for change in changes:
        yield from _cut(between, last, min(change.at, end))
        last = change
    yield from _cut(between, last, end)


def _cut(between: Sequence[float], state: StateChange | None, until: float) -> Iterator[tuple[int, StateChange, float]]:
    if state is None:
        return
    for index, seconds in pieces(between, state.at, until):
        yield index, state, seconds


def pieces(between: Sequence[float], start: float, end: float) -> Iterator[tuple[int, float]]:
    """A span cut at the times: in which interval each piece lies, and how long it is."""
    at = max(start, between[0])
    while at < end:
        index = bisect_right(between, at) - 1
        next_at = min(between[index + 1], end)
        yield index, next_at - at
        at = next_at

"""What came of each piece of work and each agent's time in a run: the figures that two runs are compared by.

Work counts in the queue where it ended and in the interval in which it arrived, so that two runs over the same customers count
the same customers. The formulas are those of `acd/numbers/service_level.py`, with each run's own thresholds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Mapping, Sequence

import msgspec
import numpy as np

from acd.model.registry import Registry
from acd.numbers.service_level import abandonment, average_speed_of_answer, occupancy, service_level
from acd.simulation.draws import Array
from acd.simulation.estimates import Estimate, ratio
from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    OfferAccepted,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
    WorkHandedOver,
)
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, Purpose, QueueConfig

HANDLING = frozenset({AgentState.OFFERED, AgentState.BUSY, AgentState.WRAP_UP})


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work that is over."""

    work_id: WorkId
    queue_id: QueueId
    arrived_at: float
    waited_s: float
    answered: bool
    cause: WorkEnd


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of a queue are made of."""

    arrived: int
    answered: int
    in_time: int
    """Answered within the queue's threshold."""
    abandoned: int
    short_abandoned: int
    waits: tuple[float, ...]
    """Of the answered and the abandoned, shortest first."""
    answered_wait_s: float
    handling_s: float
    """Of the agents who may serve the queue."""
    available_s: float

    @property
    def had_to_wait(self) -> int:
        return sum(wait > 0.0 for wait in self.waits)

    @property
    def wait_s(self) -> float:
        return math.fsum(self.waits)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One queue's, or all queues'. None: nothing happened that could be measured."""

    arrived: int
    answered: int
    abandoned: int
    short_abandoned: int
    unserved: int
    """Timed out, withdrawn, lost with a node."""
    service_level: float | None
    probability_of_waiting: float | None
    """Share of those who were answered or abandoned and waited at all; ringing is waiting."""
    mean_wait_s: float | None
    """Of the answered and the abandoned."""
    mean_wait_answered_s: float | None
    """ASA."""
    wait_p90_s: float | None
    """Of the answered and the abandoned."""
    abandonment: float | None
    occupancy: float | None
    """Of the agents who may serve the queue, whatever queue their work is from."""


class Ledger:
    """Listens to a run's events. `begin` and `end`: whose arrivals and which time count; `apart`: work that does not."""

    def __init__(self, begin: float, end: float, apart: Container[WorkId] = ()) -> None:
        self.begin, self.end = begin, end
        self._apart = apart
        self.stays: list[Stay] = []
        """Arrived in the interval, in the order they ended."""
        self._arrived: dict[WorkId, float] = {}
        self._answered: dict[WorkId, float] = {}
        self._agents: dict[AgentId, tuple[AgentState, float]] = {}
        self.handling_s: dict[AgentId, float] = {}
        self.available_s: dict[AgentId, float] = {}
        self._rules: dict[QueueId, QueueConfig] = {}
        self._serving: dict[QueueId, frozenset[AgentId]] = {}

    def listen(self, event: AnyEvent) -> None:
        match event:
            case WorkEnqueued():
                if event.purpose is not Purpose.CONSULTATION:
                    self._arrived[event.work_id] = event.at
            case WorkHandedOver():
                self._arrived[event.work_id], self._answered[event.work_id] = event.at, event.waited_s
            case OfferAccepted():
                self._answered[event.work_id] = event.waited_s
            case OfferWithdrawn():  # also of an accepted offer that was never connected
                self._answered.pop(event.work_id, None)
            case WorkEnded():
                self._ended(event)
            case AgentStateChanged():
                self._agent(event.agent_id, event.state, event.at)
            case _:
                pass

    def look(self, registry: Registry, now: float) -> None:
        """Rules and agents as they are now: at the beginning, and after each change of configuration."""
        for queue_id, queue in registry.queues.items():
            self._rules[queue_id] = queue.config
            self._serving[queue_id] = frozenset(registry.serving(queue_id))
        for agent_id, agent in registry.agents.items():
            if agent_id not in self._agents:
                self._agents[agent_id] = agent.shown.state, now

    def still_open(self) -> frozenset[WorkId]:
        """Arrived in the interval, and not over."""
        return frozenset(work_id for work_id, at in self._arrived.items() if self.begin <= at < self.end)

    def close(self) -> None:
        """Counts the states in which the agents are at the end of the interval."""
        for agent_id, (state, _) in list(self._agents.items()):
            self._agent(agent_id, state, self.end)

    def _ended(self, event: WorkEnded) -> None:
        arrived_at = self._arrived.pop(event.work_id, None)
        answered_after = self._answered.pop(event.work_id, None)
        if arrived_at is None or not self.begin <= arrived_at < self.end or event.work_id in self._apart:
            return
        self.stays.append(
            Stay(
                work_id=event.work_id,
                queue_id=event.queue_id,
                arrived_at=arrived_at,
                waited_s=event.waited_s if answered_after is None else answered_after,
                answered=answered_after is not None,
                cause=event.cause,
            )
        )

    def _agent(self, agent_id: AgentId, state: AgentState, at: float) -> None:
        before, since = self._agents.get(agent_id, (AgentState.SIGNED_OUT, at))
        spent = min(at, self.end) - max(since, self.begin)
        if spent > 0.0:
            kept = self.handling_s if before in HANDLING else self.available_s if before is AgentState.AVAILABLE else None
            if kept is not None:
                kept[agent_id] = kept.get(agent_id, 0.0) + spent
        self._agents[agent_id] = state, at

    # ── figures ───────────────────────────────────────────────────────────────────────────────────────────────

    def sums(self) -> Mapping[QueueId, Sums]:
        """Every queue that was configured or had work."""
        stays: dict[QueueId, list[Stay]] = {queue_id: [] for queue_id in self._rules}
        for stay in self.stays:
            stays.setdefault(stay.queue_id, []).append(stay)
        return {queue_id: self._sums(found, self._serving.get(queue_id, frozenset())) for queue_id, found in stays.items()}

    def total_sums(self) -> Sums:
        return self._sums(self.stays, self._agents)

    def by_queue(self) -> Mapping[QueueId, Figures]:
        return {queue_id: figures(sums) for queue_id, sums in self.sums().items()}

    def total(self) -> Figures:
        return figures(self.total_sums())

    def _sums(self, stays: Collection[Stay], agents: Collection[AgentId]) -> Sums:
        answered = [stay for stay in stays if stay.answered]
        left = [stay for stay in stays if not stay.answered and stay.cause is WorkEnd.ABANDONED]
        abandoned = [stay for stay in left if stay.waited_s >= self._rule(stay).short_abandon_s]
        return Sums(
            arrived=len(stays),
            answered=len(answered),
            in_time=sum(stay.waited_s <= self._rule(stay).service_level_s for stay in answered),
            abandoned=len(abandoned),
            short_abandoned=len(left) - len(abandoned),
            waits=tuple(sorted(stay.waited_s for stay in [*answered, *abandoned])),
            answered_wait_s=math.fsum(stay.waited_s for stay in answered),
            handling_s=math.fsum(self.handling_s.get(agent_id, 0.0) for agent_id in agents),
            available_s=math.fsum(self.available_s.get(agent_id, 0.0) for agent_id in agents),
        )

    def _rule(self, stay: Stay) -> QueueConfig:
        known = self._rules.get(stay.queue_id)
        return known if known is not None else QueueConfig(queue_id=stay.queue_id, name="")


def figures(sums: Sums) -> Figures:
    """The figures of counts."""
    waits = sums.waits
    return Figures(
        arrived=sums.arrived,
        answered=sums.answered,
        abandoned=sums.abandoned,
        short_abandoned=sums.short_abandoned,
        unserved=sums.arrived - sums.answered - sums.abandoned - sums.short_abandoned,
        service_level=service_level(sums.in_time, sums.answered, sums.abandoned),
        probability_of_waiting=sums.had_to_wait / len(waits) if waits else None,
        mean_wait_s=sums.wait_s / len(waits) if waits else None,
        mean_wait_answered_s=average_speed_of_answer(sums.answered_wait_s, sums.answered),
        wait_p90_s=waits[min(len(waits) - 1, int(0.9 * len(waits)))] if waits else None,
        abandonment=abandonment(sums.abandoned, sums.answered),
        occupancy=occupancy(sums.handling_s, sums.available_s),
    )


def estimates(runs: Sequence[Sums]) -> dict[str, Estimate]:
    """The same figures of several independent runs together, each run one batch."""

    def column(of: Callable[[Sums], float]) -> Array:
        return np.array([of(run) for run in runs], dtype=float)

    asked = column(lambda run: run.answered + run.abandoned)
    time_s = column(lambda run: run.handling_s + run.available_s)
    return {
        "probability_of_waiting": ratio(column(lambda run: run.had_to_wait), asked),
        "mean_wait_s": ratio(column(lambda run: run.wait_s), asked),
        "mean_wait_answered_s": ratio(column(lambda run: run.answered_wait_s), column(lambda run: run.answered)),
        "abandonment": ratio(column(lambda run: run.abandoned), asked),
        "service_level": ratio(column(lambda run: run.in_time), asked),
        "occupancy": ratio(column(lambda run: run.handling_s), time_s),
    }

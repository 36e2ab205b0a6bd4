"""People as chance makes them: what `acd/simulation/world.py` asks of a `Behaviour`, drawn from a seeded generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from acd.simulation.draws import SIGMA, Demand, Shape
from acd.simulation.world import Connection, Leaving, Reply
from core.commands import EnqueueWork
from core.events import CallTransferred, OfferAccepted, OfferMade
from core.ids import AgentId, QueueId, WorkId

BLOCK_DRAWS = 4096


class Agents(msgspec.Struct, frozen=True, kw_only=True):
    """How agents treat a ringing offer."""

    ring_s: float = 0.0
    """Mean time to the answer; exponential."""
    declines: float = 0.0
    """Share of offers that are declined."""
    misses: float = 0.0
    """Share of offers that are not answered at all."""
    returns_s: float = 60.0
    """Mean time after which an agent who did not answer is free again."""


class Chance:
    """Numbers one at a time from blocks: a single draw of numpy costs fifty times its share of a block."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._uniform: list[float] = []
        self._exponential: list[float] = []
        self._normal: list[float] = []

    def uniform(self) -> float:
        if not self._uniform:
            self._uniform = self._rng.random(BLOCK_DRAWS).tolist()
        return self._uniform.pop()

    def exponential(self, mean: float) -> float:
        if mean <= 0.0:
            return 0.0
        if not self._exponential:
            self._exponential = self._rng.standard_exponential(BLOCK_DRAWS).tolist()
        return mean * self._exponential.pop()

    def time(self, mean: float, shape: Shape) -> float:
        match shape:
            case Shape.FIXED:
                return mean
            case Shape.LOGNORMAL:
                if not self._normal:
                    self._normal = self._rng.standard_normal(BLOCK_DRAWS).tolist()
                return float(mean * np.exp(SIGMA * self._normal.pop() - SIGMA**2 / 2.0))
            case _:
                return self.exponential(mean)


class Person(msgspec.Struct, frozen=True):
    """One customer's needs, drawn at arrival: whoever serves, the conversation is as long."""

    patience_s: float | None
    talk_s: float
    wrap_up_s: float


class Drawn:
    """Owns what was drawn for the customers present."""

    def __init__(self, demands: Mapping[QueueId, Demand], agents: Agents, chance: Chance) -> None:
        self._demands = demands
        self._agents = agents
        self._chance = chance
        self._people: dict[WorkId, Person] = {}

    def draw(self, queue_id: QueueId) -> Person:
        demand, chance = self._demands[queue_id], self._chance
        patience_s = None if demand.patience_s is None else chance.exponential(demand.patience_s)
        return Person(patience_s, chance.time(demand.talk_s, demand.talk_shape), chance.exponential(demand.wrap_up_s))

    def comes(self, work_id: WorkId, person: Person) -> None:
        """Before the work is enqueued."""
        self._people[work_id] = person

    def goes(self, work_id: WorkId) -> None:
        """After the work has ended."""
        self._people.pop(work_id, None)

    # ── Behaviour ─────────────────────────────────────────────────────────────────────────────────────────────

    def leaves(self, work_id: WorkId, now: float) -> Leaving | None:
        patience_s = self._people[work_id].patience_s
        return None if patience_s is None else Leaving(now + patience_s)

    def replies(self, made: OfferMade) -> Reply | None:
        agents, luck = self._agents, self._chance.uniform() if self._agents.declines or self._agents.misses else 1.0
        if luck < agents.misses:
            return None
        return Reply(made.at + self._chance.exponential(agents.ring_s), luck >= agents.misses + agents.declines)

    def connected(self, accepted: OfferAccepted) -> Connection | None:
        return Connection(accepted.at)

    def talks_until(self, work_id: WorkId, now: float) -> float | None:
        return now + self._people[work_id].talk_s

    def consults_until(self, work_id: WorkId, now: float) -> float | None:
        """Nobody asks a colleague."""
        return now

    def asks(self, work_id: WorkId, now: float) -> Sequence[tuple[float, EnqueueWork]]:
        return ()

    def hands_on(self, work_id: WorkId) -> CallTransferred | None:
        return None

    def writes_until(self, work_id: WorkId, now: float) -> float | None:
        return now + self._people[work_id].wrap_up_s

    def returns(self, agent_id: AgentId, now: float) -> float | None:
        return now + self._chance.exponential(self._agents.returns_s)

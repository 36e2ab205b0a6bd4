"""A whole installation with drawn customers: many queues, skills, shifts and strategies, decided by the real engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

import msgspec
import numpy as np

from acd.engine.engine import Engine
from acd.numbers.adherence import planned
from acd.simulation.drawn import Agents, Chance, Drawn, Person
from acd.simulation.draws import Demand
from acd.simulation.ledger import Ledger
from acd.simulation.world import World, call
from core.commands import ConfigureAcd, EnqueueWork, SetAgentReachable, SetAgentState
from core.events import AnyEvent, WorkEnded
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, Shift

WARM_UP_S = 3600.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is run."""

    rules: ConfigureAcd
    demands: Mapping[QueueId, Demand]
    """Queues that are not named get no calls."""
    agents: Agents = Agents()
    begin: float
    """Seconds since the epoch; shifts and opening hours go by it. The warm-up comes before."""
    hours: float
    seed: int = 1


class Arrival(msgspec.Struct, frozen=True):
    at: float
    queue_id: QueueId
    person: Person


class Installation:
    """Owns one run. Raises `Refused` from the constructor (`acd.model.refusals`) when the engine refuses the rules."""

    def __init__(self, plan: Plan, zone: tzinfo, engine: Engine | None = None) -> None:
        self._plan, self._zone = plan, zone
        self._end = plan.begin + plan.hours * 3600.0
        start = plan.begin - WARM_UP_S
        chance = Chance(np.random.default_rng([plan.seed, 1]))
        self._people = Drawn(plan.demands, plan.agents, chance)
        self.ledger = Ledger(plan.begin, self._end)
        self.world = World(engine or Engine(zone), self._people, start, (self.ledger.listen, self._over))
        self.world.must_say(plan.rules)
        self.ledger.look(self.world.engine.registry, start)
        self._arrivals = self._drawn(start, np.random.default_rng([plan.seed, 0]))
        self._count = 0
        self.closed = 0
        """Customers who came while their queue was closed."""

    def run(self) -> Ledger:
        """Everybody who came in the hours is waited for, so that no long wait is left out."""
        for agent in self._plan.rules.agents:
            self.world.says(SetAgentReachable(agent_id=agent.agent_id, channel=Channel.CALL, reachable=True))
            self._roster(agent)
        self._next_arrival()
        self.world.run(self._end)
        self.ledger.close()
        longest_s = max((queue.max_wait_s for queue in self._plan.rules.queues), default=0.0)
        self.world.run(self._end + longest_s + 8 * 3600.0)
        return self.ledger

    # ── customers ─────────────────────────────────────────────────────────────────────────────────────────────

    def _drawn(self, start: float, rng: np.random.Generator) -> Iterator[Arrival]:
        """One Poisson stream for all queues, split by their rates."""
        queues = [queue_id for queue_id, demand in self._plan.demands.items() if demand.calls_per_s > 0.0]
        rates = np.array([self._plan.demands[queue_id].calls_per_s for queue_id in queues])
        if not queues:
            return
        at = start
        while True:
            gaps = rng.exponential(1.0 / rates.sum(), 4096).tolist()
            chosen = rng.choice(len(queues), 4096, p=rates / rates.sum()).tolist()
            for gap, number in zip(gaps, chosen, strict=True):
                at += gap
                yield Arrival(at, queues[number], self._people.draw(queues[number]))

    def _next_arrival(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is not None and arrival.at < self._end:
            self.world.plan(arrival.at, self._arrives, arrival)

    def _arrives(self, arrival: Arrival) -> None:
        self._count += 1
        channel = self._plan.demands[arrival.queue_id].channel
        blank = EnqueueWork(work_id=WorkId(""), call_id=None, channel=channel, queue_id=arrival.queue_id)
        command = call(self._count, blank)
        self._people.comes(command.work_id, arrival.person)
        closed = self.world.refusals["closed"]
        self.world.says(command)
        if self.world.refusals["closed"] > closed:
            self._people.goes(command.work_id)
            self.closed += self._plan.begin <= arrival.at
        self._next_arrival()

    def _over(self, event: AnyEvent) -> None:
        if isinstance(event, WorkEnded):
            self._people.goes(event.work_id)

    # ── agents ────────────────────────────────────────────────────────────────────────────────────────────────

    def _roster(self, agent: AgentConfig) -> None:
        """In by the beginning of each shift, out at its end; without shifts always in."""
        if not agent.shifts:
            self._request((agent.agent_id, AgentState.AVAILABLE))
            return
        for begin, end in shift_times(agent.shifts, self.world.now, self._end, self._zone):
            self.world.plan(begin, self._request, (agent.agent_id, AgentState.AVAILABLE))
            self.world.plan(end, self._request, (agent.agent_id, AgentState.SIGNED_OUT))

    def _request(self, of: tuple[AgentId, AgentState]) -> None:
        self.world.says(SetAgentState(agent_id=of[0], state=of[1]))


def shift_times(shifts: tuple[Shift, ...], begin: float, end: float, zone: tzinfo) -> Iterator[tuple[float, float]]:
    """(in, out) of each planned span that touches the interval, in order."""
    day = datetime.fromtimestamp(begin, zone).date()
    last = datetime.fromtimestamp(end, zone).date()
    while day <= last:
        for period in planned(shifts, day, zone):
            if period.end > begin and period.start < end:
                yield max(period.start, begin), period.end
        day += timedelta(days=1)

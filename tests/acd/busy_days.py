"""Days of a contact center with changing load, through the real engine: two queues share some agents, people lose patience,
a supervisor moves some, agents come, have lunch, decline now and then, miss a ring, and go. Everything follows from one seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from acd.engine.engine import Engine
from acd.simulation.world import Connection, Leaving, Listener, Reply, World, call
from core.commands import ConfigureAcd, EnqueueWork, MoveWork, SetAgentReachable, SetAgentState
from core.events import AnyEvent, CallTransferred, OfferAccepted, OfferMade
from core.ids import AgentId, QueueId, SkillId, WorkId
from core.model import AgentConfig, AgentSkill, AgentState, Channel, QueueConfig, SkillRequirement

MIDNIGHT = 1_779_926_400.0
"""A Thursday in May 2026, 00:00 UTC."""
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
BILLING, ORDERS = QueueId("queue_billing"), QueueId("queue_orders")
TALK_S = {BILLING: 240.0, ORDERS: 150.0}
PATIENCE_S = 420.0
RATE_BY_HOUR = (0, 0, 0, 0, 0, 0, 0.2, 0.5, 0.8, 1.0, 1.15, 1.1, 0.9, 0.8, 0.95, 1.0, 0.9, 0.7, 0.4, 0.2, 0.1, 0, 0, 0)
"""Share of the busiest load by hour of the day."""


class Days:
    """A world with its people. `load` scales the arrivals: 1.0 keeps 12 agents busy for most of the day."""

    def __init__(self, seed: int, load: float = 1.0, agents: int = 12, listeners: tuple[Listener, ...] = ()) -> None:
        self._random = Random(seed)
        self._count = 0
        self._load = load
        self._agents = [AgentId(f"agent_{number:02d}") for number in range(agents)]
        self.events: list[AnyEvent] = []
        self.engine = Engine()
        self.world = World(self.engine, self, MIDNIGHT, (self.events.append, *listeners))
        self.world.says(ConfigureAcd(queues=tuple(_queues()), agents=tuple(map(_agent, self._agents))))
        for agent_id in self._agents:
            self.world.says(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))

    def plan(self, days: int) -> float:
        """Who comes and when, from midnight on; returns the end."""
        for day in range(days):
            self._plan_day(MIDNIGHT + day * DAY_S)
        return MIDNIGHT + days * DAY_S

    def pass_(self, days: int) -> None:
        """Plans and runs whole days."""
        self.world.run(self.plan(days))

    # ── what people do ────────────────────────────────────────────────────────────────────────────────────────

    def leaves(self, work_id: WorkId, now: float) -> Leaving | None:
        if self._random.random() < 0.02:
            other = ORDERS if self.engine.registry.work_items[work_id].queue_id == BILLING else BILLING
            self.world.plan(now + 30.0, self.world.says, MoveWork(work_id=work_id, queue_id=other, by="user_sam"))
        return Leaving(now + self._random.expovariate(1 / PATIENCE_S))

    def replies(self, made: OfferMade) -> Reply | None:
        fate = self._random.random()
        if fate < 0.01:
            return None  # did not hear it
        return Reply(made.at + self._random.lognormvariate(1.4, 0.5), accepts=fate > 0.03)

    def connected(self, accepted: OfferAccepted) -> Connection | None:
        return None if self._random.random() < 0.003 else Connection(accepted.at + 0.2)

    def talks_until(self, work_id: WorkId, now: float) -> float | None:
        mean = TALK_S[self.engine.registry.work_items[work_id].queue_id]
        return now + self._random.lognormvariate(0.0, 0.8) * mean / 1.377  # e^(0.8²/2): the mean is `mean`

    def consults_until(self, work_id: WorkId, now: float) -> float | None:
        """Nobody asks a colleague."""
        return now

    def asks(self, work_id: WorkId, now: float) -> Sequence[tuple[float, EnqueueWork]]:
        return ()

    def hands_on(self, work_id: WorkId) -> CallTransferred | None:
        return None

    def writes_until(self, work_id: WorkId, now: float) -> float | None:
        return now + self._random.expovariate(1 / 25.0)

    def returns(self, agent_id: AgentId, now: float) -> float | None:
        return now + 60.0

    # ── a day's plan ──────────────────────────────────────────────────────────────────────────────────────────

    def _plan_day(self, midnight: float) -> None:
        mood = self._random.uniform(0.8, 1.2)  # no day is like another
        for queue_id, per_hour in ((BILLING, 80.0), (ORDERS, 70.0)):
            for hour, share in enumerate(RATE_BY_HOUR):
                self._plan_arrivals(midnight + hour * HOUR_S, queue_id, per_hour * share * mood * self._load)
        for number, agent_id in enumerate(self._agents):
            start = midnight + (6 + 3 * (number % 3)) * HOUR_S + self._random.uniform(0, 600)
            lunch = start + 4 * HOUR_S + self._random.uniform(0, 1800)
            for at, state, reason in (
                (start, AgentState.AVAILABLE, ""),
                (lunch, AgentState.AWAY, "lunch"),
                (lunch + 1800, AgentState.AVAILABLE, ""),
                (start + 9 * HOUR_S, AgentState.SIGNED_OUT, ""),
            ):
                self.world.plan(at, self.world.says, SetAgentState(agent_id=agent_id, state=state, reason=reason))

    def _plan_arrivals(self, start: float, queue_id: QueueId, per_hour: float) -> None:
        if per_hour <= 0:
            return
        at = start + self._random.expovariate(per_hour / HOUR_S)
        while at < start + HOUR_S:
            self._count += 1
            work = EnqueueWork(work_id=WorkId(""), call_id=None, channel=Channel.CALL, queue_id=queue_id)
            self.world.plan(at, self.world.says, call(self._count, work))
            at += self._random.expovariate(per_hour / HOUR_S)


def _queues() -> list[QueueConfig]:
    return [
        QueueConfig(
            queue_id=queue_id,
            name=queue_id,
            requirements=(SkillRequirement(skill=SkillId(queue_id.replace("queue", "skill"))),),
            wrap_up_limit_s=90.0,
        )
        for queue_id in (BILLING, ORDERS)
    ]


def _agent(agent_id: AgentId) -> AgentConfig:
    """Half of them can do both."""
    number = int(agent_id[-2:])
    names = ("billing", "orders") if number % 2 else (("billing",) if number % 4 else ("orders",))
    return AgentConfig(
        agent_id=agent_id, name=agent_id, skills=tuple(AgentSkill(skill=SkillId(f"skill_{name}"), level=3) for name in names)
    )

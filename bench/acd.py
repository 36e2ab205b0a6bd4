"""What a decision of the ACD costs: process CPU time of every step at a full installation, and the memory the installation takes.

    python -m bench.acd [--agents 1000] [--waiting 5000]

Two houses of each size. In the full one everybody talks and the line is kept at its length, by a real day's steps: arrivals,
answers, one in ten declined, connections, hang-ups, wrap-ups, steps of routing. In the free one everybody waits for work and each
arrival has all agents to choose from. Both have 50 queues of all six strategies (every fifth with a condition, every third
with two steps of relaxation), 100 skills, agents with one to eight of them, and every tenth customer with a wish of their own.
Timed is the engine's whole step: input, matching, decision record, events, statistics. Redis is not in it.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import psutil

from acd.engine.engine import Engine
from acd.model.work import WorkState
from core.causes import EndCause
from core.commands import (
    AcceptOffer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EnqueueWork,
    FinishWrapUp,
    SetAgentReachable,
    SetAgentState,
)
from core.events import AnyEvent, CallConnected, CallEnded, OfferMade
from core.ids import AgentId, CallId, LegId, QueueId, SkillId, WorkId
from core.model import AgentConfig, AgentSkill, AgentState, Channel, QueueConfig, RoutingStep, SkillRequirement, Strategy

QUEUES, SKILLS = 50, 100
STEPS = 8000
FREE_STEPS = 4000
SIZES = ((1_000, 5_000), (3_000, 15_000), (10_000, 50_000))
MORNING = 1_780_000_000.0
POLLING = "Asterisk app_queue looks every 1 s, mod_callcenter every 0.1 s (from their sources, not measured here)"

Row = dict[str, Any]

STRATEGIES = tuple(Strategy)
RELAXED = (RoutingStep(after_s=20.0, condition=""), RoutingStep(after_s=40.0, requirements=()))


class Installation:
    """An engine with its agents, and customers in line when all are busy; `costs_ms` has the CPU time of each step."""

    def __init__(self, agents: int, waiting: int, seed: int = 1) -> None:
        self.engine = Engine()
        self.costs_ms: list[float] = []
        self._rng = random.Random(seed)
        self._now = MORNING
        self._count = 0
        self._in_line = 0
        self._waiting = waiting
        self._ringing: deque[OfferMade] = deque()
        self._talking: list[OfferMade] = []
        self._says(_configuration(agents, self._rng))
        for number in range(agents):
            agent_id = AgentId(f"agent_{number}")
            self._says(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))
            self._says(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))
        while self._in_line < waiting:
            self._arrives()
            self._answer_all(declined_share=0.0)

    def free_step(self) -> None:
        """One customer comes, an agent answers, they talk, and the agent is free again."""
        self._arrives()
        self._answer_all(declined_share=0.0)
        if self._talking:
            self._hang_up()

    def step(self) -> None:
        """One conversation ends; the agent is rung, answers or declines; the line is filled up again."""
        self._hang_up()
        self._answer_all(declined_share=0.1)
        while self._in_line < self._waiting:
            self._arrives()

    def _says(self, message: AnyCommand | AnyEvent) -> None:
        self._now += 0.01
        deadline = self.engine.next_deadline()
        if deadline is not None and deadline <= self._now:
            self._timed(lambda: self.engine.handle_timer(self._now))
        self._timed(lambda: self.engine.handle(message, self._now))

    def _timed(self, step: Callable[[], list[AnyEvent]]) -> None:
        begin = time.process_time_ns()
        events = step()
        self.costs_ms.append((time.process_time_ns() - begin) / 1e6)
        self._ringing.extend(event for event in events if isinstance(event, OfferMade))

    def _arrives(self) -> None:
        self._count += 1
        self._in_line += 1
        own = (SkillRequirement(skill=SkillId(f"skill_{self._rng.randint(50, 99)}"), level=1),) if self._count % 10 == 0 else ()
        command = EnqueueWork(
            work_id=WorkId(f"work_{self._count}"),
            call_id=CallId(f"call_{self._count}"),
            channel=Channel.CALL,
            queue_id=QueueId(f"queue_{self._rng.randrange(QUEUES)}"),
            priority=float(self._rng.choice([0, 0, 0, 2])),
            requirements=own,
        )
        self._says(command)

    def _answer_all(self, declined_share: float) -> None:
        while self._ringing:
            made = self._ringing.popleft()
            work = self.engine.registry.work_items.get(made.work_id)
            if work is None or work.state is not WorkState.OFFERED or made.offer_id not in work.offers:
                continue
            if self._rng.random() < declined_share:
                self._says(DeclineOffer(offer_id=made.offer_id, agent_id=made.agent_id))
                continue
            self._says(AcceptOffer(offer_id=made.offer_id, agent_id=made.agent_id))
            self._says(_connection(made, self._now))
            self._in_line -= 1
            self._talking.append(made)

    def _hang_up(self) -> None:
        made = self._talking.pop(self._rng.randrange(len(self._talking)))
        call_id = made.call_id or CallId("")
        self._says(CallEnded(at=self._now, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=self._now))
        self._says(FinishWrapUp(work_id=made.work_id, agent_id=made.agent_id))


def rows(say: Callable[[str], None] = print) -> list[Row]:
    """Three sizes, about two minutes; they show how cost grows."""
    return [row for agents, waiting in SIZES for row in _size(agents, waiting, say)]


def _size(agents: int, waiting: int, say: Callable[[str], None]) -> list[Row]:
    say(f"acd: {agents} agents, {waiting} waiting …")
    gc.collect()
    before = psutil.Process().memory_info().rss
    installation = Installation(agents, waiting)
    memory_mb = (psutil.Process().memory_info().rss - before) / 1e6
    installation.costs_ms.clear()
    while len(installation.costs_ms) < STEPS:
        installation.step()
    size = f"{agents:,} agents, {waiting:,} waiting"
    steps = len(installation.costs_ms)
    method = f"{steps} steps of a full installation with {QUEUES} queues, {SKILLS} skills; CPU time of one whole engine step"
    full = _costs(size, installation.costs_ms, method)
    memory = _row(
        f"acd, memory, {size}", memory_mb, "MB", "growth of the resident size of the process while the installation fills"
    )
    del installation
    free = Installation(agents, 0)
    free.costs_ms.clear()
    while len(free.costs_ms) < FREE_STEPS:
        free.free_step()
    method = f"{len(free.costs_ms)} steps while every agent is free, four to each customer; CPU time of one whole engine step"
    return [*full, memory, *_costs(f"{agents:,} free agents", free.costs_ms, method)]


def _costs(size: str, costs_ms: list[float], method: str) -> list[Row]:
    costs = sorted(costs_ms)
    return [
        _row(f"acd, decision p50, {size}", _percentile(costs, 0.5), "ms", method, POLLING),
        _row(f"acd, decision p99, {size}", _percentile(costs, 0.99), "ms", method, POLLING),
        _row(f"acd, slowest decision, {size}", costs[-1], "ms", method),
    ]


def _row(name: str, value: float, unit: str, method: str, peer_value: str | None = None) -> Row:
    return {"row": name, "value": round(value, 3), "unit": unit, "peer_value": peer_value, "method": method}


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _connection(made: OfferMade, now: float) -> CallConnected:
    return CallConnected(
        at=now,
        call_id=made.call_id or CallId(""),
        work_id=made.work_id,
        agent_id=made.agent_id,
        queue_id=made.queue_id,
        customer_leg=LegId("leg_c"),
        agent_leg=LegId("leg_a"),
        waited_s=0.0,
    )


def _configuration(agents: int, rng: random.Random) -> ConfigureAcd:
    skills = [SkillId(f"skill_{number}") for number in range(SKILLS)]
    queues = tuple(
        QueueConfig(
            queue_id=QueueId(f"queue_{number}"),
            name=f"Queue {number}",
            requirements=(SkillRequirement(skill=skills[number], level=1 + number % 3),),
            strategy=STRATEGIES[number % len(STRATEGIES)],
            condition="site == 'north' or senior" if number % 5 == 0 else "",
            steps=RELAXED if number % 3 == 0 else (),
        )
        for number in range(QUEUES)
    )
    people = []
    for number in range(agents):
        own = sorted({skills[number % QUEUES], *rng.sample(skills, rng.randint(0, 7))})
        levels = tuple(AgentSkill(skill=skill, level=rng.randint(1, 5)) for skill in own)
        attributes: dict[str, bool | int | str] = {"site": rng.choice(["north", "south"]), "senior": rng.random() < 0.3}
        agent_id = AgentId(f"agent_{number}")
        people.append(AgentConfig(agent_id=agent_id, name=f"Agent {number}", skills=levels, attributes=attributes))
    return ConfigureAcd(queues=queues, agents=tuple(people))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1_000)
    parser.add_argument("--waiting", type=int, default=5_000)
    arguments = parser.parse_args()
    print(json.dumps(_size(arguments.agents, arguments.waiting, print), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""A recorded day on which colleagues are asked and conversations handed on: with the same rules the same happens again."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC

import msgspec
import numpy as np
import pytest

from acd.model.work import Work, WorkState
from acd.simulation.drawn import Agents, Chance, Drawn
from acd.simulation.draws import Demand
from acd.simulation.recorded import Recording
from acd.simulation.replay import Comparison, replay
from acd.simulation.world import World
from core.commands import EnqueueWork, FinishWrapUp, SetAgentReachable, SetAgentState
from core.events import AnyEvent, CallTransferred, WorkEnded, WorkHandedOver
from core.ids import CallId, WorkId
from core.model import AgentState, Channel, Purpose
from tests.acd.simulation.recorded_installation import BILLING, MORNING, SALES, VIP, RecordedEngine, recording, rules

HOUR = 3600.0
QUEUES = (SALES, BILLING, VIP)


class People(Drawn):
    """Colleagues help for a minute or so."""

    def consults_until(self, work_id: WorkId, now: float) -> float | None:
        return now + 40.0 + len(work_id) * 7.3


class Office:
    """Twelve agents, a call every 40 s, and somebody who asks or hands on every 50 s."""

    def __init__(self, seed: int) -> None:
        self.engine = RecordedEngine()
        self._random = random.Random(seed)
        demands = {
            queue_id: Demand(calls_per_s=1.0, talk_s=240.0, wrap_up_s=20.0, patience_s=200.0)
            for queue_id in (SALES, BILLING, VIP)
        }
        self._people = People(
            demands, Agents(ring_s=5.0, declines=0.08, misses=0.04, returns_s=90.0), Chance(np.random.default_rng(seed))
        )
        self.seen: Counter[str] = Counter()
        self.world = World(self.engine, self._people, MORNING, (self._notes,))

    def opens(self, hours: float) -> RecordedEngine:
        self.world.says(rules())
        for agent in rules().agents:
            self.world.says(SetAgentReachable(agent_id=agent.agent_id, channel=Channel.CALL, reachable=True))
            self.world.says(SetAgentState(agent_id=agent.agent_id, state=AgentState.AVAILABLE))
        for number in range(int(hours * 90)):
            self.world.plan(MORNING + 40.0 * number + self._random.random(), self._calls, number)
        for number in range(int(hours * 72)):
            self.world.plan(MORNING + 50.0 * number + self._random.random(), self._asks, number)
        self.world.run(MORNING + hours * HOUR + 12 * HOUR)
        return self.engine

    def _notes(self, event: AnyEvent) -> None:
        self.seen[type(event).__name__] += 1
        if isinstance(event, WorkEnded):
            self.seen[event.cause] += 1
            self._people.goes(event.work_id)

    def _calls(self, number: int) -> None:
        queue_id = QUEUES[number % 3]
        work_id, call_id = WorkId(f"work_{number}"), CallId(f"call_{number}")
        self._arrives(EnqueueWork(work_id=work_id, call_id=call_id, channel=Channel.CALL, queue_id=queue_id))

    def _arrives(self, command: EnqueueWork) -> bool:
        self._people.comes(command.work_id, self._people.draw(command.queue_id))
        self.world.says(command)
        return command.work_id in self.engine.registry.work_items

    def _asks(self, number: int) -> None:
        registry, chance = self.engine.registry, self._random
        talks = [
            work
            for work in registry.work_items.values()
            if work.state is WorkState.ACTIVE and work.purpose is not Purpose.CONSULTATION
        ]
        free = sorted(registry.available[Channel.CALL])
        if not talks:
            return
        work = chance.choice(talks)
        asked = EnqueueWork(
            work_id=WorkId(f"work_asked_{number}"),
            call_id=work.call_id,
            channel=Channel.CALL,
            queue_id=chance.choice(QUEUES),
            purpose=Purpose.TRANSFER if number % 3 == 0 else Purpose.CONSULTATION,
            asked_by=work.agent_id,
            only_agent=chance.choice(free) if free and chance.random() < 0.6 else None,
            continues=work.work_id,
        )
        if not self._arrives(asked):
            return
        if asked.purpose is Purpose.TRANSFER:
            self._has_left((work.work_id, asked.work_id))
        elif chance.random() < 0.6:
            self.world.plan(self.world.now + chance.choice([2.0, 8.0, 31.0]), self._has_left, (work.work_id, asked.work_id))

    def _has_left(self, of: tuple[WorkId, WorkId]) -> None:
        items = self.engine.registry.work_items
        work, heir = items.get(of[0]), items.get(of[1])
        if work is None or heir is None or work.state is not WorkState.ACTIVE or work.agent_id is None:
            return
        self.world.says(left(work, heir, self.world.now))
        self.world.plan(self.world.now + 17.0, self.world.says, FinishWrapUp(work_id=work.work_id, agent_id=work.agent_id))


def left(work: Work, heir: Work, now: float) -> CallTransferred:
    return CallTransferred(
        at=now,
        call_id=work.call_id or CallId(""),
        work_id=work.work_id,
        agent_id=work.agent_id or rules().agents[0].agent_id,
        to_work_id=heir.work_id,
        to_agent_id=heir.agent_id,
        queue_id=heir.queue_id,
    )


def same(compared: Comparison) -> None:
    assert (compared.left_out, compared.refusals) == (0, {})
    assert compared.replayed == compared.recorded
    assert compared.replayed_total == compared.recorded_total


def of_the_day(office: Office, begin: float = MORNING - HOUR, end: float = MORNING + 3 * HOUR) -> Recording:
    return recording(office.engine, begin, end)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_rules_give_the_same_figures_to_the_last_digit(seed: int) -> None:
    office = Office(seed)
    office.opens(1.5)
    assert office.seen[WorkHandedOver.__name__] > 5
    assert office.seen["transferred"] > 20
    assert office.seen["consulted"] > 10
    for begin, end in ((MORNING - HOUR, MORNING + 3 * HOUR), (MORNING + 0.71 * HOUR, MORNING + 1.43 * HOUR)):
        same(replay(of_the_day(office, begin, end), None, UTC))


def test_other_rules_do_not_stop_it() -> None:
    """Somebody else has the conversation then, or nobody: who is not in it asks nobody, and that is counted."""
    office = Office(4)
    office.opens(1.5)
    found = of_the_day(office)
    fewer = rules()
    fewer = msgspec.structs.replace(fewer, agents=fewer.agents[:9])
    compared = replay(found, fewer, UTC)
    assert compared.refusals["agent_not_available"] > 0
    assert compared.replayed_total.arrived > 0.8 * compared.recorded_total.arrived

"""The fast queue and the real engine give the same customers the same waits."""

from __future__ import annotations

import numpy as np
import pytest

from acd.engine.engine import Engine
from acd.simulation.drawn import Agents, Chance, Drawn, Person
from acd.simulation.draws import Block, Demand, customers
from acd.simulation.ledger import Ledger
from acd.simulation.lines import LineInStep
from acd.simulation.world import World, call
from core.commands import ConfigureAcd, EnqueueWork, SetAgentReachable, SetAgentState
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentConfig, AgentState, Channel, QueueConfig, Strategy

QUEUE = QueueId("queue_1")
FOR_EVER = 10.0**9


def engine_waits(block: Block, agents: int, strategy: Strategy) -> list[tuple[float, bool]]:
    """(wait, served) of each customer when the real engine decides; agents answer at once."""
    demand = Demand(calls_per_s=1.0, talk_s=1.0)
    people = Drawn({QUEUE: demand}, Agents(), Chance(np.random.default_rng(0)))
    ledger = Ledger(0.0, FOR_EVER)
    world = World(Engine(), people, 0.0, (ledger.listen,))
    queue = QueueConfig(
        queue_id=QUEUE,
        name="one",
        strategy=strategy,
        max_wait_s=FOR_EVER,
        wrap_up_limit_s=FOR_EVER if block.wrap_up is not None else 0.0,
    )
    staff = tuple(AgentConfig(agent_id=AgentId(f"agent_{number}"), name="") for number in range(agents))
    world.says(ConfigureAcd(queues=(queue,), agents=staff))
    for agent in staff:
        world.says(SetAgentReachable(agent_id=agent.agent_id, channel=Channel.CALL, reachable=True))
        world.says(SetAgentState(agent_id=agent.agent_id, state=AgentState.AVAILABLE))
    for number, arrival in enumerate(block.arrivals[:, 0].tolist()):
        patience = None if block.patience is None else float(block.patience[number, 0])
        wrap_up = 0.0 if block.wrap_up is None else float(block.wrap_up[number, 0])
        blank = EnqueueWork(work_id=WorkId(""), call_id=None, channel=Channel.CALL, queue_id=QUEUE)
        command = call(number, blank)
        people.comes(command.work_id, Person(patience, float(block.talk[number, 0]), wrap_up))
        world.plan(arrival, world.says, command)
    world.run(FOR_EVER)
    stays = sorted(ledger.stays, key=lambda stay: stay.work_id)
    return [(stay.waited_s, stay.answered) for stay in stays]


@pytest.mark.parametrize("strategy", [Strategy.LONGEST_IDLE, Strategy.MOST_SKILLED])
@pytest.mark.parametrize(
    ("agents", "load", "patience_s", "wrap_up_s"),
    [(1, 0.8, None, 0.0), (5, 0.9, None, 30.0), (5, 1.1, 120.0, 0.0), (10, 0.95, 60.0, 20.0)],
)
def test_every_customer_waits_as_long(
    agents: int, load: float, patience_s: float | None, wrap_up_s: float, strategy: Strategy
) -> None:
    demand = Demand(calls_per_s=agents * load / (240.0 + wrap_up_s), talk_s=240.0, wrap_up_s=wrap_up_s, patience_s=patience_s)
    block = next(customers(demand, seed=11, steps=1500))
    offered = LineInStep(agents, 1).waits(block)[:, 0]
    patience = np.inf if block.patience is None else block.patience[:, 0]
    found = engine_waits(block, agents, strategy)
    assert len(found) == 1500
    assert np.allclose([wait for wait, _ in found], np.minimum(offered, patience), rtol=0.0, atol=1e-6)
    assert [served for _, served in found] == (offered <= patience).tolist()
    assert np.max(offered) > 60.0

"""How fast the simulator is: pieces of work per second of one core, on the fast single queue and around the real engine.

    python -m bench.simulation

Counted is process CPU time, warm-ups included on both sides: every customer who was drawn and served.
"""

from __future__ import annotations

import json
import math
import time
from datetime import UTC
from typing import Any

from acd.simulation.drawn import Agents
from acd.simulation.draws import Demand
from acd.simulation.installation import Installation, Plan
from acd.simulation.single_queue import Effort, Rules, simulate
from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId, SkillId
from core.model import AgentConfig, AgentSkill, QueueConfig, SkillRequirement

TALK_S = 240.0
MONDAY = 1_767_571_200.0

Row = dict[str, Any]


def rows() -> list[Row]:
    """About 15 s."""
    return [
        _fast("10 agents at 90 %, nobody leaves", agents=10, load=0.9, patience_s=None),
        _fast("100 agents at 100 %, patience 180 s", agents=100, load=1.0, patience_s=180.0),
        _engine("one queue, 10 agents at 90 %", queues=1, agents=10),
        _engine("20 queues with skills, 200 agents at 90 %", queues=20, agents=200),
    ]


def _fast(size: str, *, agents: int, load: float, patience_s: float | None) -> Row:
    demand = Demand(calls_per_s=agents * load / TALK_S, talk_s=TALK_S, patience_s=patience_s)
    hours = 2_000_000 / (demand.calls_per_s * 3600.0)
    begin = time.process_time()
    result = simulate(demand, Rules(agents=agents), Effort(hours=hours, precision=math.inf), seed=1)
    spent = time.process_time() - begin
    method = f"{result.customers:,} counted customers (those of the warm-ups cost time and are not counted) / process CPU time"
    return _row(f"simulator, single queue, {size}", result.customers / spent, method)


def _engine(size: str, *, queues: int, agents: int) -> Row:
    names = [QueueId(f"queue_{number}") for number in range(queues)]
    skills = [SkillId(f"skill_{number}") for number in range(queues)]
    rules = ConfigureAcd(
        queues=tuple(
            QueueConfig(queue_id=name, name=name, requirements=(SkillRequirement(skill=skill, level=1 + number % 3),))
            for number, (name, skill) in enumerate(zip(names, skills, strict=True))
        ),
        agents=tuple(
            AgentConfig(
                agent_id=AgentId(f"agent_{number:03d}"),
                name="",
                skills=tuple(AgentSkill(skill=skills[(number + step) % queues], level=5) for step in range(min(3, queues))),
            )
            for number in range(agents)
        ),
    )
    demand = Demand(calls_per_s=0.9 * agents / queues / TALK_S, talk_s=TALK_S, patience_s=180.0)
    hours = 4000 / (demand.calls_per_s * queues * 3600.0)
    plan = Plan(rules=rules, demands=dict.fromkeys(names, demand), agents=Agents(ring_s=5.0), begin=MONDAY, hours=hours)
    installation = Installation(plan, UTC)
    begin = time.process_time()
    installation.run()
    done = installation.world.engine.registry.arrivals
    spent = time.process_time() - begin
    return _row(f"simulator, real engine, {size}", done / spent, f"{done:,} pieces of work through the engine / process CPU time")


def _row(name: str, value: float, method: str) -> Row:
    return {"row": name, "value": round(value), "unit": "works/s of one core", "peer_value": None, "method": method}


def main() -> None:
    print(json.dumps(rows(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

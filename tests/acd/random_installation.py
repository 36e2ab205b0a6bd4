"""The installation of the random days: four queues with every kind of rule, four agents with chance skills."""

from __future__ import annotations

from core.commands import ConfigureAcd
from core.ids import AgentId, QueueId
from core.model import AgentConfig, QueueConfig, RoutingStep, Strategy
from tests.acd.contact_center import needs, skills

AGENTS = [AgentId(f"agent_{name}") for name in ("ann", "bob", "cyd", "dee")]
ANY, BILLING, VIP, ALL = QUEUES = [QueueId(f"queue_{name}") for name in ("any", "billing", "vip", "all")]

STRATEGIES = {
    ANY: (Strategy.LONGEST_IDLE, Strategy.RANDOM),
    BILLING: (Strategy.ROUND_ROBIN, Strategy.LEAST_OCCUPIED),
    VIP: (Strategy.MOST_SKILLED, Strategy.MOST_SKILLED),
    ALL: (Strategy.RING_ALL, Strategy.RING_ALL),
}

STEPS = {
    ANY: (RoutingStep(after_s=100.0, overflow_to=ALL),),
    BILLING: (
        RoutingStep(after_s=10.0, requirements=needs({"billing": 1})),
        RoutingStep(after_s=25.0, condition="not senior"),
        RoutingStep(after_s=40.0, requirements=(), condition=""),
        RoutingStep(after_s=90.0, overflow_to=ANY),
    ),
    VIP: (RoutingStep(after_s=15.0, condition=""), RoutingStep(after_s=60.0, requirements=needs({"billing": 1}))),
    ALL: (RoutingStep(after_s=120.0, overflow_to=BILLING),),
}
"""The overflows make a circle: any → all → billing → any."""


def installation(levels: list[int], ageing: float, without: int = 9) -> ConfigureAcd:
    """Without one agent (0–3) or one queue (4–7), or complete. The levels of the agents choose the rules, too."""
    odd = levels[0] % 2
    queues = [queue_config(queue_id, 1 + number, odd, ageing) for number, queue_id in enumerate(QUEUES) if number != without - 4]
    known = {queue.queue_id for queue in queues}
    queues = [queue for queue in queues if all(step.overflow_to in {None, *known} for step in queue.steps)]
    only = (queues[-1].queue_id,)
    agents = [
        agent_config(agent_id, level, odd, only if level == 2 else ())
        for number, (agent_id, level) in enumerate(zip(AGENTS, levels, strict=True))
        if number != without
    ]
    return ConfigureAcd(queues=tuple(queues), agents=tuple(agents))


def queue_config(queue_id: QueueId, level: int, odd: int, ageing: float) -> QueueConfig:
    return QueueConfig(
        queue_id=queue_id,
        name=queue_id,
        requirements=needs({"billing": level} if queue_id in {BILLING, VIP} else {}),
        strategy=STRATEGIES[queue_id][odd],
        wrap_up_limit_s=0.0 if queue_id == ANY else 30.0,
        max_wait_s=300.0,
        priority=3 if queue_id == VIP else 0,
        ageing_per_minute=ageing,
        condition="senior or billing >= 4" if queue_id == VIP and odd else "",
        steps=STEPS[queue_id] if odd else (),
        preferred_agent_s=20.0 if odd else 45.0,
        last_agent_days=0.001 if odd else 1.0,
    )


def agent_config(agent_id: AgentId, level: int, odd: int, only: tuple[QueueId, ...]) -> AgentConfig:
    return AgentConfig(
        agent_id=agent_id,
        name=agent_id,
        skills=skills({"billing": level} if level else {}),
        queues=only,
        capacity={"call": 1, "chat": 2, "ticket": 1, "callback": 1},
        interruptions={"call": {"chat": 1}, "ticket": {"call": 1}} if odd else {},
        attributes={"senior": level > 2},
    )

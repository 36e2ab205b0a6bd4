"""A busy installation whose inputs are kept, as the ACD's journal and its history keep them."""

from __future__ import annotations

from datetime import UTC
from functools import partial

import msgspec

from acd.engine.engine import Engine
from acd.leadership.journal import Entry, EntryKind
from acd.leadership.recorder import snapshot_without_names, without_texts
from acd.model.work import WorkState
from acd.simulation.drawn import Agents
from acd.simulation.draws import Demand, Shape
from acd.simulation.installation import Installation, Plan
from acd.simulation.recorded import Reader, Recording
from acd.simulation.world import World
from core.codec import encode
from core.commands import (
    AnyCommand,
    ConfigureAcd,
    MoveWork,
    ReprioritiseWork,
    RequestCallback,
    SetAgentReachable,
    SetAgentState,
    WithdrawWork,
)
from core.events import AnyEvent, Event
from core.ids import AgentId, QueueId, SkillId, WorkId
from core.model import AgentConfig, AgentSkill, AgentState, Channel, QueueConfig, RoutingStep, SkillRequirement, Strategy

MORNING = 1_780_000_000.0
SALES, BILLING, VIP, CHAT = QueueId("queue_sales"), QueueId("queue_billing"), QueueId("queue_vip"), QueueId("queue_chat")
BILLS = SkillId("billing")


class RecordedEngine(Engine):
    """Keeps every input that changed something."""

    def __init__(self) -> None:
        super().__init__(UTC)
        self.entries: list[Entry] = []
        self.snapshots: list[tuple[int, float, bytes]] = []

    def handle(self, message: AnyCommand | AnyEvent, now: float) -> list[AnyEvent]:
        events = super().handle(message, now)
        kind = EntryKind.EVENT if isinstance(message, Event) else EntryKind.COMMAND
        self._keep(Entry(len(self.entries) + 1, now, kind, encode(message)))
        return events

    def handle_timer(self, now: float) -> list[AnyEvent]:
        events = super().handle_timer(now)
        self._keep(Entry(len(self.entries) + 1, now, EntryKind.TIMER, b""))
        return events

    def _keep(self, entry: Entry) -> None:
        self.entries.append(without_texts(entry))
        if entry.seq % 500 == 0:
            self.snapshots.append((entry.seq, entry.at, self.snapshot()))


def rules(agents: int = 12, **changes: object) -> ConfigureAcd:
    """Queues with skills, relaxation and overflow, and one of chats; `changes` of the billing queue."""
    needs = (SkillRequirement(skill=BILLS, level=3),)
    billing = QueueConfig(
        queue_id=BILLING,
        name="Billing",
        requirements=needs,
        strategy=Strategy.MOST_SKILLED,
        ring_timeout_s=15.0,
        wrap_up_limit_s=40.0,
        steps=(
            RoutingStep(after_s=60.0, requirements=(SkillRequirement(skill=BILLS, level=1),)),
            RoutingStep(after_s=180.0, overflow_to=SALES),
        ),
    )
    queues = (
        QueueConfig(queue_id=SALES, name="Sales", max_wait_s=600.0),
        msgspec.structs.replace(billing, **changes),
        QueueConfig(queue_id=VIP, name="VIP", strategy=Strategy.RING_ALL, priority=5, ring_timeout_s=30.0, wrap_up_limit_s=0.0),
        QueueConfig(queue_id=CHAT, name="Chat", strategy=Strategy.LEAST_OCCUPIED),
    )
    levels = {number: (AgentSkill(skill=BILLS, level=1 + number % 5),) if number % 3 else () for number in range(agents)}
    people = tuple(AgentConfig(agent_id=AgentId(f"agent_{n:02d}"), name=f"Agent {n}", skills=levels[n]) for n in range(agents))
    return ConfigureAcd(queues=queues, agents=people)


def recorded_day(seed: int, hours: float = 4.0, engine: RecordedEngine | None = None) -> RecordedEngine:
    """Somewhat too few agents, who decline and overhear offers; chats; and everything that people do besides."""
    demands = {
        SALES: Demand(calls_per_s=60 / 3600, talk_s=240.0, wrap_up_s=30.0, patience_s=150.0, talk_shape=Shape.LOGNORMAL),
        BILLING: Demand(calls_per_s=60 / 3600, talk_s=300.0, wrap_up_s=30.0, patience_s=150.0),
        VIP: Demand(calls_per_s=20 / 3600, talk_s=200.0, patience_s=60.0),
        CHAT: Demand(calls_per_s=20 / 3600, talk_s=400.0, wrap_up_s=10.0, patience_s=300.0, channel=Channel.CHAT),
    }
    agents = Agents(ring_s=6.0, declines=0.05, misses=0.05, returns_s=120.0)
    engine = engine or RecordedEngine()
    plan = Plan(rules=rules(), demands=demands, agents=agents, begin=MORNING, hours=hours, seed=seed)
    installation = Installation(plan, UTC, engine)
    for number in range(int(hours * 30)):  # every two minutes
        installation.world.plan(MORNING + 120.0 * number, partial(_meddle, installation.world), number)
    installation.run()
    return engine


def _meddle(world: World, number: int) -> None:
    """Supervisors, callers who want to be called back, agents who go for lunch or lose their microphone, new settings."""
    waiting = [
        work for work in world.engine.registry.work_items.values() if work.state is WorkState.WAITING and work.queue_id != CHAT
    ]
    agent_id = AgentId(f"agent_{number % 12:02d}")
    work_id = waiting[number % len(waiting)].work_id if waiting else WorkId("work_none")
    match number % 9:
        case 0 | 5:
            world.says(RequestCallback(work_id=work_id))
        case 1:
            world.says(MoveWork(work_id=work_id, queue_id=VIP, by="user_1"))
        case 2:
            world.says(ReprioritiseWork(work_id=work_id, priority=3.0, by="user_1"))
        case 3:
            world.says(WithdrawWork(work_id=work_id, reason="asked to", by="user_1"))
        case 4:
            world.says(SetAgentState(agent_id=agent_id, state=AgentState.AWAY, reason="lunch"))
            back = SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE)
            world.plan(world.now + 300.0, world.says, back)
        case 6:
            world.says(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=False))
            well = SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True)
            world.plan(world.now + 30.0, world.says, well)
        case 7:
            world.says(rules(ring_timeout_s=15.0 + number % 5))
        case _:
            pass


def recording(engine: RecordedEngine, begin: float, end: float) -> Recording:
    """As it is read from the history: from the last snapshot before `begin`, if there is one."""
    before = [snapshot for snapshot in engine.snapshots if snapshot[1] <= begin]
    seq, at, state = before[-1] if before else (0, engine.entries[0].at, None)
    kept = None if state is None else snapshot_without_names(state)
    return Reader(kept, at, begin, end, UTC).read(entry for entry in engine.entries if entry.seq > seq)

"""A large contact center in virtual time, and an inspector that knows only what it hears.

`LongDay` draws customers, patience, conversations and the agents' moods from one seed, and drives the public engine. `Inspector`
hears each event and keeps its own books, so that a mistake in the engine's indexes cannot hide in them.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter, defaultdict

from acd.engine.engine import Engine
from acd.model.refusals import Refused
from core.causes import EndCause
from core.commands import (
    AcceptOffer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EndWork,
    EnqueueWork,
    FinishWrapUp,
    MoveWork,
    ReprioritiseWork,
    SetAgentReachable,
    SetAgentState,
)
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallEnded,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    WorkEnded,
    WorkEnqueued,
    WorkMoved,
    WorkReprioritised,
)
from core.ids import AgentId, CallId, CustomerId, LegId, OfferId, QueueId, SkillId, WorkId
from core.model import (
    AgentConfig,
    AgentSkill,
    AgentState,
    Channel,
    QueueConfig,
    RoutingStep,
    SkillRequirement,
    Strategy,
)

QUEUES, AGENTS, SKILLS = 12, 400, 12
MORNING = 1_780_000_000.0
CHANNELS = (Channel.CHAT, Channel.CHAT, Channel.CALL, Channel.CALL, Channel.TICKET)
AGEING = (0.5, 1.0, 2.0)


def queue_config(number: int) -> QueueConfig:
    """Every strategy, with and without condition, relaxation and overflow."""
    skill = SkillId(f"skill_{number % SKILLS}")
    steps: tuple[RoutingStep, ...] = ()
    if number % 3 == 0:
        steps = (
            RoutingStep(after_s=30.0, requirements=(SkillRequirement(skill=skill, level=1),)),
            RoutingStep(after_s=60.0, requirements=(), condition=""),
        )
    if number % 4 == 0:
        steps = (*steps, RoutingStep(after_s=120.0, overflow_to=QueueId(f"queue_{(number + 5) % QUEUES}")))
    requirements: tuple[SkillRequirement, ...] = (SkillRequirement(skill=skill, level=1 + number % 3),)
    strategy = list(Strategy)[number % len(Strategy)]
    if strategy is Strategy.RING_ALL:  # few can, so that it rings at some and not at the whole installation
        requirements = (SkillRequirement(skill=skill, level=4), SkillRequirement(skill=SkillId("skill_0"), level=3))
    return QueueConfig(
        queue_id=QueueId(f"queue_{number}"),
        name=f"Queue {number}",
        requirements=requirements,
        strategy=strategy,
        wrap_up_limit_s=0.0 if number % 2 else 20.0,
        max_wait_s=900.0,
        priority=number % 3,
        ageing_per_minute=AGEING[number % 3],
        condition="not trainee" if number % 5 == 0 else "",
        steps=steps,
        last_agent_days=1.0 if number % 7 == 0 else 0.0,
        preferred_agent_s=15.0,
    )


def agent_config(number: int, rng: random.Random) -> AgentConfig:
    skills = [SkillId(f"skill_{skill}") for skill in sorted(rng.sample(range(SKILLS), 4))]
    return AgentConfig(
        agent_id=AgentId(f"agent_{number}"),
        name=f"Agent {number}",
        skills=tuple(AgentSkill(skill=skill, level=rng.randint(1, 5)) for skill in skills),
        capacity={"call": 1, "chat": 3, "ticket": 2, "callback": 1},
        interruptions={"call": {"chat": 1}} if number % 4 == 0 else {},
        attributes={"trainee": number % 6 == 0},
    )


class Inspector:
    """Checks what can be known from events alone. `seen` counts them by name."""

    def __init__(self, queues: dict[QueueId, QueueConfig], agents: dict[AgentId, AgentConfig]) -> None:
        self.queues = queues
        self.agents = agents
        self.seen: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.longest_wait_s = 0.0
        self._open: dict[WorkId, WorkEnqueued] = {}
        self._queue_of: dict[WorkId, QueueId] = {}
        self._ringing: defaultdict[WorkId, dict[OfferId, AgentId]] = defaultdict(dict)
        self._taken: dict[WorkId, OfferId] = {}
        self._held: defaultdict[AgentId, dict[WorkId, Channel]] = defaultdict(dict)
        self._lines: defaultdict[tuple[object, ...], dict[WorkId, None]] = defaultdict(dict)
        """Untouched plain work by queue and channel, in order of arrival: nobody in it may be passed by the next."""
        self._class: dict[WorkId, tuple[object, ...]] = {}

    def hears(self, event: AnyEvent) -> None:
        self.seen[type(event).__name__] += 1
        match event:
            case OfferMade():
                self._offered(event)
            case OfferAccepted():
                assert event.work_id not in self._taken, "two agents have the same customer"
                self._taken[event.work_id] = event.offer_id
                self.longest_wait_s = max(self.longest_wait_s, event.waited_s)
            case OfferDeclined() | OfferExpired():
                self._over(event.work_id, event.offer_id, event.agent_id)
            case OfferWithdrawn():
                self._over(event.work_id, event.offer_id, event.agent_id)
                if self._taken.get(event.work_id) == event.offer_id:
                    del self._taken[event.work_id]
            case WorkEnded():
                self._ended(event)
            case WorkMoved():
                self._queue_of[event.work_id] = event.queue_id
                self._touched(event.work_id)
            case WorkReprioritised():
                self._touched(event.work_id)
            case _:
                pass

    def arrives(self, event: WorkEnqueued, *, plain: bool) -> None:
        """`plain`: asks for nothing of its own, so that the order of arrival alone says who is next."""
        assert event.work_id not in self._open
        self._open[event.work_id] = event
        self._queue_of[event.work_id] = event.queue_id
        if plain:
            kind = (event.queue_id, event.channel)
            self._class[event.work_id] = kind
            self._lines[kind][event.work_id] = None

    def all_is_over(self) -> None:
        """After everybody has gone home."""
        assert not self._open
        assert not any(self._held.values())
        assert not any(self._ringing.values())
        assert sum(self.causes.values()) == self.seen["WorkEnqueued"]

    def _offered(self, made: OfferMade) -> None:
        assert made.work_id not in self._taken, "offered while an agent has it"
        ringing, held = self._ringing[made.work_id], self._held[made.agent_id]
        rings_all = self.queues[made.queue_id].strategy is Strategy.RING_ALL
        assert rings_all or not ringing, "rings twice"
        assert made.queue_id == self._queue_of[made.work_id]
        kind = self._class.get(made.work_id)
        if kind is not None and not ringing:
            assert next(iter(self._lines[kind])) == made.work_id, "an equal was passed"
        self._touched(made.work_id)
        ringing[made.offer_id] = made.agent_id
        held[made.work_id] = made.channel
        config = self.agents[made.agent_id]
        count = sum(channel is made.channel for channel in held.values())
        assert count <= config.capacity[made.channel.value], "beyond capacity"
        if made.channel is Channel.CALL:
            chats = sum(channel is Channel.CHAT for channel in held.values())
            assert chats <= config.interruptions.get("call", {}).get("chat", 3), "interrupted beyond what is declared"
        else:
            assert Channel.CALL not in held.values(), "text during a call"

    def _touched(self, work_id: WorkId) -> None:
        """No longer in the plain order: it rings, was moved or reprioritised; when it waits again others may have skipped it."""
        kind = self._class.pop(work_id, None)
        if kind is not None:
            del self._lines[kind][work_id]

    def _over(self, work_id: WorkId, offer_id: OfferId, agent_id: AgentId) -> None:
        del self._ringing[work_id][offer_id]
        del self._held[agent_id][work_id]

    def _ended(self, event: WorkEnded) -> None:
        assert event.work_id in self._open, "ended twice"
        del self._open[event.work_id], self._queue_of[event.work_id]
        self._touched(event.work_id)
        self._taken.pop(event.work_id, None)
        for agent_id in self._ringing.pop(event.work_id, {}).values():
            del self._held[agent_id][event.work_id]
        self.causes[event.cause.value] += 1
        self.longest_wait_s = max(self.longest_wait_s, event.waited_s)


class LongDay:
    """Owns the engine, the clock and everybody's plans."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        queues = [queue_config(number) for number in range(QUEUES)]
        agents = [agent_config(number, self._rng) for number in range(AGENTS)]
        self.engine = Engine()
        self.inspector = Inspector({q.queue_id: q for q in queues}, {a.agent_id: a for a in agents})
        self.now = MORNING
        self.count = 0
        self.inputs = 0
        self._plans: list[tuple[float, int, AnyCommand | CallEnded | CallConnected]] = []
        self._number = 0
        self._says(ConfigureAcd(queues=tuple(queues), agents=tuple(agents)))
        for agent in agents:
            self._says(SetAgentReachable(agent_id=agent.agent_id, channel=Channel.CALL, reachable=True))
            self._says(SetAgentState(agent_id=agent.agent_id, state=AgentState.AVAILABLE))

    def lives(self, work_items: int, gap_s: float) -> None:
        """So many customers come, `gap_s` apart in the mean."""
        until = self.count + work_items
        next_at = self.now
        while self.count < until:
            next_at += self._rng.expovariate(1.0 / gap_s)
            self._until(next_at)
            self._customer()
            if self._rng.random() < 0.01:
                self._supervisor()

    def closes(self) -> None:
        """No more customers: time passes until everybody has been served or has left, then the agents go home."""
        self._until(self.now + 3600.0)
        for agent_id in self.inspector.agents:
            self._says(SetAgentState(agent_id=agent_id, state=AgentState.SIGNED_OUT))
        self._until(self.now + 10 * 3600.0)
        assert not self.engine.registry.work_items

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _until(self, end: float) -> None:
        """Everything planned and every deadline of the engine, in order."""
        while True:
            plan = self._plans[0][0] if self._plans else end
            deadline = self.engine.next_deadline()
            if deadline is not None and deadline <= min(plan, end):
                self.now = max(self.now, deadline)
                self._hear(self.engine.handle_timer(self.now))
            elif plan < end:
                self.now = max(self.now, plan)
                self._says(heapq.heappop(self._plans)[2])
            else:
                break
        self.now = max(self.now, end)

    def _plan(self, after_s: float, message: AnyCommand | CallEnded | CallConnected) -> None:
        self._number += 1
        heapq.heappush(self._plans, (self.now + after_s, self._number, message))

    def _says(self, message: AnyCommand | CallEnded | CallConnected) -> None:
        """Plans may come too late: the engine refuses them, and nothing changes."""
        self.inputs += 1
        try:
            events = self.engine.handle(message, self.now)
        except Refused:
            return
        self._hear(events, message)

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    def _customer(self) -> None:
        self.count += 1
        rng = self._rng
        channel = rng.choice(CHANNELS)
        work_id, call_id = WorkId(f"work_{self.count}"), CallId(f"call_{self.count}")
        special = rng.random() < 0.1
        own = (SkillRequirement(skill=SkillId(f"skill_{rng.randrange(SKILLS)}"), level=2),) if special else ()
        command = EnqueueWork(
            work_id=work_id,
            call_id=call_id if channel is Channel.CALL else None,
            channel=channel,
            queue_id=QueueId(f"queue_{rng.randrange(QUEUES)}"),
            customer_id=CustomerId(f"cust_{rng.randrange(5000)}") if rng.random() < 0.2 else None,
            priority=2.0 if rng.random() < 0.05 else 0.0,
            requirements=own,
            preferred_agent=AgentId(f"agent_{rng.randrange(AGENTS)}") if rng.random() < 0.03 else None,
        )
        self._says(command)
        patience_s = rng.expovariate(1 / 200.0)
        if channel is Channel.CALL:
            self._plan(patience_s, CallEnded(at=0.0, call_id=call_id, cause=EndCause.CALLER_HUNG_UP, started_at=0.0))
        elif rng.random() < 0.5:
            self._plan(patience_s, EndWork(work_id=work_id, abandoned=True))

    def _supervisor(self) -> None:
        work_id = WorkId(f"work_{self.count - self._rng.randrange(20)}")
        if self._rng.random() < 0.5:
            self._says(MoveWork(work_id=work_id, queue_id=QueueId(f"queue_{self._rng.randrange(QUEUES)}"), by="user_sup"))
        else:
            self._says(ReprioritiseWork(work_id=work_id, priority=float(self._rng.randrange(4)), by="user_sup"))

    def _hear(self, events: list[AnyEvent], message: object = None) -> None:
        for event in events:
            if isinstance(event, WorkEnqueued):
                assert isinstance(message, EnqueueWork)
                plain = not message.requirements and not message.priority and not message.customer_id
                self.inspector.arrives(event, plain=plain and message.preferred_agent is None)
            self.inspector.hears(event)
            match event:
                case OfferMade():
                    self._agent_hears(event)
                case OfferAccepted():
                    self._talks(event)
                case AgentStateChanged(state=AgentState.AWAY):
                    self._plan(
                        30.0 + 60.0 * self._rng.random(), SetAgentState(agent_id=event.agent_id, state=AgentState.AVAILABLE)
                    )
                case _:
                    pass

    def _agent_hears(self, made: OfferMade) -> None:
        mood = self._rng.random()
        after_s = 1.0 + 5.0 * self._rng.random()
        if mood < 0.95:
            self._plan(after_s, AcceptOffer(offer_id=made.offer_id, agent_id=made.agent_id))
        elif mood < 0.98:
            self._plan(after_s, DeclineOffer(offer_id=made.offer_id, agent_id=made.agent_id))

    def _talks(self, event: OfferAccepted) -> None:
        talk_s = self._rng.expovariate(1 / 20.0)
        if event.call_id is None:
            self._plan(talk_s, EndWork(work_id=event.work_id, abandoned=False))
        elif self._rng.random() < 0.98:
            connected = CallConnected(
                at=0.0,
                call_id=event.call_id,
                work_id=event.work_id,
                agent_id=event.agent_id,
                queue_id=event.queue_id,
                customer_leg=LegId("leg_c"),
                agent_leg=LegId("leg_a"),
                waited_s=event.waited_s,
            )
            self._plan(0.2, connected)
            self._plan(talk_s + 1.0, CallEnded(at=0.0, call_id=event.call_id, cause=EndCause.CALLER_HUNG_UP, started_at=0.0))
        if self._rng.random() < 0.7:
            self._plan(talk_s + 10.0, FinishWrapUp(work_id=event.work_id, agent_id=event.agent_id))

"""A random day of one engine with everything the ACD can do, told as digests: of all its events, and of its last state.

Run as ``python -m tests.acd.random_day SEED INPUTS RESTORE_EVERY``: two processes that print the same did the same, whatever
their strings hash to and whenever the state went through a snapshot.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import deque

from acd.engine.engine import Engine
from acd.engine.handing_on import is_conversation
from acd.model.refusals import Refused
from acd.model.work import Work
from core.causes import EndCause
from core.codec import decode_command, decode_event, encode
from core.commands import (
    AcceptOffer,
    AnyCommand,
    Command,
    ConfigureAcd,
    DeclineOffer,
    EndWork,
    EnqueueWork,
    FinishWrapUp,
    MoveWork,
    ReprioritiseWork,
    RequestCallback,
    SetAgentReachable,
    SetAgentState,
    WithdrawWork,
)
from core.events import AnyEvent, CallConnected, CallEnded, CallTransferred, OfferAccepted, OfferMade, PartyJoined
from core.ids import AgentId, CallId, CustomerId, LegId, PartyId, QueueId, SkillId, WorkId
from core.model import (
    AgentConfig,
    AgentSkill,
    AgentState,
    Channel,
    Purpose,
    QueueConfig,
    RoutingStep,
    SkillRequirement,
    Strategy,
)
from core.parties import Mode, Role

MORNING = 1_780_000_000.0
SKILLS = tuple(SkillId(name) for name in ("billing", "orders", "zh", "en"))
AGENTS = tuple(AgentId(f"agent_{number:02}") for number in range(24))
QUEUES = tuple(QueueId(f"queue_{strategy}") for strategy in Strategy)
STATES = (AgentState.AVAILABLE, AgentState.AVAILABLE, AgentState.AVAILABLE, AgentState.AWAY, AgentState.SIGNED_OUT)


def configuration(chance: random.Random) -> ConfigureAcd:
    """Every strategy, with skills, steps, overflow, ageing and the last agent."""
    queues = tuple(
        QueueConfig(
            queue_id=queue_id,
            name=queue_id,
            strategy=strategy,
            requirements=(SkillRequirement(skill=SKILLS[number % 4], level=3),),
            steps=(RoutingStep(after_s=20, requirements=()), RoutingStep(after_s=60, overflow_to=QUEUES[(number + 1) % 6])),
            ageing_per_minute=chance.choice((0.0, 1.0)),
            last_agent_days=1.0,
            wrap_up_limit_s=15.0,
        )
        for number, (queue_id, strategy) in enumerate(zip(QUEUES, Strategy, strict=True))
    )
    agents = tuple(
        AgentConfig(
            agent_id=agent_id,
            name=agent_id,
            skills=tuple(AgentSkill(skill=skill, level=chance.randint(1, 5)) for skill in chance.sample(SKILLS, 2)),
            capacity={"call": 1, "chat": 2, "ticket": 3, "callback": 1},
        )
        for agent_id in AGENTS
    )
    return ConfigureAcd(queues=queues, agents=agents)


class Day:
    """The engine and what people do to it."""

    def __init__(self, seed: int, restore_every: int) -> None:
        self._chance = random.Random(seed)
        self._restore_every = restore_every
        self.engine = Engine()
        self.now = MORNING
        self.told = hashlib.sha256()
        self._work_items: deque[EnqueueWork] = deque(maxlen=60)
        self._offers: deque[OfferMade] = deque(maxlen=20)
        self._accepted: deque[OfferAccepted] = deque(maxlen=20)
        self._count = 0

    def passes(self, inputs: int) -> None:
        self._does(configuration(self._chance))
        for agent_id in AGENTS:
            self._does(SetAgentReachable(agent_id=agent_id, channel=Channel.CALL, reachable=True))
        for number in range(inputs):
            self.now += self._chance.expovariate(1.0)
            while (deadline := self.engine.next_deadline()) is not None and deadline <= self.now:
                self._hears(self.engine.handle_timer(deadline))
            self._does(self._something())
            if self._restore_every and number % self._restore_every == 0:
                self.engine = Engine.restore(self.engine.snapshot())

    def _does(self, message: AnyCommand | AnyEvent) -> None:
        arrived = decode_command(encode(message)) if isinstance(message, Command) else decode_event(encode(message))
        try:
            self._hears(self.engine.handle(arrived, self.now))
        except Refused as refusal:
            self.told.update(refusal.code.encode())

    def _hears(self, events: list[AnyEvent]) -> None:
        for event in events:
            self.told.update(encode(event))
            if isinstance(event, OfferMade):
                self._offers.append(event)
            elif isinstance(event, OfferAccepted):
                self._accepted.append(event)

    def _something(self) -> AnyCommand | AnyEvent:
        what = self._chance.random()
        if what < 0.25 or not self._work_items:
            return self._arrival()
        if what < 0.35:
            return SetAgentState(agent_id=self._chance.choice(AGENTS), state=self._chance.choice(STATES))
        if what < 0.65 and self._offers:
            return self._reaction(self._offers.pop())
        if what < 0.80 and self._accepted:
            return self._conversation(self._accepted[0])
        talks = [work for work in self.engine.registry.work_items.values() if is_conversation(work) and work.call_id]
        if what < 0.9 and talks:
            return self._with_colleague(self._chance.choice(talks))
        return self._change(self._chance.choice(self._work_items))

    def _arrival(self) -> EnqueueWork:
        self._count += 1
        channel = self._chance.choice(tuple(Channel))
        work = EnqueueWork(
            work_id=WorkId(f"work_{self._count}"),
            call_id=CallId(f"call_{self._count}") if channel is Channel.CALL else None,
            channel=channel,
            queue_id=self._chance.choice(QUEUES),
            customer_id=CustomerId(f"customer_{self._chance.randint(1, 40)}"),
            priority=self._chance.choice((0.0, 0.0, 2.0)),
            preferred_agent=self._chance.choice((None, None, None, *AGENTS[:2])),
            not_before=self.now + 30 if channel is Channel.CALLBACK and self._chance.random() < 0.5 else None,
        )
        self._work_items.append(work)
        return work

    def _reaction(self, offer: OfferMade) -> AnyCommand:
        if self._chance.random() < 0.8:
            return AcceptOffer(offer_id=offer.offer_id, agent_id=offer.agent_id)
        return DeclineOffer(offer_id=offer.offer_id, agent_id=offer.agent_id)

    def _conversation(self, accepted: OfferAccepted) -> AnyCommand | AnyEvent:
        """Connected, over, written up: one after the other."""
        stage = self._chance.random()
        if stage < 0.5 and accepted.call_id is not None:
            return CallConnected(
                at=self.now,
                call_id=accepted.call_id,
                work_id=accepted.work_id,
                agent_id=accepted.agent_id,
                queue_id=accepted.queue_id,
                customer_leg=LegId("leg_c"),
                agent_leg=LegId("leg_a"),
                waited_s=accepted.waited_s,
            )
        if stage < 0.8:
            if accepted.call_id is not None:
                return CallEnded(at=self.now, call_id=accepted.call_id, cause=EndCause.CALLER_HUNG_UP, started_at=self.now - 60)
            return EndWork(work_id=accepted.work_id, abandoned=False)
        self._accepted.popleft()
        return FinishWrapUp(work_id=accepted.work_id, agent_id=accepted.agent_id)

    def _change(self, work: EnqueueWork) -> AnyCommand | AnyEvent:
        """A customer gives up or wants a callback, or a supervisor steps in."""
        if work.call_id is not None and self._chance.random() < 0.4:
            return CallEnded(at=self.now, call_id=work.call_id, cause=EndCause.CALLER_HUNG_UP, started_at=self.now - 60)
        changes: tuple[AnyCommand, ...] = (
            RequestCallback(work_id=work.work_id),
            MoveWork(work_id=work.work_id, queue_id=self._chance.choice(QUEUES), by="user_sam"),
            ReprioritiseWork(work_id=work.work_id, priority=3.0, by="user_sam"),
            WithdrawWork(work_id=work.work_id, reason="a mistake", by="user_sam"),
            EndWork(work_id=work.work_id, abandoned=True),
        )
        return self._chance.choice(changes)

    def _with_colleague(self, first: Work) -> AnyCommand | AnyEvent:
        """The agent asks one or a queue, is joined by who accepted, or has left, to what was asked last."""
        last = self.engine.registry.works_of_call(first.call_id)[-1]
        call_id = first.call_id or CallId("call_0")
        free = sorted(self.engine.registry.available[Channel.CALL])
        what = self._chance.random()
        if what < 0.5:
            self._count += 1
            return EnqueueWork(
                work_id=WorkId(f"work_{self._count}"),
                call_id=call_id,
                channel=Channel.CALL,
                queue_id=self._chance.choice(QUEUES),
                purpose=self._chance.choice((Purpose.CONSULTATION, Purpose.TRANSFER)),
                asked_by=first.agent_id,
                only_agent=self._chance.choice((None, self._chance.choice(free or AGENTS))),
            )
        if what < 0.8:
            party = PartyId("party_1")
            joins = last.agent_id or AGENTS[0]
            return PartyJoined(
                at=self.now,
                call_id=call_id,
                party_id=party,
                role=Role.CONSULTANT,
                mode=Mode.TALK,
                agent_id=joins,
                work_id=last.work_id,
            )
        return CallTransferred(
            at=self.now,
            call_id=call_id,
            work_id=first.work_id,
            agent_id=first.agent_id or AGENTS[0],
            to_work_id=last.work_id,
            to_agent_id=last.agent_id,
            queue_id=last.queue_id,
        )


def digests(seed: int, inputs: int, restore_every: int) -> str:
    day = Day(seed, restore_every)
    day.passes(inputs)
    return f"{day.told.hexdigest()} {hashlib.sha256(day.engine.snapshot()).hexdigest()}"


if __name__ == "__main__":
    sys.stdout.write(digests(*(int(word) for word in sys.argv[1:4])))

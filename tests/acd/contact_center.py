"""A contact center in virtual time, for tests that speak of callers and agents instead of commands.

Every step goes through the public engine; what happened is read from its events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from acd.engine.engine import Engine
from acd.model.refusals import Refused
from acd.views.agent import AgentView, agent_view
from acd.views.queue import QueueView, queue_view
from acd.views.work import WorkView, work_view
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
    WithdrawWork,
)
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallTransferred,
    Event,
    OfferMade,
    PartyJoined,
    PartyLeft,
    WorkEnded,
)
from core.ids import AgentId, CallId, CustomerId, LegId, OfferId, PartyId, QueueId, SkillId, WorkId
from core.model import (
    AgentConfig,
    AgentSkill,
    AgentState,
    Channel,
    Decision,
    Purpose,
    QueueConfig,
    RoutingStep,
    SkillRequirement,
    Strategy,
    UnreachableReason,
)
from core.opening_hours import OpeningHours
from core.parties import Mode, Role

ALWAYS_CLOSED = OpeningHours(time_zone="UTC", week={})

EventT = TypeVar("EventT", bound=Event)

MORNING = 1_780_000_000.0
"""A Thursday in May 2026, in seconds since the epoch."""


def skills(levels: Mapping[str, int]) -> tuple[AgentSkill, ...]:
    return tuple(AgentSkill(skill=SkillId(skill), level=level) for skill, level in levels.items())


def needs(levels: Mapping[str, int]) -> tuple[SkillRequirement, ...]:
    return tuple(SkillRequirement(skill=SkillId(skill), level=level) for skill, level in levels.items())


def step(
    after_s: float, *, asks: Mapping[str, int] | None = None, condition: str | None = None, overflow_to: Line | None = None
) -> RoutingStep:
    """«After so many seconds …»."""
    return RoutingStep(
        after_s=after_s,
        requirements=None if asks is None else needs(asks),
        condition=condition,
        overflow_to=None if overflow_to is None else overflow_to.queue_id,
    )


class ContactCenter:
    """One engine, a clock that only the test moves, and everybody in it."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now = MORNING
        self.events: list[AnyEvent] = []
        self._queues: dict[str, QueueConfig] = {}
        self._agents: dict[str, AgentConfig] = {}
        self._hours: dict[str, OpeningHours] = {}
        self._count = 0

    # ── the installation ─────────────────────────────────────────────────────────────────────────────────────────────

    def queue(
        self,
        name: str,
        *,
        asks: Mapping[str, int] | None = None,
        strategy: Strategy = Strategy.LONGEST_IDLE,
        ring_s: float = 20.0,
        wrap_up_s: float = 60.0,
        max_wait_s: float = 3600.0,
        priority: int = 0,
        ageing: float = 1.0,
        condition: str = "",
        steps: tuple[RoutingStep, ...] = (),
        preferred_s: float = 30.0,
        last_agent_days: float = 0.0,
        hours: OpeningHours | None = None,
    ) -> Line:
        before = dict(self._queues)
        self._queues[name] = QueueConfig(
            queue_id=QueueId(f"queue_{name}"),
            name=name,
            requirements=needs(asks or {}),
            strategy=strategy,
            ring_timeout_s=ring_s,
            wrap_up_limit_s=wrap_up_s,
            max_wait_s=max_wait_s,
            priority=priority,
            ageing_per_minute=ageing,
            condition=condition,
            steps=steps,
            preferred_agent_s=preferred_s,
            last_agent_days=last_agent_days,
            hours=name if hours is not None else "",
        )
        if hours is not None:
            self._hours[name] = hours
        try:
            self._configure()
        except Refused:
            self._queues = before
            raise
        return self.line(name)

    def line(self, name: str) -> Line:
        """A queue that is there already."""
        return Line(self, QueueId(f"queue_{name}"))

    def agent(
        self,
        name: str,
        levels: Mapping[str, int] | None = None,
        *,
        only: tuple[Line, ...] = (),
        interrupted: dict[str, dict[str, int]] | None = None,
        **facts: bool | int | str,
    ) -> Person:
        """`facts` are capacities by channel, and attributes."""
        capacity = {channel: int(count) for channel, count in facts.items() if channel in set(Channel)}
        self._agents[name] = AgentConfig(
            agent_id=AgentId(f"agent_{name}"),
            name=name,
            skills=skills(levels or {}),
            queues=tuple(line.queue_id for line in only),
            capacity={"call": 1, "chat": 3, "ticket": 5, "callback": 1} | capacity,
            interruptions=interrupted or {},
            attributes={fact: value for fact, value in facts.items() if fact not in capacity},
        )
        self._configure()
        return Person(self, AgentId(f"agent_{name}"))

    def free_agent(
        self,
        name: str,
        levels: Mapping[str, int] | None = None,
        *,
        only: tuple[Line, ...] = (),
        interrupted: dict[str, dict[str, int]] | None = None,
        **facts: bool | int | str,
    ) -> Person:
        """Signed in with a working headset, free a second later than the one before."""
        person = self.agent(name, levels, only=only, interrupted=interrupted, **facts)
        person.has_audio()
        person.becomes(AgentState.AVAILABLE)
        self.passes(1)
        return person

    def dismiss(self, person: Person) -> None:
        self._agents = {name: config for name, config in self._agents.items() if config.agent_id != person.agent_id}
        self._configure()

    def close(self, line: Line) -> None:
        self._queues = {name: config for name, config in self._queues.items() if config.queue_id != line.queue_id}
        self._configure()

    def _configure(self) -> None:
        self.does(ConfigureAcd(queues=tuple(self._queues.values()), agents=tuple(self._agents.values()), hours=dict(self._hours)))

    # ── time and what happens ─────────────────────────────────────────────────────────────────────────────────

    def does(self, message: AnyCommand | AnyEvent) -> list[AnyEvent]:
        events = self.engine.handle(message, self.now)
        self.events += events
        return events

    def passes(self, seconds: float) -> list[AnyEvent]:
        """Time goes by; each deadline is met at its moment."""
        end, happened = self.now + seconds, []
        while (deadline := self.engine.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            happened += self.engine.handle_timer(self.now)
        self.now = end
        self.events += happened
        return happened

    def restarts(self) -> None:
        """The process dies and a new one takes up the snapshot."""
        self.engine = Engine.restore(self.engine.snapshot())

    def of_type(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    def number(self) -> int:
        self._count += 1
        return self._count


class Line:
    """A queue and what a test does with it."""

    def __init__(self, center: ContactCenter, queue_id: QueueId) -> None:
        self.center = center
        self.queue_id = queue_id

    def gets(
        self,
        channel: Channel = Channel.CALL,
        *,
        priority: float = 0.0,
        asks: Mapping[str, int] | None = None,
        wants: Person | None = None,
        customer: str | None = None,
    ) -> Contact:
        number = self.center.number()
        contact = Contact(self.center, WorkId(f"work_{number}"), CallId(f"call_{number}") if channel is Channel.CALL else None)
        self.center.does(
            EnqueueWork(
                work_id=contact.work_id,
                call_id=contact.call_id,
                channel=channel,
                queue_id=self.queue_id,
                priority=priority,
                requirements=needs(asks or {}),
                preferred_agent=wants.agent_id if wants is not None else None,
                customer_id=CustomerId(customer) if customer is not None else None,
            )
        )
        return contact

    def contact(self, made: OfferMade) -> Contact:
        """The customer an offer is about."""
        return Contact(self.center, made.work_id, made.call_id)

    def offers(self, contact: Contact, *, to: Person) -> bool:
        """Whether this work rings at that agent now."""
        return any(ringing.agent_id == to.agent_id and ringing.queue_id == self.queue_id for ringing in contact.rings_at())

    def view(self) -> QueueView:
        return queue_view(self.center.engine.registry, self.queue_id, self.center.now)


class Contact:
    """A customer's call or text on its way."""

    def __init__(self, center: ContactCenter, work_id: WorkId, call_id: CallId | None) -> None:
        self.center = center
        self.work_id = work_id
        self.call_id = call_id

    def view(self) -> WorkView:
        """Raises `KeyError` once it has ended."""
        return work_view(self.center.engine.registry, self.work_id)

    def place(self) -> int | None:
        """Position in line, 1 = next."""
        return self.view().position

    def rings_at(self) -> list[OfferMade]:
        """The offers that ring now, as they were announced."""
        lives = self.work_id in self.center.engine.registry.work_items
        ringing = {offer.offer_id for offer in self.view().offers} if lives else set()
        return [made for made in self.center.of_type(OfferMade) if made.offer_id in ringing]

    def ringing(self) -> OfferMade | None:
        """The first offer that rings now."""
        return next(iter(self.rings_at()), None)

    def decision(self) -> Decision:
        offer = self.ringing()
        assert offer is not None, "rings nowhere"
        return offer.decision

    @property
    def rings(self) -> OfferId:
        offer = self.ringing()
        assert offer is not None, "rings nowhere"
        return offer.offer_id

    @property
    def ends(self) -> list[WorkEnded]:
        return [event for event in self.center.of_type(WorkEnded) if event.work_id == self.work_id]

    def hangs_up(self, cause: EndCause = EndCause.CALLER_HUNG_UP) -> None:
        assert self.call_id is not None
        self.center.does(CallEnded(at=self.center.now, call_id=self.call_id, cause=cause, started_at=MORNING))

    def is_over(self, *, abandoned: bool = False) -> None:
        self.center.does(EndWork(work_id=self.work_id, abandoned=abandoned))

    def is_moved(self, line: Line, *, by: str = "user_sup") -> None:
        self.center.does(MoveWork(work_id=self.work_id, queue_id=line.queue_id, by=by))

    def is_reprioritised(self, priority: float) -> None:
        self.center.does(ReprioritiseWork(work_id=self.work_id, priority=priority, by="user_sup"))

    def is_withdrawn(self) -> None:
        self.center.does(WithdrawWork(work_id=self.work_id, reason="duplicate", by="user_sup"))

    def is_connected_to(self, person: Person) -> None:
        self.center.does(connected(self, person))


class Person:
    """An agent and what a test does with one."""

    def __init__(self, center: ContactCenter, agent_id: AgentId) -> None:
        self.center = center
        self.agent_id = agent_id

    def view(self) -> AgentView:
        return agent_view(self.center.engine.registry, self.agent_id, self.center.now)

    def state(self) -> AgentState:
        return self.view().state

    @property
    def history(self) -> list[AgentState]:
        return [event.state for event in self.center.of_type(AgentStateChanged) if event.agent_id == self.agent_id]

    def has_audio(self) -> None:
        self.center.does(SetAgentReachable(agent_id=self.agent_id, channel=Channel.CALL, reachable=True))

    def loses_audio(self, reason: UnreachableReason = UnreachableReason.MICROPHONE_DENIED) -> None:
        self.center.does(SetAgentReachable(agent_id=self.agent_id, channel=Channel.CALL, reachable=False, reason=reason))

    def loses_desk(self) -> None:
        """The browser is gone: neither calls nor texts reach it."""
        for channel in (Channel.CALL, Channel.CHAT, Channel.EMAIL, Channel.TICKET):
            self.center.does(
                SetAgentReachable(agent_id=self.agent_id, channel=channel, reachable=False, reason=UnreachableReason.DESK_CLOSED)
            )

    def becomes(self, state: AgentState, reason: str = "", *, by: str = "") -> None:
        self.center.does(SetAgentState(agent_id=self.agent_id, state=state, reason=reason, by=by))

    def accepts(self, contact: Contact) -> None:
        self.center.does(AcceptOffer(offer_id=self.offer_of(contact), agent_id=self.agent_id))

    def declines(self, contact: Contact, reason: str = "") -> None:
        self.center.does(DeclineOffer(offer_id=self.offer_of(contact), agent_id=self.agent_id, reason=reason))

    def offer_of(self, contact: Contact) -> OfferId:
        """The one that rings here; else one that rings at somebody else."""
        return next((made.offer_id for made in contact.rings_at() if made.agent_id == self.agent_id), contact.rings)

    def answers(self, contact: Contact) -> None:
        """Accepts, and call control connects the two."""
        self.accepts(contact)
        contact.is_connected_to(self)

    def leaves(self, contact: Contact, call_id: CallId | None = None) -> None:
        """Signs out in mid-conversation: call control hands the customer back."""
        self.becomes(AgentState.SIGNED_OUT)
        call_id = call_id or contact.call_id
        assert call_id is not None
        self.center.does(
            CallHandedBack(
                at=self.center.now,
                call_id=call_id,
                work_id=contact.work_id,
                agent_id=self.agent_id,
                queue_id=contact.view().queue_id,
            )
        )

    def consults(self, contact: Contact, *, with_: Person | None = None, line: Line | None = None) -> Contact:
        """Asks a colleague, or whoever a queue has, about this conversation."""
        return self._asks(contact, Purpose.CONSULTATION, with_, line)

    def transfers(self, contact: Contact, *, to: Person | None = None, line: Line | None = None) -> Contact:
        """Hands the conversation on without asking; `has_left` says that call control is done."""
        return self._asks(contact, Purpose.TRANSFER, to, line)

    def _asks(self, contact: Contact, purpose: Purpose, person: Person | None, line: Line | None) -> Contact:
        asked = Contact(self.center, WorkId(f"work_{self.center.number()}"), contact.call_id)
        self.center.does(
            EnqueueWork(
                work_id=asked.work_id,
                call_id=contact.call_id,
                channel=Channel.CALL,
                queue_id=line.queue_id if line is not None else contact.view().queue_id,
                purpose=purpose,
                asked_by=self.agent_id,
                only_agent=person.agent_id if person is not None else None,
                continues=contact.work_id if purpose is Purpose.TRANSFER else None,
            )
        )
        return asked

    def joins(self, asked: Contact) -> None:
        """Call control has brought the two colleagues together."""
        self.center.does(party_joined(asked, self))

    def helps(self, asked: Contact) -> None:
        """Accepts, and is brought together with whoever asks."""
        self.accepts(asked)
        self.joins(asked)

    def leaves_consultation(self, asked: Contact) -> None:
        self.center.does(party_left(asked))

    def stays(self, waits: Contact) -> None:
        """With the customer: what was to go on with it is not wanted."""
        self.center.does(party_left(waits))

    def has_left(self, contact: Contact, *, with_: Contact, to: Person | None = None, conferenced: bool = False) -> None:
        """Call control says that the conversation goes on with other work, and with somebody else or nobody yet."""
        self.center.does(call_transferred(contact, self, with_, to, conferenced=conferenced))

    def writes_up(self, contact: Contact) -> None:
        self.center.does(FinishWrapUp(work_id=contact.work_id, agent_id=self.agent_id))


def connected(contact: Contact, person: Person) -> CallConnected:
    assert contact.call_id is not None
    return CallConnected(
        at=contact.center.now,
        call_id=contact.call_id,
        work_id=contact.work_id,
        agent_id=person.agent_id,
        queue_id=QueueId("queue_any"),
        customer_leg=LegId("leg_customer"),
        agent_leg=LegId("leg_agent"),
        waited_s=0.0,
    )


def party_joined(asked: Contact, person: Person) -> PartyJoined:
    return PartyJoined(
        at=asked.center.now,
        call_id=asked.call_id or CallId("call_none"),
        party_id=PartyId("party_colleague"),
        role=Role.CONSULTANT,
        mode=Mode.TALK,
        agent_id=person.agent_id,
        work_id=asked.work_id,
    )


def party_left(asked: Contact, cause: EndCause = EndCause.AGENT_HUNG_UP) -> PartyLeft:
    return PartyLeft(
        at=asked.center.now,
        call_id=asked.call_id or CallId("call_none"),
        party_id=PartyId("party_colleague"),
        role=Role.CONSULTANT,
        cause=cause,
        work_id=asked.work_id,
    )


def call_transferred(
    contact: Contact, by: Person, heir: Contact, to: Person | None = None, *, conferenced: bool = False
) -> CallTransferred:
    return CallTransferred(
        at=contact.center.now,
        call_id=contact.call_id or CallId("call_none"),
        work_id=contact.work_id,
        agent_id=by.agent_id,
        to_work_id=heir.work_id,
        to_agent_id=to.agent_id if to is not None else None,
        queue_id=QueueId("queue_any"),
        conferenced=conferenced,
    )

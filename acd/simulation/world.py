"""A world around the real engine: virtual time, and customers and agents who do what a `Behaviour` says.

Nothing here decides who gets what; the engine does, as in production. The world hands it the inputs that call control, desks and
browsers would: acceptances, connections, ends, wrap-ups, at the moments the behaviour gives.

Invariant: time never goes back, and what is due in the engine is done before an input of the same moment (as `AcdService` does).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import msgspec

from acd.engine.engine import Engine
from acd.engine.offers import NO_ANSWER
from acd.model.refusals import Refused
from acd.model.work import Offer, Work, WorkState
from acd.rules.capacity import VOICE
from core.causes import EndCause
from core.commands import AcceptOffer, AnyCommand, DeclineOffer, EndWork, EnqueueWork, FinishWrapUp, SetAgentState
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallEnded,
    CallTransferred,
    OfferAccepted,
    OfferMade,
    PartyJoined,
    WorkEnqueued,
    WorkHandedOver,
)
from core.ids import AgentId, CallId, LegId, PartyId, WorkId
from core.model import AgentState, Channel, Purpose
from core.parties import Mode, Role

BEFORE_CONVERSATION = frozenset({WorkState.SCHEDULED, WorkState.WAITING, WorkState.OFFERED, WorkState.ACCEPTED})
GIVING_UP = frozenset({EndCause.CALLER_ABANDONED, EndCause.CALLER_HUNG_UP, EndCause.CALLER_CANCELLED})
NO_LEG = LegId("leg_0")
NO_PARTY = PartyId("party_0")

Listener = Callable[[AnyEvent], None]


class Reply(msgspec.Struct, frozen=True):
    """What an agent does about a ringing offer."""

    at: float
    accepts: bool


class Leaving(msgspec.Struct, frozen=True):
    """When and how a customer stops waiting."""

    at: float
    cause: EndCause = EndCause.CALLER_ABANDONED
    abandoned: bool = True
    """Of work without a call: given up, or taken away by the system."""

    @property
    def gave_up(self) -> bool:
        """The customer's own doing; else something broke."""
        return self.abandoned and self.cause in GIVING_UP


class Connection(msgspec.Struct, frozen=True):
    """What became of bringing customer and agent together."""

    at: float
    failed: EndCause | None = None
    """The call ended before they heard each other; None: they are in conversation."""


class Behaviour(Protocol):
    """What people do. Every answer is a moment, not before `now`; None: it never happens by itself."""

    def leaves(self, work_id: WorkId, now: float) -> Leaving | None: ...

    def replies(self, made: OfferMade) -> Reply | None: ...

    def connected(self, accepted: OfferAccepted) -> Connection | None: ...

    def talks_until(self, work_id: WorkId, now: float) -> float | None: ...

    def consults_until(self, work_id: WorkId, now: float) -> float | None: ...

    def asks(self, work_id: WorkId, now: float) -> Sequence[tuple[float, EnqueueWork]]:
        """When colleagues are asked, or something is done to hand on, in a conversation that begins now."""
        ...

    def hands_on(self, work_id: WorkId) -> CallTransferred | None:
        """How the conversation ends when its agent leaves it to somebody else; None: the customer hangs up."""
        ...

    def writes_until(self, work_id: WorkId, now: float) -> float | None: ...

    def returns(self, agent_id: AgentId, now: float) -> float | None:
        """When an agent who did not answer is free again."""
        ...


class World:
    """Owns the engine, the calendar and the time."""

    def __init__(self, engine: Engine, behaviour: Behaviour, now: float, listeners: Iterable[Listener] = ()) -> None:
        self.engine = engine
        self.now = now
        self.refusals: Counter[str] = Counter()
        """Inputs that did not fit what had become of things, by code."""
        self._behaviour = behaviour
        self._listeners = tuple(listeners)
        self._calendar: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._order = 0

    def plan(self, at: float, act: Callable[[Any], None], of: Any) -> None:
        """`act(of)` will be called at that moment; equal moments in the order they were planned."""
        self._order += 1
        heapq.heappush(self._calendar, (at, self._order, act, of))

    def says(self, message: AnyCommand | AnyEvent) -> None:
        """An input of this moment. What does not fit changes nothing and is counted."""
        try:
            self.must_say(message)
        except Refused as refusal:
            self.refusals[refusal.code] += 1

    def must_say(self, message: AnyCommand | AnyEvent) -> None:
        """The same; raises `Refused`."""
        self._happened(self.engine.handle(message, self.now))

    def run(self, until: float) -> None:
        """Lets everything happen up to and with that moment."""
        calendar, engine = self._calendar, self.engine
        while True:
            deadline = engine.next_deadline()
            planned = calendar[0][0] if calendar else None
            if deadline is not None and deadline <= until and (planned is None or deadline <= planned):
                self.now = max(self.now, deadline)
                self._happened(engine.handle_timer(self.now))
            elif planned is not None and planned <= until:
                at, _, act, of = heapq.heappop(calendar)
                self.now = max(self.now, at)
                act(of)
            else:
                self.now = max(self.now, until)
                return

    def adopt(self) -> None:
        """Plans the future of everything that is under way in the engine."""
        for work in self.engine.registry.work_items.values():
            if work.state in BEFORE_CONVERSATION:
                self._waits(work.work_id, work.call_id)
            match work.state:
                case WorkState.OFFERED:
                    for offer in work.offers.values():
                        self._rings(_made(work, offer))
                case WorkState.ACCEPTED:
                    (offer,) = work.offers.values()
                    self._connecting(_accepted(work, offer))
                case WorkState.ACTIVE:
                    self._talks(work)
                case WorkState.WRAP_UP:
                    self._plan_some(self._behaviour.writes_until(work.work_id, work.since), self._written_up, work.work_id)
                case _:
                    pass

    # ── what follows from the engine's events ─────────────────────────────────────────────────────────────────

    def _happened(self, events: list[AnyEvent]) -> None:
        for event in events:
            for listener in self._listeners:
                listener(event)
            match event:
                case OfferMade():
                    self._rings(event)
                case OfferAccepted():
                    self._accepted(event)
                case WorkEnqueued():
                    self._waits(event.work_id, event.call_id)
                case WorkHandedOver():
                    self._talks(self.engine.registry.work_items[event.work_id])
                case AgentStateChanged(state=AgentState.AWAY, reason=reason) if reason == NO_ANSWER:
                    self._plan_some(self._behaviour.returns(event.agent_id, self.now), self._agent_returns, event.agent_id)
                case _:
                    pass

    def _plan_some(self, at: float | None, act: Callable[[Any], None], of: Any) -> None:
        if at is not None:
            self.plan(at, act, of)

    def _waits(self, work_id: WorkId, call_id: CallId | None) -> None:
        leaving = self._behaviour.leaves(work_id, self.now)
        if leaving is not None:
            self.plan(leaving.at, self._customer_leaves, (work_id, call_id, leaving))

    def _rings(self, made: OfferMade) -> None:
        reply = self._behaviour.replies(made)
        if reply is not None:
            self.plan(reply.at, self._agent_replies, (made, reply))

    def _agent_replies(self, of: tuple[OfferMade, Reply]) -> None:
        made, reply = of
        work = self.engine.registry.work_items.get(made.work_id)
        if work is None or work.state is not WorkState.OFFERED or made.offer_id not in work.offers:
            return  # it stopped ringing
        if reply.accepts:
            self.says(AcceptOffer(offer_id=made.offer_id, agent_id=made.agent_id))
        else:
            self.says(DeclineOffer(offer_id=made.offer_id, agent_id=made.agent_id))

    def _accepted(self, accepted: OfferAccepted) -> None:
        work = self.engine.registry.work_items[accepted.work_id]
        if work.channel in VOICE:
            self._connecting(accepted)
        else:
            self._talks(work)

    def _connecting(self, accepted: OfferAccepted) -> None:
        connection = self._behaviour.connected(accepted)
        if connection is not None:
            self.plan(connection.at, self._connects, (accepted, connection.failed))

    def _connects(self, of: tuple[OfferAccepted, EndCause | None]) -> None:
        accepted, failed = of
        work = self.engine.registry.work_items.get(accepted.work_id)
        if work is None or work.state is not WorkState.ACCEPTED or accepted.offer_id not in work.offers:
            return
        if failed is not None:
            self._ends(work, failed, abandoned=True)
            return
        consults = work.purpose is Purpose.CONSULTATION
        self.says(_joined(work, accepted, self.now) if consults else _connected(work, accepted, self.now))
        self._talks(work)

    def _talks(self, work: Work) -> None:
        begun = self.now if work.active_since is None else work.active_since
        consults = work.purpose is Purpose.CONSULTATION
        for at, wish in () if consults else self._behaviour.asks(work.work_id, begun):  # of one moment, before it is handed on
            if at >= self.now:
                self.plan(at, self._asks, (work.work_id, wish))
        until = (self._behaviour.consults_until if consults else self._behaviour.talks_until)(work.work_id, begun)
        self._plan_some(until, self._conversation_ends, work.work_id)

    def _asks(self, of: tuple[WorkId, EnqueueWork]) -> None:
        """By whoever has the conversation this time. Handed on to one who cannot be rung, it goes to that queue's others."""
        work_id, wish = of
        work = self.engine.registry.work_items.get(work_id)
        if work is None or work.state is not WorkState.ACTIVE:
            return
        one = self.engine.registry.agents.get(wish.only_agent) if wish.only_agent is not None else None
        can = one is not None and one.agent_id != work.agent_id and one.obstacle(Channel.CALL) is None
        only_agent = wish.only_agent if can or wish.purpose is Purpose.CONSULTATION else None
        self.says(msgspec.structs.replace(wish, asked_by=work.agent_id, continues=work_id, only_agent=only_agent))

    def _conversation_ends(self, work_id: WorkId) -> None:
        work = self.engine.registry.work_items.get(work_id)
        if work is None or work.state is not WorkState.ACTIVE:
            return
        transferred = self._behaviour.hands_on(work_id)
        if transferred is not None and work.agent_id is not None:
            self.says(msgspec.structs.replace(transferred, at=self.now, agent_id=work.agent_id))
        else:
            self._ends(work, EndCause.CALLER_HUNG_UP, abandoned=False)
        if work_id in self.engine.registry.work_items:  # else it has no wrap-up
            self._plan_some(self._behaviour.writes_until(work_id, self.now), self._written_up, work_id)

    def _written_up(self, work_id: WorkId) -> None:
        work = self.engine.registry.work_items.get(work_id)
        if work is not None and work.state is WorkState.WRAP_UP and work.agent_id is not None:
            self.says(FinishWrapUp(work_id=work_id, agent_id=work.agent_id))

    def _customer_leaves(self, of: tuple[WorkId, CallId | None, Leaving]) -> None:
        work_id, call_id, leaving = of
        work = self.engine.registry.work_items.get(work_id)
        if work is None or work.state not in BEFORE_CONVERSATION or work.call_id != call_id:
            return  # served, gone, or a callback by now
        self._ends(work, leaving.cause, abandoned=leaving.abandoned)

    def _ends(self, work: Work, cause: EndCause, *, abandoned: bool) -> None:
        if work.call_id is not None and work.purpose is not Purpose.CONSULTATION:
            self.says(CallEnded(at=self.now, call_id=work.call_id, cause=cause, started_at=work.enqueued_at))
        else:
            self.says(EndWork(work_id=work.work_id, abandoned=abandoned))

    def _agent_returns(self, agent_id: AgentId) -> None:
        agent = self.engine.registry.agents.get(agent_id)
        if agent is not None and agent.requested is AgentState.AWAY and agent.requested_reason == NO_ANSWER:
            self.says(SetAgentState(agent_id=agent_id, state=AgentState.AVAILABLE))


def _connected(work: Work, accepted: OfferAccepted, now: float) -> CallConnected:
    return CallConnected(
        at=now,
        call_id=work.call_id or CallId(""),
        work_id=work.work_id,
        agent_id=accepted.agent_id,
        queue_id=work.queue_id,
        customer_leg=NO_LEG,
        agent_leg=NO_LEG,
        waited_s=accepted.waited_s,
    )


def _joined(work: Work, accepted: OfferAccepted, now: float) -> PartyJoined:
    return PartyJoined(
        at=now,
        call_id=work.call_id or CallId(""),
        party_id=NO_PARTY,
        role=Role.CONSULTANT,
        mode=Mode.TALK,
        agent_id=accepted.agent_id,
        work_id=work.work_id,
    )


def _made(work: Work, offer: Offer) -> OfferMade:
    return OfferMade(
        at=offer.made_at,
        offer_id=offer.offer_id,
        work_id=work.work_id,
        call_id=work.call_id,
        queue_id=work.queue_id,
        agent_id=offer.agent_id,
        expires_at=offer.expires_at,
        decision=offer.decision,
    )


def _accepted(work: Work, offer: Offer) -> OfferAccepted:
    return OfferAccepted(
        at=work.since,
        offer_id=offer.offer_id,
        work_id=work.work_id,
        call_id=work.call_id,
        queue_id=work.queue_id,
        agent_id=offer.agent_id,
        waited_s=work.waited_s or 0.0,
    )


def call(number: int, command: EnqueueWork) -> EnqueueWork:
    """The `number`-th customer on the line, as `command` describes."""
    name = f"{number:09d}"
    call_id = CallId(f"call_{name}") if command.channel is Channel.CALL else None
    return msgspec.structs.replace(command, work_id=WorkId(f"work_{name}"), call_id=call_id)

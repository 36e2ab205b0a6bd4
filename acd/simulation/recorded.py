"""Reads a recorded stretch of the ACD's inputs as what people did: when customers came, left and talked, how agents answered.

The inputs go through the engine with the rules of their time, exactly as they did, and what each meant for its work is noted.
`acd/simulation/replayed.py` lets the same people meet other rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from enum import StrEnum

import msgspec

from acd.engine.engine import Engine
from acd.leadership.journal import Entry, EntryKind
from acd.model.refusals import Refused, Repeated
from acd.model.work import Work, WorkState
from acd.simulation.ledger import Ledger
from acd.simulation.world import BEFORE_CONVERSATION, Leaving
from core.codec import decode_command, decode_event
from core.commands import (
    AcceptOffer,
    AnyCommand,
    ConfigureAcd,
    DeclineOffer,
    EndWork,
    EnqueueWork,
    FinishWrapUp,
)
from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallTransferred,
    OfferAccepted,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    PartyJoined,
    PartyLeft,
    WorkEnded,
    WorkEnqueued,
    WorkHandedOver,
    WrapUpFinished,
)
from core.ids import AgentId, OfferId, QueueId, WorkId
from core.model import Channel, Purpose


class Outcome(StrEnum):
    """How a ringing offer ended."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "silent"
    """Nobody answered until the time-out."""
    CUT = "cut"
    """It stopped ringing for another reason: the agent had no time to answer."""


class Span(msgspec.Struct, frozen=True):
    """From `begin` until `end`."""

    begin: float
    end: float

    @property
    def length_s(self) -> float:
        return self.end - self.begin

    def moved_to(self, begin: float) -> float:
        """The end, when it begins at another time. At the recorded time the recorded end, without a rounding."""
        return self.end if begin == self.begin else begin + self.length_s


class Ring(msgspec.Struct, frozen=True):
    span: Span
    agent_id: AgentId
    outcome: Outcome


class Connecting(msgspec.Struct, frozen=True):
    span: Span
    failed: Leaving | None
    """The dialled customer was not reached."""


class Ask(msgspec.Struct, frozen=True):
    """An agent asks a colleague, or hands on, so long after the conversation has begun."""

    span: Span
    wish: EnqueueWork


class Note(msgspec.Struct):
    """What was seen of one piece of work."""

    queue_id: QueueId
    """Where it was last."""
    leaving: Leaving | None = None
    waited_s: float | None = None
    """Until it was answered, or ended: customers who did not leave would have waited at least as long."""
    rings: dict[OfferId, Ring] = msgspec.field(default_factory=dict)
    connecting: dict[OfferId, Connecting] = msgspec.field(default_factory=dict)
    talk: Span | None = None
    wrap_up: Span | None = None
    asks: list[Ask] = msgspec.field(default_factory=list)
    """In this conversation."""
    handed_on: CallTransferred | None = None
    """How the conversation ended, when its agent left it to somebody else."""
    consultation: bool = False
    """It began as one: no customer came with it who could lose patience."""
    consulted: Span | None = None
    """Between colleagues; without end when one of them had the customer then."""


class Given(msgspec.Struct, frozen=True):
    """An input that is repeated at its time, whatever the rules: arrivals, agents' requests, supervisors' hands."""

    at: float
    message: AnyCommand | AnyEvent


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of the past."""

    begin: float
    end: float
    state: bytes
    """The engine at `begin`."""
    given: Sequence[Given]
    notes: dict[WorkId, Note]
    arrived: dict[WorkId, float]
    """When each customer began to wait."""
    ledger: Ledger
    """What became of everybody."""
    left_out: int
    """Recorded inputs that today's engine refuses: the record was written by other rules than it has now."""


class Reader:
    """Owns the engine that goes through the record again."""

    def __init__(self, state: bytes | None, at: float, begin: float, end: float, zone: tzinfo) -> None:
        self._engine = Engine(zone) if state is None else Engine.restore(state, zone)
        self._begin, self._end = max(begin, at), end
        self._state: bytes | None = None
        self._given: list[Given] = []
        self._notes: dict[WorkId, Note] = {}
        self._ledger = Ledger(self._begin, end)
        self._left_out = 0
        self._now = at
        self._arrived: dict[WorkId, float] = {}
        self._ringing: dict[OfferId, tuple[WorkId, AgentId, float]] = {}
        self._accepted: dict[WorkId, tuple[OfferId, float]] = {}
        self._ledger.look(self._engine.registry, at)
        for work in self._engine.registry.work_items.values():
            self._under_way(work)

    def read(self, entries: Iterable[Entry]) -> Recording:
        """All entries after the beginning, in order; those after `end` say how what began before went on."""
        for entry in entries:
            if self._state is None and entry.at >= self._begin:
                self._state = self._engine.snapshot()
            self._step(entry)
        if self._state is None:
            self._state = self._engine.snapshot()
        self._ledger.close()
        return Recording(
            begin=self._begin,
            end=self._end,
            state=self._state,
            given=self._given,
            notes=self._notes,
            arrived=self._arrived,
            ledger=self._ledger,
            left_out=self._left_out,
        )

    def _under_way(self, work: Work) -> None:
        """What had begun before the record does."""
        note = self._notes[work.work_id] = Note(work.queue_id, consultation=work.purpose is Purpose.CONSULTATION)
        self._arrived[work.work_id] = work.waiting_since
        if work.state is WorkState.OFFERED:
            for offer in work.offers.values():
                self._ringing[offer.offer_id] = work.work_id, offer.agent_id, offer.made_at
        if work.state is WorkState.ACCEPTED:
            (offer,) = work.offers.values()
            self._accepted[work.work_id] = offer.offer_id, work.since
        if work.active_since is not None:
            self._begins(work, Span(work.active_since, work.since if work.state is WorkState.WRAP_UP else float("inf")))
        if work.state is WorkState.WRAP_UP:
            note.wrap_up = Span(work.since, float("inf"))

    def _step(self, entry: Entry) -> None:
        now = self._now = max(self._now, entry.at)  # the wall clock may have been set back; the engine's never is
        if entry.kind is EntryKind.TIMER:
            self._after(self._engine.handle_timer(now), now)
            return
        message = decode_command(entry.payload) if entry.kind is EntryKind.COMMAND else decode_event(entry.payload)
        works = self._works_of(message)
        before = [(work, work.state) for work in works]
        try:
            events = self._engine.handle(message, now)
        except Repeated:  # a change of names only, which the record does not keep
            return
        except Refused:
            self._left_out += 1
            return
        self._meant(message, before, now)
        self._after(events, now)
        if isinstance(message, ConfigureAcd):
            self._ledger.look(self._engine.registry, now)

    def _works_of(self, message: AnyCommand | AnyEvent) -> list[Work]:
        """What an input is about, and the consultations that end with it."""
        registry = self._engine.registry
        match message:
            case CallEnded():
                return registry.works_of_call(message.call_id)
            case EndWork() | FinishWrapUp() | WrapUpFinished() | CallConnected() | CallHandedBack() | CallTransferred():
                found = registry.work_items.get(message.work_id)
            case PartyJoined() | PartyLeft() if message.work_id is not None:
                found = registry.work_items.get(message.work_id)
            case _:
                found = None
        return [found] if found is not None else []

    def _meant(self, message: AnyCommand | AnyEvent, before: list[tuple[Work, WorkState]], now: float) -> None:
        """What an input said about people; everything else is given again as it was."""
        match message:
            case AcceptOffer() | DeclineOffer():
                outcome = Outcome.ACCEPTED if isinstance(message, AcceptOffer) else Outcome.DECLINED
                self._rang(message.offer_id, outcome, now)
            case FinishWrapUp() | WrapUpFinished():
                self._written_up(message.work_id, now)
            case CallConnected() | PartyJoined() | CallHandedBack() | CallTransferred() | CallEnded() | EndWork() | PartyLeft():
                for work, state in before:
                    self._happened_to(work, state, message, now)
            case _:
                if isinstance(message, EnqueueWork):
                    self._note(message.work_id, message.queue_id)
                    if message.purpose is not Purpose.CONTACT:
                        self._asked(message, now)
                        return
                if self._begin <= now:
                    self._given.append(Given(now, message))

    def _asked(self, wish: EnqueueWork, now: float) -> None:
        work = self._engine.registry.work_items[wish.work_id]
        note = self._notes.get(work.continues) if work.continues is not None else None
        if note is not None and note.talk is not None and self._begin <= now:
            note.asks.append(Ask(Span(note.talk.begin, now), wish))

    def _happened_to(self, work: Work, before: WorkState, message: AnyCommand | AnyEvent, now: float) -> None:
        match message:
            case CallConnected() | PartyJoined():
                self._connected(work, now, None)
                self._begins(work, Span(now, float("inf")))
            case CallHandedBack() | CallTransferred() if before is WorkState.ACTIVE:
                self._talked(self._notes[work.work_id], now)
                # Handed back: the next agent's conversation takes its place in the record.
                self._notes[work.work_id].handed_on = message if isinstance(message, CallTransferred) else None
            case CallEnded() | EndWork() | PartyLeft():
                self._ended(message, work, before, now)
            case _:
                pass

    def _ended(self, message: CallEnded | EndWork | PartyLeft, work: Work, before: WorkState, now: float) -> None:
        note = self._notes[work.work_id]
        match message:
            case CallEnded():
                leaving = Leaving(now, message.cause)
            case EndWork():
                leaving = Leaving(now, abandoned=message.abandoned)
            case _:
                leaving = Leaving(now, abandoned=False)
        if before is WorkState.ACTIVE:
            self._talked(note, now)
        elif before is WorkState.ACCEPTED and work.channel is Channel.CALLBACK:
            self._connected(work, now, leaving)
        elif before in BEFORE_CONVERSATION:
            note.leaving = leaving

    def _connected(self, work: Work, now: float, failed: Leaving | None) -> None:
        accepted = self._accepted.pop(work.work_id, None)
        if accepted is not None:
            offer_id, since = accepted
            self._notes[work.work_id].connecting[offer_id] = Connecting(Span(since, now), failed)

    def _begins(self, work: Work, span: Span) -> None:
        if work.purpose is Purpose.CONSULTATION:
            self._notes[work.work_id].consulted = span
        else:
            self._notes[work.work_id].talk = span

    def _talked(self, note: Note, now: float) -> None:
        if note.talk is not None:
            note.talk = Span(note.talk.begin, now)
            note.wrap_up = Span(now, float("inf"))
        elif note.consulted is not None:
            note.consulted = Span(note.consulted.begin, now)

    def _written_up(self, work_id: WorkId, now: float) -> None:
        note = self._notes[work_id]
        if note.wrap_up is not None and note.wrap_up.end > now:
            note.wrap_up = Span(note.wrap_up.begin, now)

    def _rang(self, offer_id: OfferId, outcome: Outcome, now: float) -> None:
        found = self._ringing.pop(offer_id, None)
        if found is not None:
            work_id, agent_id, made_at = found
            self._notes[work_id].rings[offer_id] = Ring(Span(made_at, now), agent_id, outcome)

    def _after(self, events: Iterable[AnyEvent], now: float) -> None:
        for event in events:
            self._ledger.listen(event)
            match event:
                case WorkEnqueued():
                    note = self._note(event.work_id, event.queue_id)
                    note.consultation = note.consultation or event.purpose is Purpose.CONSULTATION
                    self._arrived[event.work_id] = now if event.arrived_at is None else event.arrived_at + event.talked_s
                case WorkHandedOver():
                    self._note(event.work_id, event.queue_id).talk = Span(now, float("inf"))
                case OfferMade():
                    self._note(event.work_id, event.queue_id)
                    self._ringing[event.offer_id] = event.work_id, event.agent_id, now
                case OfferAccepted():
                    self._answered(event)
                case OfferExpired():
                    self._rang(event.offer_id, Outcome.SILENT, now)
                case OfferWithdrawn():
                    self._accepted.pop(event.work_id, None)
                    self._rang(event.offer_id, Outcome.CUT, now)
                case WorkEnded():
                    self._note(event.work_id, event.queue_id).waited_s = event.waited_s
                    self._written_up(event.work_id, now)
                case _:
                    pass

    def _answered(self, event: OfferAccepted) -> None:
        note = self._note(event.work_id, event.queue_id)
        note.waited_s = event.waited_s
        work = self._engine.registry.work_items.get(event.work_id)
        if work is not None and work.state is WorkState.ACTIVE:  # text: the conversation is open at once
            note.talk = Span(event.at, float("inf"))
        else:
            self._accepted[event.work_id] = event.offer_id, event.at

    def _note(self, work_id: WorkId, queue_id: QueueId) -> Note:
        note = self._notes.setdefault(work_id, Note(queue_id))
        note.queue_id = queue_id
        return note

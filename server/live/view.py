"""What is happening now: events in, messages for screens out. Pure.

Invariant: after any events, `snapshot` equals what a screen has that started from an earlier snapshot and applied every message
since. Everything is replaced whole, by id, so an event that comes twice changes nothing.

Each room has a file: `calls.py` (with `words.py`), `offers.py`, `work_items.py` (contact requests and lines), `queues.py`
(agents, queues, numbers), `attention.py`, `system.py`. Here they are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from core.events import AnyEvent, CallerIdentified
from core.ids import AgentId, CallId, CustomerId
from customers.model import Segment
from customers.screen_pop import Pop
from server.live import messages as live
from server.live import queues, work_items
from server.live.attention import AttentionBoard
from server.live.calls import CallBoard
from server.live.change import EVERYBODY, Change, narrowed_missing, to_board
from server.live.concerned import agents_of
from server.live.guarded import Guard
from server.live.offers import OfferBoard
from server.live.system import SystemNews
from server.schemas import LiveCall, Me, Missing, Offer, Settings, System
from server.sight import HOUSE, QueueThing, Sight, narrowed_look, sees


class AcdViews(queues.AgentAndQueueViews, work_items.WorkViews, Protocol):
    """What the ACD shows."""


class Heard(NamedTuple):
    """What an event changed, and the first failure of a room that could not handle it."""

    changes: list[Change]
    failure: Exception | None = None


class Hands(NamedTuple):
    """What an agent has in hand."""

    customers: frozenset[CustomerId]
    """Whose work rings, runs or is wrapped up; and whom an unknown caller may be."""
    in_work: bool
    """A conversation or its wrap-up."""


class LiveView:
    """Owns the picture. Every method returns the changes that screens must be told."""

    def __init__(self, acd: AcdViews, guard: Guard | None = None) -> None:
        """`guard` is the one that guards `acd`, too (`GuardedAcd`)."""
        self.guard = guard if guard is not None else Guard()
        self.calls = CallBoard(acd)
        self.offers = OfferBoard(self.calls)
        self.work_items = work_items.WorkBoard(acd, self.calls.name_of_caller)
        self.queues = queues.QueueBoard(acd)
        self.attention = AttentionBoard()
        self.settings = Settings()
        self._system = SystemNews()
        self._missing: tuple[Missing, ...] = ()

    def handle(self, event: AnyEvent, now: float) -> Heard:
        """Every room hears of the event, also when another one fails at it."""
        rooms: tuple[Callable[[], list[Change]], ...] = (
            lambda: self.queues.handle(event),
            lambda: self.calls.handle(event),
            lambda: self.offers.handle(event, now),
            lambda: self._name_what_waits(event.call_id) if isinstance(event, CallerIdentified) else [],
            lambda: self.attention.handle(event),
            lambda: self.work_items.handle(event),
        )
        changes: list[Change] = []
        failure: Exception | None = None
        for room in rooms:
            try:
                changes += room()
            except Exception as error:  # noqa: BLE001  border of a room: the event is set aside by the dispatcher
                failure = failure or error
        return Heard(changes, failure)

    def restore(self, call: LiveCall, pop: Pop | None, segments: Iterable[Segment], version: int = 0) -> None:
        """A call that an earlier process has shown; `version` of the picture of its parties."""
        self.calls.restore(call, pop, segments, version)

    def restore_offers(self, offers: Iterable[Offer]) -> None:
        """What rang when the process began."""
        self.offers.restore(offers)

    def pop_ready(self, pop: Pop) -> list[Change]:
        """The screen-pop of a call was computed (again); it may bring the caller's name."""
        return self.calls.pop_ready(pop) + self._name_what_waits(pop.call_id)

    def _name_what_waits(self, call_id: CallId) -> list[Change]:
        """Whatever waits for an agent with this call shows who is calling, too."""
        call = self.calls.shown.get(call_id)
        return self.work_items.changed(call.work_id) if call is not None and call.work_id else []

    def agent_changed(self, agent_id: AgentId) -> list[Change]:
        """The ACD knows something new of an agent."""
        return self.queues.agent_changed(agent_id)

    def set_up(self, settings: Settings) -> list[Change]:
        """What the company has set for its screens."""
        if settings == self.settings:
            return []
        self.settings = settings
        return [Change(live.SettingsMessage(settings=settings), agents=EVERYBODY, about=HOUSE)]

    def refresh(self, now: float, system: System, groups: Iterable[queues.Group] = (None,)) -> list[Change]:
        """What follows from time or from many events at once: queues, numbers (of each group of queues that somebody sees), the
        system; and calls that leave the board.
        """
        self.calls.transcribing = system.asr.available
        rooms: dict[str, Callable[[], list[Change]]] = {
            "queues": lambda: self.queues.refresh(groups),
            "work_items": lambda: self.work_items.refresh(now),
            "system": lambda: self._system.changes(now, system),
            "calls": lambda: self.calls.refresh(now),
            "attention": lambda: self.attention.refresh(now),
        }
        nothing: list[Change] = []
        changes = [change for name, room in rooms.items() for change in self.guard.one("part", name, room, nothing)]
        return changes + self.told_missing()

    def told_missing(self) -> list[Change]:
        """What is missing from the picture, when that has changed."""
        missing = self.guard.missing
        if missing == self._missing:
            return []
        self._missing = missing
        return [to_board(live.MissingMessage(missing=missing), HOUSE)]

    def hands_of(self, agent_id: AgentId) -> Hands:
        """Whom the agent has to do with at this moment."""
        calls = self.calls.of_agent(agent_id)
        offers = [offer for offer in self.offers.shown.values() if offer.agent_id == agent_id]
        pops = [self.calls.pops.get(call.call_id) for call in calls] + [offer.pop for offer in offers]
        met: set[CustomerId | None] = {pop.customer.customer_id for pop in pops if pop is not None}
        met |= {candidate.customer_id for pop in pops if pop is not None for candidate in pop.candidates}
        met |= {call.customer_id for call in calls}
        met |= {work.customer_id for work in self.work_items.seen_by(Sight(agent_id=agent_id))}
        return Hands(frozenset(each for each in met if each is not None), bool(calls))

    def at_hand(self, agent_id: AgentId, call_id: CallId) -> bool:
        """The call, or the callback that it was promised in, rings at the agent or is in hand."""
        call = self.calls.shown.get(call_id)
        rings = any(offer.agent_id == agent_id and offer.call_id == call_id for offer in self.offers.shown.values())
        return rings or (call is not None and agent_id in agents_of(call))

    def snapshot(self, me: Me, system: System, sight: Sight) -> live.Snapshot:
        """What `me` sees now; numbers of people are masked by whoever sends it to an agent."""
        calls, offers = self.calls.seen_by(sight), self.offers.seen_by(sight)
        shown = {call.call_id for call in calls} | {offer.call_id for offer in offers if offer.call_id}
        board = self.attention if sight.board else AttentionBoard()
        return live.Snapshot(
            me=me,
            agents=self.queues.seen_by(sight),
            queues=tuple(queue for queue in self.queues.queues() if sees(sight, QueueThing(queue_id=queue.queue_id))),
            calls=calls,
            offers=offers,
            work_items=self.work_items.seen_by(sight),
            lines=self.work_items.lines_seen_by(sight),
            pops={pop.interaction_id: pop for call_id, pop in self.calls.pops.items() if call_id in shown},
            segments={call.call_id: self.calls.words.of(call.call_id) for call in calls},
            attention=board.seen_by(sight),
            cleared=board.cleared_seen_by(sight),
            checked=narrowed_look(sight, board.checked),
            system=system,
            numbers=self.queues.numbers(sight.queues),
            settings=self.settings,
            missing=narrowed_missing(sight, self.guard.missing) if sight.board else (),
        )

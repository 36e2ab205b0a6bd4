"""Who sees what of the work that goes on: one decision for the board, the live view, reports and everything that is done to work
and to agents. Pure.

Invariant: whoever is given certain queues sees only these, what waits and is worked on in them, and the agents who serve them,
and can act on nothing else; one's own work is one's own wherever it comes from. What is no queue's (nodes, trunks, settings)
everybody sees. Whatever screens are told says which thing it is about, so that nothing new is seen by accident.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from core.attention import Action, Checked, Entry
from core.ids import AgentId, CallId, QueueId
from core.model import Value

T = TypeVar("T", bound=msgspec.Struct)


class Sight(Value, frozen=True, kw_only=True):
    """As far as somebody sees. Equal sights see the same, and may share what they are sent."""

    board: bool = False
    """Other people's work at all."""
    queues: frozenset[QueueId] | None = None
    """Whose work; None: every queue's."""
    agents: frozenset[AgentId] | None = None
    """Who serves these; None: everybody."""
    served: frozenset[QueueId] = frozenset()
    """Those of one's own work: their figures are seen, too."""
    agent_id: AgentId | None = None
    """The agent that the person is; None also where it makes no difference, because everything is seen."""

    @property
    def near(self) -> frozenset[QueueId]:
        """Those that one has something to do with by name."""
        return self.served | (self.queues or frozenset())

    @property
    def whole(self) -> bool:
        return self.board and self.queues is None

    def covers(self, queue_id: QueueId | None) -> bool:
        """It is among the queues. What stands in none (a caller in a menu) is only for those who see all."""
        return self.queues is None or queue_id in self.queues

    def covers_agent(self, agent_id: AgentId) -> bool:
        return self.agents is None or agent_id in self.agents


class House(Value, frozen=True, kw_only=True):
    """What is no queue's."""


class QueueThing(Value, frozen=True, kw_only=True):
    """A queue's name and figures."""

    queue_id: QueueId


class FiguresThing(Value, frozen=True, kw_only=True):
    """The sum over some queues; None: over all."""

    queues: frozenset[QueueId] | None = None


class StaffThing(Value, frozen=True, kw_only=True):
    """An agent: state, skills, what the day brought."""

    agent_id: AgentId


class WorkThing(Value, frozen=True, kw_only=True):
    """Work, its call and offers, a line; and what needs attention there."""

    queue_id: QueueId | None
    agents: frozenset[AgentId] = frozenset()
    """Whose it is besides: at whom it rings, who has it, who promised it."""


Thing = House | QueueThing | FiguresThing | StaffThing | WorkThing
HOUSE = House()


def sees(sight: Sight, thing: Thing) -> bool:
    """The one answer. Without the board: one's own, and what everybody is told."""
    match thing:
        case House():
            return True
        case QueueThing():
            return sight.covers(thing.queue_id) or thing.queue_id in sight.served
        case FiguresThing():
            return thing.queues == sight.queues
        case StaffThing():
            return thing.agent_id == sight.agent_id or (sight.board and sight.covers_agent(thing.agent_id))
        case WorkThing():
            return sight.agent_id in thing.agents or directs(sight, thing)


def directs(sight: Sight, thing: WorkThing) -> bool:
    """Sees it as whoever looks after the queue does, not because it is one's own."""
    return sight.board and sight.covers(thing.queue_id)


def entry_thing(entry: Entry) -> Thing:
    """What an entry of «Needs attention» is about."""
    if entry.subject.kind == "agent":
        return StaffThing(agent_id=AgentId(entry.subject.id))
    queue = entry.subject.id if entry.subject.kind == "queue" else entry.figures.get("queue_id")
    if queue is not None:
        return WorkThing(queue_id=QueueId(str(queue)))
    agent_id = entry.figures.get("agent_id")
    return HOUSE if agent_id is None else StaffThing(agent_id=AgentId(str(agent_id)))


def seen_entries(sight: Sight, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(narrowed_entry(sight, entry) for entry in entries if sees(sight, entry_thing(entry)))


def narrowed_entry(sight: Sight, entry: Entry) -> Entry:
    """Of what is no queue's, without which calls and queues it met."""
    if sight.queues is None:
        return entry
    figures = {name: figure for name, figure in entry.figures.items() if not _is_of_others(sight, name, figure)}
    opens = Action(code="open_system") if entry.action.code == "open_call" else entry.action
    return msgspec.structs.replace(entry, figures=figures, action=opens)


def _is_of_others(sight: Sight, name: str, figure: object) -> bool:
    if name == "queue_id":
        return not sight.covers(QueueId(str(figure)))
    return name in {"call_id", "work_id", "customer_id"}


def narrowed_look(sight: Sight, checked: Checked | None) -> Checked | None:
    """What was looked at, as far as this sight reaches."""
    if checked is None or sight.queues is None or sight.agents is None:
        return checked
    unknown = tuple(each for each in checked.unknown if each.what != "queue" or sight.covers(QueueId(each.id)))
    return msgspec.structs.replace(checked, queues=len(sight.queues), agents=len(sight.agents), unknown=unknown)


def narrowed_decision(sight: Sight, thing: T) -> T:
    """`thing` has the `decision` of an offer: who else was looked at is seen where these are seen."""
    row: Any = thing
    if sight.agents is None or row.decision is None:
        return thing
    seen = tuple(each for each in row.decision.candidates if sees(sight, StaffThing(agent_id=each.agent_id)))
    decision = msgspec.structs.replace(row.decision, candidates=seen)
    return msgspec.structs.replace(thing, decision=decision)


def narrowed_agent(sight: Sight, agent: T) -> T:
    """`agent` has `agent_id`, `queue_id` and `call_id`: that somebody is busy is seen, with what only where that is seen."""
    row: Any = agent
    if row.agent_id == sight.agent_id or row.queue_id is None or sight.covers(row.queue_id):
        return agent
    nothing: Mapping[str, QueueId | CallId | None] = {"queue_id": None, "call_id": None}
    return msgspec.structs.replace(agent, **nothing)

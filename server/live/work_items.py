"""Contact requests on screens: who waits where, in which order, and why the work in hand came to its agent. Pure.

Like the agents, work is not kept here but asked of the ACD each time something happens to it, so that screens show what the ACD
holds, also after a restart. Only the names of customers are remembered: the ACD knows no names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from acd.model.work import WorkState
from acd.views.queue import PlaceView
from acd.views.work import WorkView
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallbackDue,
    CallbackRequested,
    CallbackScheduled,
    CallConnected,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    QueueMoved,
    WorkEnded,
    WorkEnqueued,
    WorkHandedBack,
    WorkMoved,
    WorkRelaxed,
    WorkReprioritised,
)
from core.ids import AgentId, CallId, QueueId, WorkId
from server.live import messages as live
from server.live.change import Change, Left, to_agent, to_board
from server.schemas import Line, Work, work_of
from server.sight import Sight, WorkThing, narrowed_decision, sees

PLACES_SHOWN = 100
"""Of each queue; a line of thousands is counted, not listed."""
ESTIMATES_EVERY_S = 5.0
_ABOUT_WORK = (
    WorkEnqueued
    | WorkRelaxed
    | WorkMoved
    | WorkHandedBack
    | WorkReprioritised
    | CallbackRequested
    | CallbackScheduled
    | CallbackDue
    | OfferMade
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferWithdrawn
    | CallConnected
    | WorkEnded
)


class WorkViews(Protocol):
    """What the ACD shows of its work."""

    def work_items(self) -> tuple[WorkView, ...]: ...
    def work(self, work_id: WorkId) -> WorkView: ...
    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]: ...


class WorkBoard:
    """Owns what screens have been told of work and lines, and to whom."""

    def __init__(self, acd: WorkViews, name_of_caller: Callable[[CallId], str]) -> None:
        self._acd = acd
        self._name_of_caller = name_of_caller
        self._names: dict[WorkId, str] = {}
        """Of customers whose work has no call on the board."""
        self._agents: dict[WorkId, frozenset[AgentId]] = {}
        """Whom each piece of work was shown to, besides the supervisors."""
        self.shown: dict[WorkId, Work] = {}
        self.lines: dict[QueueId, Line] = {}
        """Of queues where somebody waits."""
        self._refreshed_at = 0.0

    def restore(self) -> None:
        """After a restart: everything that the ACD holds."""
        for view in self._acd.work_items():
            self._tell(view)
            self.line_moved(view.queue_id)

    def handle(self, event: AnyEvent) -> list[Change]:
        if isinstance(event, QueueMoved):
            return self.line_moved(event.queue_id)
        if isinstance(event, AgentStateChanged):  # the only news of a conversation that became its wrap-up
            return [change for work_id in event.work if work_id in self.shown for change in self.changed(work_id)]
        return self.changed(event.work_id) if isinstance(event, _ABOUT_WORK) else []

    def changed(self, work_id: WorkId) -> list[Change]:
        """The ACD may know something new of a piece of work."""
        try:
            view = self._acd.work(work_id)
        except KeyError:
            return self._remove(work_id)
        return self._tell(view)

    def line_moved(self, queue_id: QueueId) -> list[Change]:
        """Somebody came, went or was moved, or what remains of the wait is another."""
        try:
            places = self._acd.line(queue_id, PLACES_SHOWN)
        except KeyError:
            places = ()
        line = Line(queue_id=queue_id, places=places)
        if line == self.lines.get(queue_id, Line(queue_id=queue_id, places=())):
            return []
        if places:
            self.lines[queue_id] = line
        else:
            del self.lines[queue_id]
        return [to_board(live.LineMessage(line=line), WorkThing(queue_id=queue_id))]

    def refresh(self, now: float) -> list[Change]:
        """What remains of the wait changes also while nobody moves."""
        if now < self._refreshed_at + ESTIMATES_EVERY_S:
            return []
        self._refreshed_at = now
        return [change for queue_id in tuple(self.lines) for change in self.line_moved(queue_id)]

    def named(self, work_id: WorkId, name: str) -> list[Change]:
        """Who the customer is, of work without a call."""
        self._names[work_id] = name
        return self.changed(work_id)

    def seen_by(self, sight: Sight) -> tuple[Work, ...]:
        return tuple(narrowed_decision(sight, work) for work in self.shown.values() if sees(sight, self._thing(work)))

    def lines_seen_by(self, sight: Sight) -> tuple[Line, ...]:
        return tuple(line for line in self.lines.values() if sees(sight, WorkThing(queue_id=line.queue_id)))

    def _tell(self, view: WorkView) -> list[Change]:
        work_id, old = view.work_id, self.shown.get(view.work_id)
        call_id = view.call_id or view.origin_call_id
        name = (self._name_of_caller(call_id) if call_id else "") or self._names.get(work_id, "")
        work = work_of(view, name)
        agents = _concerned(view)
        before = self._agents.get(work_id, frozenset())
        if work == old and agents == before:
            return []
        self.shown[work_id], self._agents[work_id] = work, agents
        if name:
            self._names[work_id] = name
        removed, about = live.WorkRemoved(work_id=work_id), self._thing(work)
        gone = [to_agent(agent_id, removed, about) for agent_id in sorted(before - agents)]
        moved = old is not None and old.queue_id != work.queue_id
        left = Left(WorkThing(queue_id=old.queue_id), removed) if old is not None and moved else None
        return [Change(live.WorkMessage(work=work), agents=agents, about=about, left=left), *gone]

    def _thing(self, work: Work) -> WorkThing:
        return WorkThing(queue_id=work.queue_id, agents=self._agents.get(work.work_id, frozenset()))

    def _remove(self, work_id: WorkId) -> list[Change]:
        work = self.shown.pop(work_id, None)
        if work is None:
            return []
        about = self._thing(work)
        self._names.pop(work_id, None)
        return [Change(live.WorkRemoved(work_id=work_id), agents=self._agents.pop(work_id), about=about)]


def _concerned(view: WorkView) -> frozenset[AgentId]:
    """Besides supervisors: at whom it rings, who has it, and who promised it while it waits for its time."""
    promised_by = view.preferred_agent if view.state is WorkState.SCHEDULED else None
    has = [agent_id for agent_id in (view.agent_id, promised_by) if agent_id is not None]
    return frozenset([*(offer.agent_id for offer in view.offers), *has])

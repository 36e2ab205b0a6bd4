"""Contact requests on screens: who waits where, in which order, and why the work in hand came to its agent. Pure.

Like the agents, work is not kept here but asked of the ACD each time something happens to it, so that screens show what the ACD
holds, also after a restart. Only the names of customers are remembered: the ACD knows no names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from acd.views import WorkView
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallbackRequested,
    CallConnected,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    QueueMoved,
    WorkEnded,
    WorkEnqueued,
    WorkMoved,
    WorkRelaxed,
    WorkReprioritised,
)
from core.ids import AgentId, CallId, QueueId, WorkId
from server.live import messages as live
from server.live.change import Change, to_agent, to_supervisors
from server.wire import Line, Place, Work, work_of

PLACES_SHOWN = 100
"""Of each queue; a line of thousands is counted, not listed."""
_ABOUT_WORK = (
    WorkEnqueued
    | WorkRelaxed
    | WorkMoved
    | WorkReprioritised
    | CallbackRequested
    | OfferMade
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferWithdrawn
    | CallConnected
    | WorkEnded
)


class Floor(Protocol):
    """What the ACD shows of its work."""

    def works(self) -> tuple[WorkView, ...]: ...
    def work(self, work_id: WorkId) -> WorkView: ...


class WorkBoard:
    """Owns what screens have been told of work, and to whom."""

    def __init__(self, floor: Floor, name_of_caller: Callable[[CallId], str]) -> None:
        self._floor = floor
        self._name_of_caller = name_of_caller
        self._names: dict[WorkId, str] = {}
        """Of customers whose work has no call on the board."""
        self._agents: dict[WorkId, frozenset[AgentId]] = {}
        """Whom each piece of work was shown to, besides the supervisors."""
        self.works: dict[WorkId, Work] = {}
        self.lines: dict[QueueId, Line] = {}

    def restore(self) -> None:
        """After a restart: everything that the ACD holds."""
        views = self._floor.works()
        for view in views:
            self._tell(view)
        in_line = sorted((view for view in views if view.position is not None), key=lambda view: view.position or 0)
        for queue_id in {view.queue_id for view in in_line}:
            self._line(queue_id, [view.work_id for view in in_line if view.queue_id == queue_id])

    def handle(self, event: AnyEvent) -> list[Change]:
        if isinstance(event, QueueMoved):
            return self._line(event.queue_id, event.waiting)
        if isinstance(event, AgentStateChanged):  # the only news of a conversation that became its wrap-up
            return [change for work_id in event.work if work_id in self.works for change in self.changed(work_id)]
        return self.changed(event.work_id) if isinstance(event, _ABOUT_WORK) else []

    def changed(self, work_id: WorkId) -> list[Change]:
        """The ACD may know something new of a piece of work."""
        try:
            view = self._floor.work(work_id)
        except KeyError:
            return self._remove(work_id)
        return self._tell(view)

    def named(self, work_id: WorkId, name: str) -> list[Change]:
        """Who the customer is, of work without a call."""
        self._names[work_id] = name
        return self.changed(work_id)

    def seen_by(self, agent_id: AgentId) -> tuple[Work, ...]:
        return tuple(work for work_id, work in self.works.items() if agent_id in self._agents[work_id])

    def _tell(self, view: WorkView) -> list[Change]:
        work_id, old = view.work_id, self.works.get(view.work_id)
        name = (self._name_of_caller(view.call_id) if view.call_id else "") or self._names.get(work_id, "")
        work = work_of(view, name)
        agents = frozenset(offer.agent_id for offer in view.offers) | ({view.agent_id} if view.agent_id else set())
        before = self._agents.get(work_id, frozenset())
        if work == old and agents == before:
            return []
        self.works[work_id], self._agents[work_id] = work, agents
        if name:
            self._names[work_id] = name
        gone = [to_agent(agent_id, live.WorkRemoved(work_id=work_id)) for agent_id in sorted(before - agents)]
        return [Change(live.WorkMessage(work=work), agents=agents), *gone]

    def _remove(self, work_id: WorkId) -> list[Change]:
        if self.works.pop(work_id, None) is None:
            return []
        self._names.pop(work_id, None)
        return [Change(live.WorkRemoved(work_id=work_id), agents=self._agents.pop(work_id))]

    def _line(self, queue_id: QueueId, waiting: Iterable[WorkId]) -> list[Change]:
        places = tuple(Place(work_id=work_id) for work_id in waiting)[:PLACES_SHOWN]
        line = Line(queue_id=queue_id, places=places)
        if self.lines.get(queue_id, msgspec.structs.replace(line, places=())) == line:
            return []
        self.lines[queue_id] = line
        return [to_supervisors(live.LineMessage(line=line))]

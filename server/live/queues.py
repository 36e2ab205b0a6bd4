"""Agents, queues and the numbers of the day on screens. Pure.

Nothing is kept here but what screens were told last: the ACD has them all (`AgentAndQueueViews`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from acd.views.agent import AgentView
from acd.views.numbers import NumbersView
from acd.views.queue import QueueView
from core.events import AgentStateChanged, AnyEvent, OfferAccepted, OfferDeclined
from core.ids import AgentId, QueueId
from core.model import Channel
from server.live import messages as live
from server.live.change import EVERYBODY, Change
from server.schemas import Agent, Queue, agent_of, queue_of
from server.sight import FiguresThing, QueueThing, Sight, StaffThing, narrowed_agent, sees

Group = frozenset[QueueId] | None
"""Queues whose sum somebody sees; None: all."""


class AgentAndQueueViews(Protocol):
    """What the ACD shows of its people and queues."""

    def agents(self) -> tuple[AgentView, ...]: ...
    def agent(self, agent_id: AgentId) -> AgentView: ...
    def queues(self) -> tuple[QueueView, ...]: ...
    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView: ...
    def unreachable(self) -> dict[AgentId, dict[Channel, str]]: ...


class QueueBoard:
    """Owns what screens have been told of queues and numbers."""

    def __init__(self, acd: AgentAndQueueViews) -> None:
        self._acd = acd
        self._queues: dict[QueueId, Queue] = {}
        self._numbers: dict[Group, NumbersView] = {}
        self.names: dict[str, str] = {}
        """Of users, by id: who set an agent's state."""

    def unreachable(self) -> dict[AgentId, dict[Channel, str]]:
        """As the ACD has it, of every agent."""
        return self._acd.unreachable()

    def handle(self, event: AnyEvent) -> list[Change]:
        return self.agent_changed(event.agent_id) if isinstance(event, AgentStateChanged | OfferDeclined | OfferAccepted) else []

    def agent_changed(self, agent_id: AgentId) -> list[Change]:
        """The ACD knows something new of an agent, or knows the agent no more."""
        try:
            message: live.Message = live.AgentMessage(agent=agent_of(self._acd.agent(agent_id), self.names))
        except KeyError:
            message = live.AgentRemoved(agent_id=agent_id)
        return [Change(message, agents=frozenset({agent_id}), about=StaffThing(agent_id=agent_id))]

    def refresh(self, groups: Iterable[Group] = (None,)) -> list[Change]:
        """What follows from time or from many events at once. `groups`: whose sums screens show."""
        queues = {queue.queue_id: queue for queue in self.queues()}
        gone = self._queues.keys() - queues.keys()
        changes = [_told(live.QueueRemoved(queue_id=queue_id), queue_id) for queue_id in sorted(gone)]
        new = [queue for queue_id, queue in queues.items() if self._queues.get(queue_id) != queue]
        changes += [_told(live.QueueMessage(queue=queue), queue.queue_id) for queue in new]
        self._queues = queues
        numbers = {group: self.numbers(group) for group in groups}
        for group, sums in numbers.items():
            if sums != self._numbers.get(group):
                changes.append(Change(live.NumbersMessage(numbers=sums), agents=EVERYBODY, about=FiguresThing(queues=group)))
        self._numbers = numbers
        return changes

    def seen_by(self, sight: Sight) -> tuple[Agent, ...]:
        """Who sees the board sees who serves its queues, agents themselves."""
        views = (view for view in self._acd.agents() if sees(sight, StaffThing(agent_id=view.agent_id)))
        return tuple(narrowed_agent(sight, agent_of(view, self.names)) for view in views)

    def queues(self) -> tuple[Queue, ...]:
        return tuple(map(queue_of, self._acd.queues()))

    def numbers(self, group: Group = None) -> NumbersView:
        return self._acd.numbers(group)


def _told(message: live.QueueMessage | live.QueueRemoved, queue_id: QueueId) -> Change:
    return Change(message, agents=EVERYBODY, about=QueueThing(queue_id=queue_id))

"""Audio legs that people opened through this process, and whose they are.

Invariant: whoever is no agent has one at most, and none once the last sign-in has ended; agents' legs are call control's
(`server/agents_without_session.py`).
"""

from __future__ import annotations

from typing import Protocol

import structlog

from core.causes import EndCause
from core.commands import HangUpLeg
from core.events import AnyEvent, LegEnded, NodeLost, SessionsEnded
from core.ids import LegId, NodeId, UserId
from core.ports import Bus

log = structlog.get_logger(__name__)


class Sessions(Protocol):
    """What is asked of `RedisSessions`."""

    async def of(self, user_id: UserId) -> list[bytes]: ...


class OpenedLegs:
    """A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({SessionsEnded, LegEnded, NodeLost})

    def __init__(self, sessions: Sessions, bus: Bus) -> None:
        self._sessions = sessions
        self._bus = bus
        self._legs: dict[LegId, tuple[UserId, NodeId]] = {}

    def opened(self, leg_id: LegId, user_id: UserId, node_id: NodeId) -> None:
        self._legs[leg_id] = (user_id, node_id)

    def node_of(self, leg_id: LegId, user_id: UserId) -> NodeId | None:
        """None: it is not this person's."""
        owner, node_id = self._legs.get(leg_id, (None, None))
        return node_id if owner == user_id else None

    async def hang_up(self, leg_id: LegId, node_id: NodeId, cause: EndCause) -> None:
        await self._bus.send(f"node:{node_id}", HangUpLeg(leg_id=leg_id, cause=cause))
        self._legs.pop(leg_id, None)

    async def hang_up_all(self, user_id: UserId, but: LegId | None = None) -> None:
        """Of somebody who is no agent."""
        for leg_id, (owner, node_id) in list(self._legs.items()):
            if owner == user_id and leg_id != but:
                await self.hang_up(leg_id, node_id, EndCause.SUPERVISOR_ENDED)

    async def handle(self, event: AnyEvent) -> None:
        if isinstance(event, LegEnded):
            self._legs.pop(event.leg_id, None)
        elif isinstance(event, NodeLost):
            self._legs = {leg_id: leg for leg_id, leg in self._legs.items() if leg[1] != event.node_id}
        elif isinstance(event, SessionsEnded) and event.agent_id is None and not await self._sessions.of(event.user_id):
            await self.hang_up_all(event.user_id)

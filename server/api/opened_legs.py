"""Audio legs that people opened, through whichever desk process, and whose they are.

Invariant: whoever is no agent has one at most, and none once the last sign-in has ended, also when the process is gone through
which it was opened; agents' legs are call control's (`server/agents_without_session.py`).
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import structlog

from core.causes import EndCause
from core.commands import HangUpLeg
from core.events import AnyEvent, LegEnded, NodeLost, SessionsEnded
from core.ids import LegId, NodeId, UserId
from core.model import LegPurpose, Value
from core.ports import Bus, StateStore, Unavailable
from core.saved import take_back

log = structlog.get_logger(__name__)

LEG_KIND = "opened_leg"


class Sessions(Protocol):
    """What is asked of `RedisSessions`."""

    async def of(self, user_id: UserId) -> list[bytes]: ...


class OpenedLeg(Value, frozen=True, kw_only=True):
    """Whose a leg is, and where."""

    user_id: UserId
    node_id: NodeId


async def opened_legs(store: StateStore) -> dict[LegId, OpenedLeg]:
    """All that are saved; what cannot be read is set aside. Raises `Unavailable`."""
    return {LegId(leg_id): leg for leg_id, leg in (await take_back(store, LEG_KIND, OpenedLeg)).items()}


class OpenedLegs:
    """A service of the dispatcher. Several processes may do the same at once: nothing of it changes anything twice."""

    wanted: frozenset[type] = frozenset({SessionsEnded, LegEnded, NodeLost})

    def __init__(self, sessions: Sessions, bus: Bus, store: StateStore) -> None:
        self._sessions = sessions
        self._bus = bus
        self._store = store
        self._legs: dict[LegId, OpenedLeg] = {}
        """As far as this process knows them."""

    async def start(self) -> None:
        """What an earlier process knew; what has ended meanwhile the event stream tells. Raises `Unavailable`."""
        await self._look()

    async def _look(self) -> None:
        """What other desk processes know, too. Raises `Unavailable`."""
        self._legs |= await opened_legs(self._store)

    async def opened(self, leg_id: LegId, user_id: UserId, node_id: NodeId) -> None:
        leg = self._legs[leg_id] = OpenedLeg(user_id=user_id, node_id=node_id)
        try:
            await self._store.save(LEG_KIND, leg_id, msgspec.msgpack.encode(leg))
        except Unavailable as error:
            log.warning("a leg's owner was not saved", leg_id=leg_id, error=error)

    async def node_of(self, leg_id: LegId, user_id: UserId) -> NodeId | None:
        """None: it is not this person's. Raises `Unavailable`."""
        if leg_id not in self._legs:
            await self._look()
        leg = self._legs.get(leg_id)
        return leg.node_id if leg is not None and leg.user_id == user_id else None

    async def hang_up(self, leg_id: LegId, node_id: NodeId, cause: EndCause) -> None:
        await self._bus.send(f"node:{node_id}", HangUpLeg(leg_id=leg_id, cause=cause))
        await self._forget(leg_id)

    async def hang_up_all(self, user_id: UserId, but: LegId | None = None) -> None:
        """Of somebody who is no agent. Raises `Unavailable`."""
        await self._look()
        for leg_id, leg in list(self._legs.items()):
            if leg.user_id == user_id and leg_id != but:
                await self.hang_up(leg_id, leg.node_id, EndCause.SUPERVISOR_ENDED)

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`: the dispatcher hands it in again."""
        if isinstance(event, LegEnded) and event.purpose is not LegPurpose.CALLER:
            await self._forget(event.leg_id)
        elif isinstance(event, NodeLost):
            await self._look()
            for leg_id in [leg_id for leg_id, leg in self._legs.items() if leg.node_id == event.node_id]:
                await self._forget(leg_id)
        elif isinstance(event, SessionsEnded) and event.agent_id is None and not await self._sessions.of(event.user_id):
            await self.hang_up_all(event.user_id)

    async def _forget(self, leg_id: LegId) -> None:
        """Also one that was opened at another desk process. Raises `Unavailable`."""
        await self._store.delete(LEG_KIND, leg_id)
        self._legs.pop(leg_id, None)

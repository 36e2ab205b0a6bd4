"""An agent whose last sign-in is over gets no more work, and the audio leg ends when no call is on it.

What is in hand goes on: a customer in conversation is not hung up on because an account was closed.
"""

from __future__ import annotations

from typing import Protocol

import structlog

from core.causes import EndCause
from core.commands import HangUpLeg, SetAgentState
from core.events import AnyEvent, SessionsEnded
from core.ids import UserId
from core.model import AgentState
from core.ports import Bus
from telephony.calls.control import CallControl

log = structlog.get_logger(__name__)


class Sessions(Protocol):
    """What is asked of `RedisSessions`."""

    async def of(self, user_id: UserId) -> list[bytes]: ...


class AgentsWithoutSession:
    """A service of the dispatcher."""

    wanted: frozenset[type] = frozenset({SessionsEnded})

    def __init__(self, sessions: Sessions, control: CallControl, bus: Bus) -> None:
        self._sessions = sessions
        self._control = control
        self._bus = bus

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`: the dispatcher hands it in again."""
        if not isinstance(event, SessionsEnded) or event.agent_id is None or await self._sessions.of(event.user_id):
            return
        answer = await self._bus.send("acd", SetAgentState(agent_id=event.agent_id, state=AgentState.SIGNED_OUT))
        if not answer.ok:
            log.info("an agent without session was not signed out", agent_id=event.agent_id, reason=answer.reason)
        leg = self._control.agent_legs.get(event.agent_id)
        if leg is not None and all(call.agent_id != event.agent_id for call in self._control.calls.values()):
            await self._bus.send(f"node:{leg.node_id}", HangUpLeg(leg_id=leg.leg_id, cause=EndCause.AGENT_HUNG_UP))

"""An agent whose last sign-in is over gets no more work; whoever is in conversation with that agent waits in the queue again.

The desk is gone with the sign-in, so the conversation could only break off: whether its agent signed out, was disabled, was
given another role or ended from elsewhere, the customer hears music at once and keeps the place in line. Two exceptions: who
changed the password signs in again at once and talks on, and a customer whose phone rings is dialled on; the audio leg then
ends with the call (who that is, is known to this process alone: after a restart the leg ends with its browser).
"""

from __future__ import annotations

from typing import Protocol

import structlog

from core.causes import EndCause
from core.commands import AnyCommand, HandBackCall, HangUpLeg, SetAgentState
from core.events import AnyEvent, SessionEnd, SessionsEnded
from core.ids import AgentId, UserId
from core.model import AgentState
from core.partitions import calls_of
from core.ports import Bus, Unavailable
from server.living import Living, Saved

log = structlog.get_logger(__name__)


class Sessions(Protocol):
    """What is asked of `RedisSessions`."""

    async def of(self, user_id: UserId) -> list[bytes]: ...


class AgentsWithoutSession:
    """A service of the dispatcher."""

    def __init__(self, sessions: Sessions, bus: Bus) -> None:
        self._sessions = sessions
        self._bus = bus
        self._living = Living()
        self._in_conversation: dict[AgentId, UserId] = {}
        self.wanted: frozenset[type] = self._living.wanted | {SessionsEnded}

    def restore(self, saved: Saved) -> None:
        """Before any event."""
        self._living.restore(saved)

    def follow(self, event: AnyEvent) -> None:
        """Knows of it, and does nothing about it."""
        self._living.handle(event)

    async def handle(self, event: AnyEvent) -> None:
        """Raises `Unavailable`: the dispatcher hands it in again."""
        self.follow(event)
        if isinstance(event, SessionsEnded):
            if event.agent_id is not None:
                await self._sign_out(event.agent_id, event.user_id, event.reason)
            return
        for agent_id, user_id in tuple(self._in_conversation.items()):
            if self._living.with_agent(agent_id) is None:
                await self._hang_up(agent_id, user_id)

    async def _sign_out(self, agent_id: AgentId, user_id: UserId, reason: SessionEnd) -> None:
        if await self._sessions.of(user_id):
            return
        await self._ask("acd", SetAgentState(agent_id=agent_id, state=AgentState.SIGNED_OUT), agent_id)
        if reason is not SessionEnd.PASSWORD_CHANGED and (call := self._living.with_agent(agent_id)) is not None:
            hand_back = HandBackCall(call_id=call.call_id, agent_id=agent_id)
            await self._ask(calls_of(call.call_id), hand_back, agent_id)
        await self._hang_up(agent_id, user_id)

    async def _ask(self, addressee: str, command: AnyCommand, agent_id: AgentId) -> None:
        answer = await self._bus.send(addressee, command)
        if not answer.ok and not answer.result.get("code"):  # silence; refusals have a code
            raise Unavailable(answer.reason)
        if not answer.ok:
            log.info("an agent without session was not signed out", agent_id=agent_id, reason=answer.reason)

    async def _hang_up(self, agent_id: AgentId, user_id: UserId) -> None:
        """The audio leg, unless the person has signed in again; after the call that is on it, or the part taken in one."""
        if self._living.with_agent(agent_id) is not None:
            self._in_conversation[agent_id] = user_id
            return
        leg = None if await self._sessions.of(user_id) else self._living.agent_legs.get(agent_id)
        if leg is not None:
            await self._bus.send(f"node:{leg.node_id}", HangUpLeg(leg_id=leg.leg_id, cause=EndCause.AGENT_SIGNED_OUT))
        self._in_conversation.pop(agent_id, None)

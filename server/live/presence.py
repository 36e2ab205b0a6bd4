"""Whose desk is open, and what the ACD is told of it: the part of the live view that knows browsers.

Invariant: whatever the ACD believes of an agent is held against what is known here twice a second, for every agent there is, so
that nobody stays reachable whose browser died with an earlier process, or who never had one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog

from core.commands import SetAgentReachable
from core.events import AnyEvent, NodeLost, NodeStarted
from core.ids import AgentId
from core.model import Channel
from core.ports import Bus, Unavailable
from server.live.audio import AgentAudio, after_event, after_report, agent_of_leg_event, verdicts
from server.live.messages import AudioReport
from telephony.calls.call import AgentLeg

log = structlog.get_logger(__name__)

Believed = Callable[[], Mapping[AgentId, Mapping[Channel, str]]]
"""By agent and channel, why the ACD brings nothing of it there."""


class Presence:
    """Owns what is known of each agent's browser."""

    def __init__(self, bus: Bus, believed: Believed, began_at: float, unreachable_after_s: float) -> None:
        """`believed`: what the ACD knows, of every agent. Who had a desk before `began_at` has the usual time to come back."""
        self._bus = bus
        self._believed = believed
        self._began_at = began_at
        self._after_s = unreachable_after_s
        self._audio: dict[AgentId, AgentAudio] = {}

    def restore(self, legs: Mapping[AgentId, AgentLeg]) -> None:
        """Audio legs that survived a restart."""
        for agent_id, leg in legs.items():
            self._audio[agent_id] = self._changed(agent_id, leg_id=leg.leg_id, node_id=leg.node_id)

    def opened(self, agent_id: AgentId) -> None:
        """One more screen of this agent."""
        self._audio[agent_id] = self._changed(agent_id, screens=self.of(agent_id).screens + 1)

    def closed(self, agent_id: AgentId, now: float) -> None:
        self._audio[agent_id] = self._changed(agent_id, screens=max(0, self.of(agent_id).screens - 1), gone_at=now)

    def reported(self, agent_id: AgentId, report: AudioReport, now: float) -> None:
        self._audio[agent_id] = after_report(self.of(agent_id), report, now)

    def happened(self, event: AnyEvent) -> tuple[AgentId, ...]:
        """The agents whose sound this changed."""
        if isinstance(event, NodeLost | NodeStarted):
            about = tuple(self._audio)
        else:
            agent_id = agent_of_leg_event(event)
            about = () if agent_id is None else (agent_id,)
        for agent_id in about:
            self._audio[agent_id] = after_event(self.of(agent_id), event)
        return about

    async def send_changes(self, now: float, only: Iterable[AgentId] | None = None) -> tuple[AgentId, ...]:
        """Sends the ACD what it does not believe yet; returns those of whom it learned something. What fails is tried again."""
        believed = self._believed()
        told: dict[AgentId, None] = {}
        for agent_id in believed if only is None else [agent_id for agent_id in only if agent_id in believed]:
            for channel, verdict in verdicts(self.of(agent_id), now, self._after_s).items():
                if believed[agent_id].get(channel) == verdict.reason:
                    continue
                command = SetAgentReachable(
                    agent_id=agent_id, channel=channel, reachable=verdict.reachable, reason=verdict.reason or ""
                )
                if await self._send(command):
                    told[agent_id] = None
        return tuple(told)

    async def _send(self, command: SetAgentReachable) -> bool:
        try:
            answer = await self._bus.send("acd", command, timeout_s=2.0)
        except Unavailable:
            return False
        if not answer.ok:
            log.warning("reachability was refused", agent_id=command.agent_id)
        return answer.ok

    def of(self, agent_id: AgentId) -> AgentAudio:
        return self._audio.get(agent_id) or AgentAudio(gone_at=self._began_at)

    def _changed(self, agent_id: AgentId, **changes: object) -> AgentAudio:
        return msgspec.structs.replace(self.of(agent_id), **changes)

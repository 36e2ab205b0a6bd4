"""Whom work can be brought to: what all desk processes tell, and what nodes tell of agents' legs, as one picture with one judge.

Invariant: whatever the ACD believes of an agent is held against what is known here twice a second, for every agent there is, so
that nobody stays reachable whose browser died with a desk process, or who never had one. Who was at a desk process that says
nothing any more has the usual time to come back to another one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import msgspec
import structlog

from core.commands import SetAgentReachable
from core.events import AgentAtDesk, AnyEvent, DesksSeen, LegConnected, LegEnded, LegImpaired, NodeLost, NodeStarted
from core.ids import AgentId, DeskId
from core.model import Channel
from core.ports import Bus, Clock, Unavailable
from server.presence.audio import AgentAudio, after_event, after_report, agent_of_leg_event, verdicts
from server.presence.reports import BEAT_EVERY_S
from telephony.calls.call import AgentLeg

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
DESK_SILENT_S = 2 * BEAT_EVERY_S + 0.5
"""Two beats are missing: the process is gone, or cut off."""


class _Told(NamedTuple):
    """What a desk process said of an agent, and when it came here."""

    seen: AgentAtDesk
    at: float

    @property
    def reported_at(self) -> float:
        """By the clock of this machine."""
        return self.at - self.seen.sound_age_s


Believed = Callable[[], Mapping[AgentId, Mapping[Channel, str]]]
"""By agent and channel, why the ACD brings nothing of it there."""


class Presence:
    """A service of the dispatcher, and a task. Owns what is known of each agent's browsers and leg."""

    wanted: frozenset[type] = frozenset({DesksSeen, LegConnected, LegEnded, LegImpaired, NodeLost, NodeStarted})

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        believed: Believed,
        unreachable_after_s: float,
        judges: Callable[[], bool] = lambda: True,
    ) -> None:
        """`believed`: what the ACD knows, of every agent. `judges`: whether it is for this process to tell the ACD; the picture
        is kept all the same.
        """
        self._bus = bus
        self._clock = clock
        self._believed = believed
        self._judges = judges
        self._after_s = unreachable_after_s
        self._began_at = clock.now()
        """Whoever had a desk before has the usual time to be told of."""
        self._unknown = AgentAudio(gone_at=self._began_at)
        self._known: dict[AgentId, AgentAudio] = {}
        """Legs, and what is left of screens that are closed."""
        self._desks: dict[DeskId, dict[AgentId, _Told]] = {}
        self._heard_at: dict[DeskId, float] = {}

    def restore(self, legs: Mapping[AgentId, AgentLeg]) -> None:
        """Audio legs that survived a restart."""
        for agent_id, leg in legs.items():
            known = self._known.get(agent_id, self._unknown)
            self._known[agent_id] = msgspec.structs.replace(known, leg_id=leg.leg_id, node_id=leg.node_id)

    async def handle(self, event: AnyEvent) -> None:
        await self.send_changes(self.happened(event))

    async def run(self) -> None:
        """Until cancelled: what time changes."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()
            await self.send_changes()

    def happened(self, event: AnyEvent) -> tuple[AgentId, ...]:
        """The agents of whom something else is known now."""
        if isinstance(event, DesksSeen):
            return self._seen(event)
        if isinstance(event, NodeLost | NodeStarted):
            about = tuple(self._known)
        else:
            agent_id = agent_of_leg_event(event)
            about = () if agent_id is None else (agent_id,)
        for agent_id in about:
            self._known[agent_id] = after_event(self._known.get(agent_id, self._unknown), event)
        return about

    def look(self) -> None:
        """Desk processes that say nothing any more are gone, and their screens with them."""
        now = self._clock.now()
        for desk_id in [desk_id for desk_id, at in self._heard_at.items() if now - at > DESK_SILENT_S]:
            gone_at = self._heard_at.pop(desk_id)
            for agent_id, told in self._desks.pop(desk_id, {}).items():
                self._close(agent_id, told, gone_at)

    async def send_changes(self, only: Iterable[AgentId] | None = None) -> tuple[AgentId, ...]:
        """Sends the ACD what it does not believe yet; returns those of whom it learned something. What fails is tried again."""
        if not self._judges():
            return ()
        believed, now = self._believed(), self._clock.now()
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

    def of(self, agent_id: AgentId) -> AgentAudio:
        """The agent's leg, with all screens and the newest report, whichever desk process they are at."""
        known = self._known.get(agent_id, self._unknown)
        for desk in self._desks.values():
            if (told := desk.get(agent_id)) is not None:
                known = _with_report(msgspec.structs.replace(known, screens=known.screens + told.seen.screens), told)
        return known

    def _seen(self, event: DesksSeen) -> tuple[AgentId, ...]:
        now = self._clock.now()
        desk = self._desks.setdefault(event.desk_id, {})
        self._heard_at[event.desk_id] = now
        for seen in event.agents:
            told = _Told(seen, now)
            if seen.screens:
                desk[seen.agent_id] = told
            else:
                desk.pop(seen.agent_id, None)
                self._close(seen.agent_id, told, now)
        return tuple(seen.agent_id for seen in event.agents)

    def _close(self, agent_id: AgentId, told: _Told, gone_at: float) -> None:
        """The last screen at a desk process; what it said last counts for as long as it would have."""
        known = _with_report(self._known.get(agent_id, self._unknown), told)
        self._known[agent_id] = msgspec.structs.replace(known, gone_at=max(known.gone_at, gone_at))

    async def _send(self, command: SetAgentReachable) -> bool:
        try:
            answer = await self._bus.send("acd", command, timeout_s=2.0)
        except Unavailable:
            return False
        if not answer.ok:
            log.warning("reachability was refused", agent_id=command.agent_id)
        return answer.ok


def _with_report(audio: AgentAudio, told: _Told) -> AgentAudio:
    if told.seen.sound is None or (audio.report is not None and told.reported_at < audio.reported_at):
        return audio
    return after_report(audio, told.seen.sound, told.reported_at)

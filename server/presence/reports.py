"""What this desk process tells of the agents' browsers that are connected to it.

Invariant: whatever changes is told at once, whoever is here is told every `BEAT_EVERY_S`, and a browser that says nothing any
more is told with the age of what it said last.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import structlog

from core.events import AgentAtDesk, AnyEvent, BrowserSound, DesksSeen
from core.ids import AgentId, DeskId, new_id
from core.ports import Clock, Unavailable
from core.ranges import LONGEST_S
from server.live.messages import AudioReport

log = structlog.get_logger(__name__)

BEAT_EVERY_S = 2.0
AT_ONCE = 200
"""Agents in one event."""
_ICE_CONNECTED = {"connected", "completed"}


class Events(Protocol):
    """What is asked of the bus."""

    async def publish(self, event: AnyEvent) -> None: ...


class _Here(NamedTuple):
    screens: int = 0
    sound: BrowserSound | None = None
    sound_at: float = 0.0


class DeskReports:
    """Owns what is known of the browsers at this process."""

    def __init__(self, bus: Events, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._desk_id = DeskId(new_id("desk"))
        self._here: dict[AgentId, _Here] = {}
        self._changed: dict[AgentId, None] = {}
        self._something_changed = asyncio.Event()

    def opened(self, agent_id: AgentId) -> None:
        """One more screen of this agent."""
        here = self._of(agent_id)
        self._change(agent_id, here._replace(screens=here.screens + 1))

    def closed(self, agent_id: AgentId) -> None:
        here = self._of(agent_id)
        self._change(agent_id, here._replace(screens=max(0, here.screens - 1)))

    def reported(self, agent_id: AgentId, report: AudioReport) -> None:
        """What has not changed goes out with the next beat."""
        sound = BrowserSound(
            leg_id=report.leg_id,
            microphone=report.microphone,
            running=report.context == "running",
            connected=report.ice in _ICE_CONNECTED,
        )
        here = self._of(agent_id)
        self._here[agent_id] = new = here._replace(sound=sound, sound_at=self._clock.now())
        if here.sound != sound:
            self._change(agent_id, new)

    async def run(self) -> None:
        """Until cancelled."""
        steady = asyncio.get_running_loop().time
        beat_s = steady()
        while True:
            try:
                async with asyncio.timeout(max(0.0, beat_s + BEAT_EVERY_S - steady())):
                    await self._something_changed.wait()
            except TimeoutError:
                beat_s = steady()
                self._changed |= dict.fromkeys(self._here)
            self._something_changed.clear()
            await self._tell()

    async def _tell(self) -> None:
        """What could not be told is told with the next beat."""
        told, self._changed = tuple(self._changed), {}
        now = self._clock.now()
        try:
            for first in range(0, len(told), AT_ONCE):
                agents = tuple(_seen(agent_id, self._of(agent_id), now) for agent_id in told[first : first + AT_ONCE])
                await self._bus.publish(DesksSeen(at=now, desk_id=self._desk_id, agents=agents))
        except Unavailable as error:
            log.info("who is at this desk was not told", count=len(told), error=error)
            self._changed = dict.fromkeys(told) | self._changed
            return
        for agent_id in told:
            if agent_id not in self._changed and self._of(agent_id).screens == 0:
                self._here.pop(agent_id, None)

    def _change(self, agent_id: AgentId, here: _Here) -> None:
        self._here[agent_id] = here
        self._changed[agent_id] = None
        self._something_changed.set()

    def _of(self, agent_id: AgentId) -> _Here:
        return self._here.get(agent_id, _Here())


def _seen(agent_id: AgentId, here: _Here, now: float) -> AgentAtDesk:
    age_s = min(max(0.0, now - here.sound_at), LONGEST_S)
    return AgentAtDesk(
        agent_id=agent_id, screens=here.screens, sound=here.sound, sound_age_s=age_s if here.sound is not None else 0.0
    )

"""An agent: the states people see as a table, and the record.

What is shown is derived: from the requested state (AVAILABLE, AWAY, SIGNED_OUT) and the states of the work held. So a request
made during work takes effect by itself when the last piece is gone, and nobody can be left in a state whose work has ended.
An available agent whom no call can reach shows that, and nothing counts on such a one.
The rest states hold nobody up and wait for the agent; OFFERED, BUSY and WRAP_UP end with the work, which has the deadline.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from acd.model.work import IllegalTransition, Work, WorkState
from acd.rules.capacity import VOICE, has_room
from acd.rules.skills import levels_of
from core.ids import AgentId, QueueId, SkillId, WorkId
from core.model import AgentConfig, AgentState, Channel, UnreachableReason, Value

TRANSITIONS: Mapping[AgentState, frozenset[AgentState]] = {
    AgentState.SIGNED_OUT: frozenset({AgentState.AWAY, AgentState.AVAILABLE, AgentState.UNREACHABLE}),
    AgentState.AWAY: frozenset({AgentState.SIGNED_OUT, AgentState.AVAILABLE, AgentState.UNREACHABLE}),
    AgentState.AVAILABLE: frozenset({AgentState.SIGNED_OUT, AgentState.AWAY, AgentState.OFFERED, AgentState.UNREACHABLE}),
    # OFFERED: text may still be offered to whom no call can be given.
    AgentState.UNREACHABLE: frozenset({AgentState.SIGNED_OUT, AgentState.AWAY, AgentState.OFFERED, AgentState.AVAILABLE}),
    # Back to BUSY or WRAP_UP without accepting: other work (a chat, a wrap-up) was open while this one rang.
    AgentState.OFFERED: frozenset(AgentState) - {AgentState.OFFERED},
    AgentState.BUSY: frozenset(AgentState) - {AgentState.BUSY},
    AgentState.WRAP_UP: frozenset(AgentState) - {AgentState.WRAP_UP},
}

REST = frozenset({AgentState.SIGNED_OUT, AgentState.AWAY, AgentState.AVAILABLE})
"""States that can be requested."""

READY = frozenset({AgentState.AVAILABLE, AgentState.UNREACHABLE})
"""AVAILABLE is requested; whether calls can be given is another matter."""
ABSENT = frozenset({AgentState.AWAY, AgentState.SIGNED_OUT})

RECENT_S = 1800.0
"""Time constant of the occupancy: what was half an hour ago counts 1/e of what is now."""

CHANNELS = tuple(Channel)


class Shown(msgspec.Struct, frozen=True):
    """What screens show of an agent, and `AgentStateChanged` carries."""

    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    until: float | None = None
    queue_id: QueueId | None = None
    work: tuple[WorkId, ...] = ()


class Obstacle(NamedTuple):
    """Why somebody is not offered something."""

    code: str
    """For screens, which say it in their language."""
    words: str
    params: tuple[tuple[str, str | float], ...] = ()


class Declined(Value, frozen=True, kw_only=True):
    """The last offer that an agent declined, and why."""

    at: float
    reason: str
    """As the agent gave it: a `DeclineReason` of the screens, or the words of another program."""


class Agent(msgspec.Struct, kw_only=True):
    """One agent. Changed only by the engine, what is shown only through `show`."""

    config: AgentConfig
    levels: dict[SkillId, int]
    removed: bool = False
    """No longer configured; leaves with the last piece of work."""
    requested: AgentState = msgspec.field(default=AgentState.SIGNED_OUT, name="wish")
    """The state to be in without work. Saved under the names of 0.1, as its two companions."""
    requested_reason: str = msgspec.field(default="", name="wish_reason")
    requested_by: str = msgspec.field(default="", name="wish_by")
    """The supervisor who requested it; empty: the agent, or the rules."""
    shown: Shown = Shown()
    since: float = 0.0
    """Of the shown state."""
    idle_since: float = 0.0
    """Since when this agent has no work and is available; declining or a withdrawn offer does not reset it."""
    turn: int = 0
    """Running number of the last offer to this agent; 0: never asked."""
    occupied: float = 0.0
    """Share of recent serving time with work, 0–1, as of `occupied_at`; older time counts less and less."""
    occupied_at: float = 0.0
    work: dict[WorkId, Channel] = msgspec.field(default_factory=dict)
    """Offered, accepted, active and in wrap-up: each fills a place of its channel."""
    unreachable: dict[Channel, str] = msgspec.field(default_factory=lambda: {Channel.CALL: UnreachableReason.NOT_CONNECTED})
    """Channel → why nothing of it can be offered now: an `UnreachableReason`."""
    declined: Declined | None = None
    """Until the agent takes something, or goes: supervisors see it."""
    gone: list[Channel] = msgspec.field(default_factory=lambda: [Channel.CALL])
    """Of the unreachable channels: those for so long that nobody waits for this agent any more."""

    @classmethod
    def of(cls, config: AgentConfig, now: float) -> Agent:
        return cls(config=config, levels=levels_of(config.skills), since=now)

    @property
    def agent_id(self) -> AgentId:
        return self.config.agent_id

    def show(self, shown: Shown, now: float) -> bool:
        """The only setter of `shown`; says whether anything changed. Raises `IllegalTransition`."""
        if shown == self.shown:
            return False
        if shown.state is not self.shown.state:
            self.occupied, self.occupied_at = self.occupancy(now), now
            if shown.state not in TRANSITIONS[self.shown.state]:
                raise IllegalTransition(f"{self.agent_id}: {self.shown.state} → {shown.state}")
            self.since = now
            if shown.state in READY and self.shown.state not in READY | {AgentState.OFFERED}:
                self.idle_since = now
            if shown.state is AgentState.SIGNED_OUT:
                self.declined = None
        self.shown = shown
        return True

    def occupancy(self, now: float) -> float:
        """Share of recent serving time with work, 0–1. Being away or signed out counts neither way."""
        if self.shown.state in ABSENT or self.shown.state is AgentState.UNREACHABLE:
            return self.occupied
        kept = math.exp((self.occupied_at - now) / RECENT_S)
        return self.occupied * kept + (0.0 if self.shown.state is AgentState.AVAILABLE else 1.0 - kept)

    def reaches(self, channel: Channel) -> bool:
        """Whether something of `channel` could be brought to this agent at all."""
        return reached_by(channel) not in self.unreachable

    def is_awaited(self, channel: Channel) -> bool:
        """Reachable, or unreachable for so short a time that rules hold as if the agent were there."""
        return reached_by(channel) not in self.unreachable or reached_by(channel) not in self.gone

    def unreachable_because(self) -> str | None:
        """Why no call can be given; of who takes none, why nothing at all can be given. None: something can."""
        takes = [channel for channel in CHANNELS if self.config.capacity.get(channel.value, 0) > 0]
        wanted = [channel for channel in takes if channel in VOICE] or takes
        reasons = [self.unreachable.get(reached_by(channel)) for channel in wanted]
        return reasons[0] if reasons and None not in reasons else None

    def why_not(self, channel: Channel) -> str | None:
        """Why no work of `channel` may be offered now, in words; None when it may."""
        obstacle = self.obstacle(channel)
        return obstacle.words if obstacle is not None else None

    def open_channels(self) -> list[Channel]:
        """Channels of which something may be offered now: those without an `obstacle`."""
        if self.removed or self.requested is not AgentState.AVAILABLE or self.shown.state is AgentState.OFFERED:
            return []
        held, no_voice = list(self.work.values()), Channel.CALL in self.unreachable or self._talks()
        return [
            channel
            for channel in CHANNELS
            if not (no_voice if channel in VOICE else channel in self.unreachable) and has_room(self.config, held, channel)
        ]

    def _talks(self) -> bool:
        """There is one audio leg: whoever talks with somebody can be brought nobody else, whatever the capacity says."""
        return self.shown.state is AgentState.BUSY and not VOICE.isdisjoint(self.work.values())

    def obstacle(self, channel: Channel) -> Obstacle | None:
        """Why no work of `channel` may be offered now; None when it may."""
        if self.removed:
            return Obstacle("removed", "no longer configured")
        if self.requested is not AgentState.AVAILABLE:
            return Obstacle(
                self.requested.value, rest_words(self.requested, self.requested_reason), (("reason", self.requested_reason),)
            )
        if self.shown.state is AgentState.OFFERED:
            return Obstacle("offered", "being offered other work")
        reason = self.unreachable.get(reached_by(channel))
        if reason is not None:
            return Obstacle("unreachable", f"not reachable: {reason.replace('_', ' ')}", (("reason", reason),))
        if not self.work:
            return (
                None if self.config.capacity.get(channel.value, 0) > 0 else Obstacle("no_capacity", f"takes no {channel.value}")
            )
        if (channel in VOICE and self._talks()) or not has_room(self.config, self.work.values(), channel):
            wrapping = self.shown.state is AgentState.WRAP_UP
            return Obstacle("wrap_up", "in wrap-up") if wrapping else Obstacle("busy", "busy")
        return None


def reached_by(channel: Channel) -> Channel:
    """What must be reachable for it: voice has one audio leg."""
    return Channel.CALL if channel in VOICE else channel


def shown_state(agent: Agent, held: Iterable[Work]) -> Shown:
    """Ringing shows first, then conversation, then wrap-up, then the requested state; AVAILABLE without a way there says so."""
    work_items = list(held)
    if not work_items:
        lost = agent.unreachable_because() if agent.requested is AgentState.AVAILABLE else None
        return Shown(agent.requested, agent.requested_reason) if lost is None else Shown(AgentState.UNREACHABLE, lost)
    if len(work_items) > 1:
        work_items.sort(key=lambda work: (work.arrival, work.work_id))
    first = min(work_items, key=lambda work: PHASES[work.state][0])
    state = PHASES[first.state][1]
    until = None if state is AgentState.BUSY else first.until
    if state is AgentState.OFFERED:  # here; elsewhere it may ring longer
        until = next((offer.expires_at for offer in first.offers.values() if offer.agent_id == agent.agent_id), until)
    return Shown(state, "", until, first.queue_id, tuple([work.work_id for work in work_items]))


PHASES: Mapping[WorkState, tuple[int, AgentState]] = {
    WorkState.OFFERED: (0, AgentState.OFFERED),
    WorkState.ACCEPTED: (1, AgentState.BUSY),
    WorkState.ACTIVE: (1, AgentState.BUSY),
    WorkState.WRAP_UP: (2, AgentState.WRAP_UP),
}
"""What an agent with such work shows; of several the smallest number, of equals the one that came first."""


def rest_words(state: AgentState, reason: str) -> str:
    """«signed out», «away: lunch», «available»."""
    text = state.value.replace("_", " ")
    return f"{text}: {reason}" if reason else text

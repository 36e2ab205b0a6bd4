"""What desk processes tell of the browsers that are connected to them, and of what was changed through them."""

from __future__ import annotations

from typing import Literal

from core.events.event import Event
from core.ids import AgentId, CallId, CustomerId, DeskId, LegId
from core.model import Value
from core.ranges import Count, Seconds


class BrowserSound(Value, frozen=True, kw_only=True):
    """What a browser says of its sound."""

    leg_id: LegId
    microphone: Literal["live", "muted", "denied", "ended"]
    running: bool
    """Its audio context; else it waits for a click of its user."""
    connected: bool
    """ICE."""


class AgentAtDesk(Value, frozen=True, kw_only=True):
    """One agent, as one desk process sees the agent's browsers."""

    agent_id: AgentId
    screens: Count
    """Open connections."""
    sound: BrowserSound | None = None
    """As it was reported last."""
    sound_age_s: Seconds = 0.0
    """How long ago; an age and no time, because the clocks of two machines differ."""


class DesksSeen(Event, frozen=True, kw_only=True):
    """Who is at this desk process now: at once when something changes, and every few seconds all of them, as a sign of life."""

    desk_id: DeskId
    agents: tuple[AgentAtDesk, ...]
    """Of all others at this process nothing has changed."""


class SettingsChanged(Event, frozen=True, kw_only=True):
    """The company has set something else for its screens."""


class CustomerChanged(Event, frozen=True, kw_only=True):
    """Somebody has corrected who a customer is: calls of this customer show it."""

    customer_id: CustomerId


class ConversationFiled(Event, frozen=True, kw_only=True):
    """Somebody has said whose a conversation is: its call shows whose history it is now."""

    call_id: CallId


class HistoryImported(Event, frozen=True, kw_only=True):
    """History came in beside the calls that run: they show what concerns them."""

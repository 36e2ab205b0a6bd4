"""What is told of customers and their history."""

from __future__ import annotations

import msgspec

from core.events.event import Event
from core.ids import AgentId, CallId, CustomerId, InteractionId, WorkId
from core.model import Certainty, Channel
from core.ranges import Instant, Name, Text


class CallerIdentified(Event, frozen=True, kw_only=True):
    """As much as can be known of who is calling is known, and the screen-pop is ready."""

    call_id: CallId
    customer_id: CustomerId | None
    """None: the number is withheld or several people's."""
    interaction_id: InteractionId
    is_new: bool
    name: Name
    certainty: Certainty = Certainty.UNKNOWN
    number: Name = ""
    """What the caller was recognized by, as it was looked up (E.164)."""
    variables: dict[Name, Name] = msgspec.field(default_factory=dict)
    """Facts a flow may branch on: ``vip``, ``open_tickets``, ``last_channel``, ``language``, ``certainty``."""


class WrapUpFinished(Event, frozen=True, kw_only=True):
    call_id: CallId | None
    work_id: WorkId
    agent_id: AgentId
    disposition: Name
    summary: Text = ""
    next_step: Name = "none"
    """``none``, ``ticket`` or ``callback``."""
    ticket_subject: Name = ""
    """Of the follow-up ticket, when that is the next step; empty: the disposition."""
    callback_at: Instant | None = None
    """When the callback was promised for, when that is the next step."""


class InteractionSaved(Event, frozen=True, kw_only=True):
    """A row of the customer's timeline was written or changed."""

    interaction_id: InteractionId
    customer_id: CustomerId | None
    channel: Channel

"""What flows tell."""

from __future__ import annotations

import msgspec

from core.events.event import Event
from core.ids import CallId, FlowId
from core.ranges import Name


class FlowStepped(Event, frozen=True, kw_only=True):
    """One step of a flow, for the live trace and the record (features I5)."""

    call_id: CallId
    flow_id: FlowId
    step: Name
    """Name of the step entered."""
    verb: Name
    detail: Name = ""
    """What led here, in words for the agent: «pressed 2 (billing)», «said “billing”»."""


class FlowFinished(Event, frozen=True, kw_only=True):
    call_id: CallId
    flow_id: FlowId
    outcome: Name
    """``enqueued``, ``hung_up``, ``connected``, ``failed``."""
    variables: dict[Name, Name] = msgspec.field(default_factory=dict)

"""What flows tell."""

from __future__ import annotations

import msgspec

from core.events.event import Event
from core.ids import CallId, FlowId


class FlowStepped(Event, frozen=True, kw_only=True):
    """One step of a flow, for the live trace and the record (features I5)."""

    call_id: CallId
    flow_id: FlowId
    step: str
    """Name of the step entered."""
    verb: str
    detail: str = ""
    """What led here, in words for the agent: «pressed 2 (billing)», «said “billing”»."""


class FlowFinished(Event, frozen=True, kw_only=True):
    call_id: CallId
    flow_id: FlowId
    outcome: str
    """``enqueued``, ``hung_up``, ``connected``, ``failed``."""
    variables: dict[str, str] = msgspec.field(default_factory=dict)

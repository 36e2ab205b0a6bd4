"""What flows tell."""

from __future__ import annotations

from core.events.event import Event
from core.ids import CallId, FlowId
from core.model import Value
from core.ranges import Count, Name


class FlowStep(Value, frozen=True, kw_only=True):
    """One step that a call entered."""

    step: Name
    """Its name in the flow."""
    verb: Name
    detail: Name = ""
    """What led here, in words for the agent: «pressed 2 (billing)», «said “billing”»."""


class FlowStepped(Event, frozen=True, kw_only=True):
    """What a flow did in one turn, for the live trace and the record (features I5): no time passed between its steps."""

    call_id: CallId
    flow_id: FlowId
    steps: tuple[FlowStep, ...]
    """In order."""


class FlowPublished(Event, frozen=True, kw_only=True):
    """Calls that begin from now on run this version; its prompts are spoken before the first of them needs one."""

    flow_id: FlowId
    version: Count

"""Where a call is in its flow: a frozen value that can be saved, and taken up again by another process."""

from __future__ import annotations

import msgspec

from core.ids import CallId, CustomerId, FlowId, LegId, NodeId, StreamId, WorkId
from core.model import Value
from ivr.verbs import AnyMemory


class FlowState(Value, frozen=True, kw_only=True):
    """Everything the machine knows of one call beyond the flow itself."""

    flow_id: FlowId
    version: int
    step: str
    started_at: float
    memory: AnyMemory | None = None
    """What the present step remembers; None before the first and after the last."""
    deadline: float | None = None
    variables: dict[str, str] = msgspec.field(default_factory=dict)
    plays: int = 0
    """Playbacks so far; the newest one's number."""
    playing: bool = False
    waits: int = 0
    """Times the call was put in a queue."""
    waiting: bool = False
    listening: bool = False
    typed_ahead: str = ""
    """Digits pressed before they were asked for."""
    withheld: tuple[str, ...] = ()
    """Of a saved state: secrets that were known and are not stored; who takes the call up asks for them again."""
    handed_back: bool = False
    """The agent left in mid-conversation: the step that the call was connected in begins again."""
    outcome: str | None = None
    """Set when the flow is over: ``hung_up``, ``connected`` or ``failed``."""


class SavedCall(Value, frozen=True, kw_only=True):
    """What the runner keeps of a call, under kind ``ivr`` and the call's id."""

    call_id: CallId
    leg_id: LegId
    node_id: NodeId
    flow_id: FlowId
    caller: str
    called: str
    language: str
    diverted_from: str = ""
    customer_id: CustomerId | None = None
    state: FlowState | None = None
    """None until the flow has begun."""
    stream_id: StreamId | None = None
    """The recognizer's stream while the flow listens."""
    numbered_from: int = 0
    """Waits and playbacks of a flow that had to begin anew get other numbers, and so other ids, than those before."""
    keys_until: float = 0.0
    """When the last key was pressed that the flow has taken."""


def handed_back(call: SavedCall, now: float) -> SavedCall | None:
    """A call whose flow ended with an agent, as it goes on after that agent left; None for any other. Its time begins anew."""
    state = call.state
    if state is None or state.outcome != "connected":
        return None
    state = msgspec.structs.replace(
        state, outcome=None, handed_back=True, waiting=True, deadline=now, started_at=now, playing=False, listening=False
    )
    return msgspec.structs.replace(call, state=state)


class LivingCall(Value, frozen=True, kw_only=True):
    """A call that is in the flow, as whoever holds the call knows it."""

    call: SavedCall
    """Without its state."""
    work_id: WorkId | None = None
    """What was put in a queue for it last."""
    is_leaving: bool = False
    """Nothing is left to be said but good-bye: its callback is promised."""

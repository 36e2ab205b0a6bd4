"""One call as call control knows it: a frozen value and the table of its states."""

from __future__ import annotations

from enum import StrEnum

from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, OfferId, QueueId, RecordingId, WorkId
from core.model import CallerFacts, LegKind, Value


class CallState(StrEnum):
    """Where a call is.

    ::

        OFFERED ──▶ ANSWERING ──▶ FLOW ──▶ TALKING ⇄ HELD
       │            │           │         ⇅        ⇅
       │            │           │       AGENT_AWAY
       ▼            ▼           ▼         ▼        ▼
                            (removed)

        TALKING, HELD, AGENT_AWAY ──▶ FLOW: the agent left, the customer waits in the queue again.

        DIALLING ──▶ TALKING, or AGENT_AWAY, or (removed)

    OFFERED: at the door, its number is being looked up. ANSWERING: 200 is sent, the ACK is awaited (RFC 3261 §13.3.1.4).
    DIALLING: an agent has taken a callback; the customer's number is looked up, then the phone rings.
    FLOW: answered, the IVR has it (waiting in a queue is part of it).
    AGENT_AWAY: the agent's audio is gone; the customer hears music until it returns or the grace ends. A call whose agent never
    had audio goes back to FLOW when the offer is withdrawn: it waits for another agent.
    An ended call has no state: it is removed after `CallEnded`.
    """

    OFFERED = "offered"
    ANSWERING = "answering"
    DIALLING = "dialling"
    FLOW = "flow"
    TALKING = "talking"
    HELD = "held"
    AGENT_AWAY = "agent_away"


TRANSITIONS: dict[CallState, frozenset[CallState]] = {
    CallState.OFFERED: frozenset({CallState.ANSWERING}),
    CallState.ANSWERING: frozenset({CallState.FLOW}),
    CallState.DIALLING: frozenset({CallState.TALKING, CallState.AGENT_AWAY}),
    CallState.FLOW: frozenset({CallState.TALKING, CallState.AGENT_AWAY}),
    CallState.TALKING: frozenset({CallState.HELD, CallState.AGENT_AWAY, CallState.FLOW}),
    CallState.HELD: frozenset({CallState.TALKING, CallState.AGENT_AWAY, CallState.FLOW}),
    CallState.AGENT_AWAY: frozenset({CallState.TALKING, CallState.FLOW}),
}
"""Between living states; everything else is a mistake in the caller and raises."""


class IllegalTransition(Exception):
    """A change of state that the table does not know."""


class Call(Value, frozen=True, kw_only=True):
    """A call's facts. Saved on every change, so that a restarted server takes its calls back."""

    call_id: CallId
    node_id: NodeId
    kind: LegKind
    caller: str
    """The customer's number: who calls, or who is called back."""
    called: str
    display_name: str
    customer_token: str | None
    trunk: str = ""
    """That it came by; empty: none, a browser's."""
    customer_leg: LegId
    state: CallState
    offered_at: float
    deadline: float
    """When the present state ends by itself."""
    started_at: float | None = None
    flow_id: FlowId | None = None
    language: str = "en"
    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    agent_leg: LegId | None = None
    connected_at: float | None = None
    waited_s: float = 0.0
    recording_id: RecordingId | None = None
    recording_path: str | None = None
    mix_version: int = 0
    """Of the last `SetMix`; 0: the flow has the caller for itself, and always had."""
    outbound: bool = False
    origin_call_id: CallId | None = None
    """Of an outbound call: the one in which it was promised."""
    customer_id: CustomerId | None = None
    """Of an outbound call, when its record says so."""
    facts: CallerFacts = CallerFacts()
    left_by: AgentId | None = None
    """The agent who left in mid-conversation, until another one talks with the customer."""
    hand_back_told: bool = False
    """Everybody has been told of that, and whoever leads the caller on has begun."""
    accepted_offers: tuple[OfferId, ...] = ()
    """Each counts once: heard again after a restart, the acceptance of an agent who has left meanwhile means nothing."""
    keys_until: float = 0.0
    """When the agent pressed the last key that was sent on."""
    callback_promised: bool = False
    """The caller has left the queue and will be called back."""


class AgentLeg(Value, frozen=True, kw_only=True):
    """An agent's nailed-up audio."""

    agent_id: AgentId
    leg_id: LegId
    node_id: NodeId
    connected_at: float = 0.0
    """0: nobody saw it come."""


def check_transition(old: CallState, new: CallState) -> None:
    """Raises `IllegalTransition` for one outside `TRANSITIONS`."""
    if new not in TRANSITIONS[old]:
        raise IllegalTransition(f"a call cannot go from {old} to {new}")

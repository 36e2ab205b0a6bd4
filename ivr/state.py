"""Where a call is in its flow: a frozen value that can be saved, and taken up again by another process."""

from __future__ import annotations

import msgspec

from core.ids import CallId, CustomerId, FlowId, LegId, NodeId, QueueId, StreamId, WorkId
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
    transferred: bool = False
    """By handing it on to somebody else."""
    outcome: str | None = None
    """Set when the flow is over: ``hung_up``, ``connected`` or ``failed``."""


class Place(Value, frozen=True, kw_only=True):
    """A place in a queue that stands for one of the flow's waits, and that an agent asked for."""

    work_id: WorkId
    queue_id: QueueId
    wait: int
    """Which one, counted as `FlowState.waits`."""


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
    place: Place | None = None

    def work_of(self, wait: int) -> WorkId:
        """Of one of its waits. The same call and number give the same id, also after a restart."""
        if self.place is not None and self.place.wait == wait:
            return self.place.work_id
        return WorkId(f"work_{self.call_id.removeprefix('call_')}_{wait}")


def handed_back(call: SavedCall, now: float, work_id: WorkId | None, queue_id: QueueId | None, *, on: bool) -> SavedCall | None:
    """A call whose flow ended with an agent, as it goes on after that agent left; None for any other. Its time begins anew.

    `work_id` and `queue_id`: what waits for it now, where that is known. `on`: the agent handed it on to somebody else.
    """
    state = call.state
    if state is None or state.outcome != "connected":
        return None
    state = msgspec.structs.replace(
        state,
        outcome=None,
        handed_back=True,
        transferred=on,
        waiting=True,
        deadline=now,
        started_at=now,
        playing=False,
        listening=False,
    )
    if work_id is not None and queue_id is not None and work_id != call.work_of(state.waits):
        call = msgspec.structs.replace(call, place=Place(work_id=work_id, queue_id=queue_id, wait=state.waits))
    return msgspec.structs.replace(call, state=state)


class LivingCall(Value, frozen=True, kw_only=True):
    """A call that is in the flow, as whoever holds the call knows it."""

    call: SavedCall
    """Without its state."""
    work_id: WorkId | None = None
    """What was put in a queue for it last."""
    queue_id: QueueId | None = None
    """Which one."""
    transferred: bool = False
    """By an agent who handed it on."""
    is_leaving: bool = False
    """Nothing is left to be said but good-bye: its callback is promised."""

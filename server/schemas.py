"""Entities as the API and the live view send them (docs/api.md), beyond those that `customers.model` already has.

The live view and REST share these structs; their JSON Schema goes into OpenAPI and into the types of the web application.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from acd.model.agents import Declined
from acd.model.work import WorkState
from acd.views.agent import AgentView
from acd.views.queue import PlaceView, QueueView
from acd.views.work import WorkView
from core.causes import EndCause
from core.ids import AgentId, CallId, CustomerId, InteractionId, NodeId, OfferId, PartyId, QueueId, UserId, WorkId
from core.model import AgentSkill, AgentState, Channel, Decision, LegKind, LegQuality, Purpose, SkillRequirement, Value
from core.parties import Mode, PartyState
from customers.callbacks import interaction_of_work
from customers.model import Step
from customers.screen_pop import Pop
from server.rights import CallScope, Permission, Role

CallPhase = Literal["ivr", "dialling", "waiting", "ringing", "talking", "held", "wrap_up", "ended"]


class Me(Value, frozen=True, kw_only=True):
    """Who is signed in."""

    user_id: UserId
    username: str
    name: str
    role: Role
    agent_id: AgentId | None
    language: str
    must_change_password: bool = False
    """Somebody else chose the password: nothing else is done before it is changed."""
    must_add_second_step: bool = False
    """The company asks this role for one, and the person has none: nothing else is done before it is set up."""
    permissions: tuple[Permission, ...] = ()
    """What the person may do: pages that need another one say so."""
    recordings: CallScope = "own"
    """Whose conversations the person hears, afterwards and as they are held."""
    only_queues: tuple[QueueId, ...] | None = None
    """Whose work the person sees and acts on besides the own; null: every queue's."""

    @property
    def ready(self) -> bool:
        """Nothing stands before everything else."""
        return not (self.must_change_password or self.must_add_second_step)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


class Agent(Value, frozen=True, kw_only=True):
    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    by: str
    """Name of the person who set the present state, or the next one, when it was not the agent."""
    since: float
    until: float | None
    queue_id: QueueId | None
    call_id: CallId | None
    next_state: AgentState | None
    """Takes effect after the present work."""
    next_reason: str
    skills: tuple[AgentSkill, ...]
    reachable: bool
    reachable_reason: str
    handled_today: int
    aht_s: float | None
    declined: Declined | None = None
    """The last offer that was declined, and why, when nothing was taken since."""
    planned_until: float | None = None
    """End of the shift that runs now; null outside of all."""
    adherence: float | None = None
    """Today: share of the planned time so far that was served, 0…1; null when nothing was planned."""
    late_s: float = 0.0
    """Today: planned time before the agent came."""


class Queue(Value, frozen=True, kw_only=True):
    queue_id: QueueId
    name: str
    waiting: int
    oldest_since: float | None
    expected_wait_s: float | None
    """Somebody who joins the end of the line now: half wait less than this."""
    expected_p90_s: float | None
    calibration: float | None
    """Today: share of those who waited no longer than the p90 they were given; right is 0.9."""
    estimate_error_s: float | None
    """Today: mean distance between the wait and the median given at arrival."""
    service_level: float | None
    service_level_s: float
    ageing_per_minute: float
    offered: int
    answered: int
    abandoned: int
    agents_available: int
    agents_unreachable: int = 0
    """Mean to be available, but no call can be given; counted nowhere else."""
    agents_busy: int
    agents_wrap_up: int
    recent: tuple[int, ...]


PartyRole = Literal["customer", "agent", "consultant", "supervisor", "outside", "bot"]
PartyMode = Literal["talk", "listen", "whisper"]


class LiveParty(Value, frozen=True, kw_only=True):
    """One who takes part in a conversation, or is being asked to."""

    party_id: PartyId
    role: PartyRole
    agent_id: AgentId | None = None
    """None of a colleague: nobody of the queue that was asked has answered yet."""
    user_id: UserId | None = None
    """Of a supervisor."""
    state: PartyState
    mode: PartyMode = "talk"
    work_id: WorkId | None = None
    since: float | None = None
    """When the state began; null: nobody saw it begin."""
    until: float | None = None
    """When it ends by itself."""


class Asked(Value, frozen=True, kw_only=True):
    """What an agent wants of a colleague, for whom it rings and who takes it. Kept for whoever went on with the conversation."""

    work_id: WorkId
    purpose: Purpose
    agent_id: AgentId
    """Who asks."""
    to_agent_id: AgentId | None = None
    queue_id: QueueId
    note: str = ""
    taken_by: AgentId | None = None
    """Who accepted; null: nobody yet."""
    at: float


class ConsultationEnd(Value, frozen=True, kw_only=True):
    """Why the colleague of a consultation is not there, or not any more."""

    cause: EndCause
    agent_id: AgentId | None = None
    at: float


class CallWrapUp(Value, frozen=True, kw_only=True):
    """An agent has left the conversation and writes it up, while it may go on with somebody else."""

    agent_id: AgentId
    work_id: WorkId
    since: float
    until: float | None = None
    """Null: without a limit, or not known yet."""


MODES: dict[Mode, Literal["listen", "whisper", "join"]] = {Mode.LISTEN: "listen", Mode.WHISPER: "whisper", Mode.TALK: "join"}
"""As supervisors say it."""


class LiveCall(Value, frozen=True, kw_only=True):
    """A call on the board and the desk. `path` is the caller's way through the flow."""

    call_id: CallId
    interaction_id: InteractionId
    """The conversation's, as history and the screen-pop have it; every channel has one."""
    work_id: WorkId | None = None
    state: CallPhase
    kind: LegKind
    outbound: bool = False
    """We called the customer; `caller` is the number that was dialled."""
    customer_id: CustomerId | None = None
    customer_name: str = ""
    caller: str
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    """Whose conversation it is now; of an ended call, whose it was."""
    started_at: float
    waiting_since: float | None = None
    connected_at: float | None = None
    ended_at: float | None = None
    path: tuple[Step, ...] = ()
    recording: Literal["off", "on", "failed"] = "off"
    transcript: Literal["live", "late", "none"] = "none"
    last_words: str = ""
    quality: LegQuality | None = None
    cause: str | None = None
    parties: tuple[LiveParty, ...] = ()
    """Of a conversation: whose state follows from what each of them does."""
    asked: Asked | None = None
    consultation_end: ConsultationEnd | None = None
    """Of the last consultation, until the agent does something else."""
    wrap_ups: tuple[CallWrapUp, ...] = ()
    names: dict[AgentId, str] = msgspec.field(default_factory=dict)
    """Of the agents that are named here: a desk knows no others."""


class Offer(Value, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    """None of a callback: the call is made when the offer is accepted."""
    interaction_id: InteractionId | None
    """The conversation's; of a callback, the promise's."""
    channel: Channel = Channel.CALL
    queue_id: QueueId
    agent_id: AgentId
    made_at: float
    expires_at: float
    reason: str
    decision: Decision
    pop: Pop | None
    purpose: Purpose = Purpose.CONTACT
    asked_by: AgentId | None = None
    """Of a consultation or a transfer: the colleague whose wish it is."""
    asked_by_name: str = ""
    note: str = ""
    """From that one."""


class Work(Value, frozen=True, kw_only=True):
    """A contact request on the board, and on the desk of whoever it rings at or has it."""

    work_id: WorkId
    call_id: CallId | None
    interaction_id: InteractionId | None
    """The conversation's; of a callback that was not called yet, the promise's."""
    origin_call_id: CallId | None
    """Of a callback: the call it was promised in."""
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    customer_name: str
    state: WorkState
    until: float
    """Deadline of the state; of scheduled work, when it takes its place."""
    enqueued_at: float
    priority: float
    """With the queue's own, without ageing."""
    extra_priority: float
    """What was added to the queue's own: what a supervisor changes."""
    requirements: tuple[SkillRequirement, ...]
    """What is asked for now."""
    condition: str
    """Beyond skills, in words."""
    relaxed: str
    """What was given up on the way, in words."""
    steps_taken: int
    """Of the queue's routing steps."""
    steps: int
    expected_p50_s: float | None
    """The wait that was estimated on entering the queue."""
    expected_p90_s: float | None
    agent_id: AgentId | None
    decision: Decision | None
    """Of the offer that rings or was accepted: why that agent."""
    purpose: Purpose = Purpose.CONTACT
    """With a consultation no customer waits in line."""


class Line(Value, frozen=True, kw_only=True):
    """The first of those who wait in a queue, the next first."""

    queue_id: QueueId
    places: tuple[PlaceView, ...]
    """With what remains of the wait by the estimate."""


AWAY_REASONS = ("break", "lunch", "meeting", "training", "paperwork")
"""Codes that screens translate; what a company adds is shown as it was written."""


class Settings(Value, frozen=True, kw_only=True):
    """What the company has set for its screens."""

    away_reasons: tuple[str, ...] = AWAY_REASONS
    first_steps: bool = True
    """Whether «First steps» stands in the Administration's navigation."""


MissingKind = Literal[
    "agent", "queue", "line", "work", "call", "offer", "pop", "watch", "attention", "numbers", "part", "message"
]


class Missing(Value, frozen=True, kw_only=True):
    """Something that could not be shown, while everything else is."""

    kind: MissingKind
    id: str
    """Empty: there is but one of its kind."""


class AsrSystem(Value, frozen=True, kw_only=True):
    available: bool
    model: str | None
    workers: int
    streams: int
    shedding: str


class NodeSystem(Value, frozen=True, kw_only=True):
    node_id: NodeId
    name: str
    region: str
    state: Literal["up", "draining", "drained", "lost"]
    """Whoever has a leg on one that is not `up` opens another one."""
    legs: int
    in_calls: int
    max_legs: int
    loop_lag_ms: float


class ChildSystem(Value, frozen=True, kw_only=True):
    name: str
    restarts: int


class System(Value, frozen=True, kw_only=True):
    asr: AsrSystem
    nodes: tuple[NodeSystem, ...]
    children: tuple[ChildSystem, ...]
    version: str


def agent_of(view: AgentView, names: Mapping[str, str]) -> Agent:
    """`names` of users: an agent reads who did it, not an id."""
    return Agent(**_part(view, Agent) | {"by": names.get(view.by, view.by)})


def work_of(view: WorkView, customer_name: str) -> Work:
    interaction_id = interaction_of_work(view.call_id, view.origin_call_id)
    return Work(**_part(view, Work), interaction_id=interaction_id, customer_name=customer_name)


def queue_of(view: QueueView) -> Queue:
    return Queue(**_part(view, Queue))


def _part(view: Value, of: type[Value]) -> dict[str, Any]:
    """The fields of an ACD's view that screens are sent."""
    return {name: getattr(view, name) for name in of.__struct_fields__ if name in view.__struct_fields__}

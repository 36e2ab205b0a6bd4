"""Entities as the API and the live view send them (docs/api.md), beyond those that `customers.model` already has.

The live view and REST share these structs; their JSON Schema goes into OpenAPI and into the types of the web application.
"""

from __future__ import annotations

from typing import Literal

from acd.views import AgentView, QueueView, WorkView
from acd.work import WorkState
from core.ids import AgentId, CallId, CustomerId, NodeId, OfferId, QueueId, UserId, WorkId
from core.model import AgentSkill, AgentState, Channel, Decision, LegKind, LegQuality, SkillRequirement, Value
from customers.model import Step
from customers.screen_pop import Pop

Role = Literal["agent", "supervisor", "admin"]
CallPhase = Literal["ivr", "waiting", "ringing", "talking", "held", "wrap_up", "ended"]


class Me(Value, frozen=True, kw_only=True):
    """Who is signed in."""

    user_id: UserId
    username: str
    name: str
    role: Role
    agent_id: AgentId | None
    language: str


class Agent(Value, frozen=True, kw_only=True):
    agent_id: AgentId
    name: str
    state: AgentState
    reason: str
    since: float
    until: float | None
    queue_id: QueueId | None
    call_id: CallId | None
    skills: tuple[AgentSkill, ...]
    reachable: bool
    reachable_reason: str
    handled_today: int
    aht_s: float | None


class Queue(Value, frozen=True, kw_only=True):
    queue_id: QueueId
    name: str
    waiting: int
    oldest_since: float | None
    expected_wait_s: float | None
    service_level: float | None
    service_level_s: float
    ageing_per_minute: float
    offered: int
    answered: int
    abandoned: int
    agents_free: int
    agents_busy: int
    agents_wrap_up: int
    recent: tuple[int, ...]


class LiveCall(Value, frozen=True, kw_only=True):
    """A call on the board and the desk. `path` is the caller's way through the flow."""

    call_id: CallId
    work_id: WorkId | None = None
    state: CallPhase
    kind: LegKind
    customer_id: CustomerId | None = None
    customer_name: str = ""
    caller: str
    queue_id: QueueId | None = None
    agent_id: AgentId | None = None
    started_at: float
    waiting_since: float | None = None
    connected_at: float | None = None
    ended_at: float | None = None
    wrap_up_until: float | None = None
    path: tuple[Step, ...] = ()
    recording: Literal["off", "on", "failed"] = "off"
    transcript: Literal["live", "late", "none"] = "none"
    last_words: str = ""
    quality: LegQuality | None = None
    cause: str | None = None


class Offer(Value, frozen=True, kw_only=True):
    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    made_at: float
    expires_at: float
    reason: str
    decision: Decision
    pop: Pop | None


class Work(Value, frozen=True, kw_only=True):
    """A contact request on the board, and on the desk of whoever it rings at or has it."""

    work_id: WorkId
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    customer_id: CustomerId | None
    customer_name: str
    state: WorkState
    enqueued_at: float
    priority: float
    """With the queue's own, without ageing."""
    extra_priority: float
    """What was added to the queue's own: what a supervisor changes."""
    requirements: tuple[SkillRequirement, ...]
    """What is asked for now."""
    agent_id: AgentId | None
    decision: Decision | None
    """Of the offer that rings or was accepted: why that agent."""


class Place(Value, frozen=True, kw_only=True):
    """One place in a line."""

    work_id: WorkId


class Line(Value, frozen=True, kw_only=True):
    """The first of those who wait in a queue, the next first."""

    queue_id: QueueId
    places: tuple[Place, ...]


AWAY_REASONS = ("break", "lunch", "meeting", "training", "paperwork")
"""Codes that screens translate; what a company adds is shown as it was written."""


class Settings(Value, frozen=True, kw_only=True):
    """What the company has set for its screens."""

    away_reasons: tuple[str, ...] = AWAY_REASONS


class ShownAlert(Value, frozen=True, kw_only=True):
    key: str
    severity: str
    text: str
    at: float


class AsrSystem(Value, frozen=True, kw_only=True):
    available: bool
    model: str | None
    workers: int
    streams: int
    shedding: str


class NodeSystem(Value, frozen=True, kw_only=True):
    node_id: NodeId
    state: Literal["up", "lost"]
    legs: int
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


class Numbers(Value, frozen=True, kw_only=True):
    waiting: int
    oldest_since: float | None
    oldest_queue_id: QueueId | None
    service_level_today: float | None
    service_level_30m: float | None
    service_level_s: float
    offered_today: int
    abandoned_today: int
    talking: int


def agent_of(view: AgentView) -> Agent:
    return Agent(**{name: getattr(view, name) for name in Agent.__struct_fields__})


def work_of(view: WorkView, customer_name: str) -> Work:
    fields = {name: getattr(view, name) for name in Work.__struct_fields__ if name != "customer_name"}
    return Work(**fields, customer_name=customer_name)


def queue_of(view: QueueView) -> Queue:
    return Queue(**{name: getattr(view, name) for name in Queue.__struct_fields__})

"""Plain values shared by several features: kinds, states, and what a call, an agent or a queue looks like from outside."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.ids import AgentId, QueueId, SkillId


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every message part: immutable, keyword-only, and strict about unknown fields at the border."""


class Channel(StrEnum):
    """What kind of conversation an interaction or a piece of work is."""

    CALL = "call"
    CHAT = "chat"
    EMAIL = "email"
    TICKET = "ticket"
    CALLBACK = "callback"


class LegKind(StrEnum):
    SIP = "sip"
    BROWSER = "browser"


class LegPurpose(StrEnum):
    """Whom a leg belongs to."""

    CALLER = "caller"
    AGENT = "agent"
    SUPERVISOR = "supervisor"


class Speaker(StrEnum):
    """Who says an utterance; the caller's and the agent's leg are heard apart."""

    CUSTOMER = "customer"
    AGENT = "agent"


class AgentState(StrEnum):
    """What an agent is doing, as people and the board see it.

    ::

        SIGNED_OUT ⇄ AWAY ⇄ FREE → OFFERED → BUSY → WRAP_UP → FREE
                                      └──(no answer)──▶ AWAY
    """

    SIGNED_OUT = "signed_out"
    AWAY = "away"
    FREE = "free"
    OFFERED = "offered"
    BUSY = "busy"
    WRAP_UP = "wrap_up"


class SkillRequirement(Value, frozen=True, kw_only=True):
    """At least `level` (1–5) of `skill`."""

    skill: SkillId
    level: int = 1


class AgentSkill(Value, frozen=True, kw_only=True):
    """What an agent can do, and how well (1–5)."""

    skill: SkillId
    level: int


class Strategy(StrEnum):
    """Who of several eligible agents gets the work."""

    LONGEST_IDLE = "longest_idle"
    MOST_SKILLED = "most_skilled"


class QueueConfig(Value, frozen=True, kw_only=True):
    """A queue's rules, as the ACD needs them."""

    queue_id: QueueId
    name: str
    requirements: tuple[SkillRequirement, ...] = ()
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_timeout_s: float = 20.0
    """How long one offer rings before it counts as not answered."""
    wrap_up_limit_s: float = 60.0
    """0 sends the agent straight back to free."""
    max_wait_s: float = 3600.0
    """After this the work ends as timed out: every state has a deadline."""
    priority: int = 0
    ageing_per_minute: float = 1.0
    """Priority points a piece of work gains for each minute it waits."""
    service_level_s: float = 20.0
    short_abandon_s: float = 5.0
    """Callers who leave sooner than this do not count as abandoned."""


class AgentConfig(Value, frozen=True, kw_only=True):
    """An agent's abilities, as the ACD needs them."""

    agent_id: AgentId
    name: str
    skills: tuple[AgentSkill, ...] = ()
    queues: tuple[QueueId, ...] = ()
    """Empty: every queue whose requirements the skills meet."""
    capacity: dict[str, int] = msgspec.field(default_factory=lambda: {"call": 1, "chat": 3, "ticket": 5, "callback": 1})


class DecisionCandidate(Value, frozen=True, kw_only=True):
    """One agent that was looked at for an offer."""

    agent_id: AgentId
    eligible: bool
    score: float = 0.0
    why: str = ""
    """In words: «in wrap-up», «billing 2 < 3», «longest idle: 184 s»."""


class Decision(Value, frozen=True, kw_only=True):
    """Why this agent got this offer (features A11)."""

    strategy: Strategy
    candidates: tuple[DecisionCandidate, ...]
    summary: str
    """One line for the desk: «longest idle of 3 with billing ≥ 3»."""


class Word(Value, frozen=True, kw_only=True):
    """One recognized word; times are milliseconds from the start of the leg."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float


class LegQuality(Value, frozen=True, kw_only=True):
    """How a leg sounds (features T10)."""

    packets_sent: int
    packets_received: int
    packets_lost: int
    jitter_ms: float
    round_trip_ms: float | None
    codec: str
    level_in_dbfs: float | None = None
    level_out_dbfs: float | None = None


class LegSnapshot(Value, frozen=True, kw_only=True):
    """A leg as its node sees it now; the answer to `ListLegs` is a list of these."""

    leg_id: str
    call_id: str | None
    kind: LegKind
    purpose: LegPurpose
    agent_id: AgentId | None
    answered: bool
    bridged_with: str | None
    codec: str | None = None

"""Plain values shared by several features: kinds, states, and what a call, an agent or a queue looks like from outside."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from core.causes import WorkEnd
from core.ids import AgentId, CallId, QueueId, SkillId, WorkId
from core.ranges import (
    Count,
    IdText,
    Instant,
    Level,
    Measure,
    Milliseconds,
    Name,
    Points,
    Seconds,
    Size,
    Text,
    Whole,
    WholePoints,
)


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of every message part: immutable, keyword-only, and strict about unknown fields at the border."""


class Channel(StrEnum):
    """What kind of conversation an interaction or a piece of work is."""

    CALL = "call"
    CHAT = "chat"
    EMAIL = "email"
    TICKET = "ticket"
    CALLBACK = "callback"


class Purpose(StrEnum):
    """Why a piece of work came to be."""

    CONTACT = "contact"
    """A customer wants something."""
    CONSULTATION = "consultation"
    """An agent asks a colleague while the customer waits. In no number about queues: the customer was counted when they came."""
    TRANSFER = "transfer"
    """An agent has handed a conversation on: it goes on with older work's time of arrival."""


class LegKind(StrEnum):
    SIP = "sip"
    BROWSER = "browser"


class Certainty(StrEnum):
    """How sure we are that a caller is this customer. A guess is never treated as knowledge."""

    CERTAIN = "certain"
    """By something verified: a signed token, a PIN, an attested number that stands in the record. May be spoken to personally."""
    LIKELY = "likely"
    """By the number or address of one record alone. Conversations are filed there, but nothing personal is said."""
    SHARED = "shared"
    """The number or address is several people's: they are candidates, and the conversation is filed under nobody."""
    UNKNOWN = "unknown"


class CallerFacts(Value, frozen=True, kw_only=True):
    """What the way in says of a caller, beside the number and the name."""

    withheld: bool = False
    """The caller does not want to be known: number and name are empty, and stay so."""
    attested: bool = False
    """The carrier has verified that the number is the caller's."""
    country: Name | None = None
    """Region (ISO 3166) of a number without country code; None: the installation's; empty: numbers come in full."""
    diverted_from: Name = ""
    """The number that sent the caller on to us."""


class LegPurpose(StrEnum):
    """Whom a leg belongs to."""

    CALLER = "caller"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    LINK = "link"
    """A way to another node: whoever's leg is there is heard, and hears, through it."""


class Speaker(StrEnum):
    """Who says an utterance; the caller's and the agent's leg are heard apart."""

    CUSTOMER = "customer"
    AGENT = "agent"


class AgentState(StrEnum):
    """What an agent is doing, as people and the board see it.

    ::

        SIGNED_OUT ⇄ AWAY ⇄ AVAILABLE → OFFERED → BUSY → WRAP_UP → AVAILABLE
                               ⇅           └──(no answer)──▶ AWAY
                          UNREACHABLE
    """

    SIGNED_OUT = "signed_out"
    AWAY = "away"
    AVAILABLE = "available"
    UNREACHABLE = "unreachable"
    """Asked to be available, but no call can be given: the browser is gone, or has no sound."""
    OFFERED = "offered"
    BUSY = "busy"
    WRAP_UP = "wrap_up"

    @classmethod
    def _missing_(cls, value: object) -> AgentState | None:
        """What 0.1 wrote down (the queues' saved state and its inputs, the stream of events) says "free"."""
        return cls.AVAILABLE if value == "free" else None


class UnreachableReason(StrEnum):
    """Why nothing can be brought to an agent. Codes: screens have the words (`unreachable` in the translation files)."""

    DESK_CLOSED = "desk_closed"
    NOT_CONNECTED = "not_connected"
    """No audio leg."""
    MICROPHONE_DENIED = "microphone_denied"
    MICROPHONE_LOST = "microphone_lost"
    """Unplugged, or taken by another program."""
    NO_REPORT = "no_report"
    """The browser has not said lately that its audio works."""
    RECONNECTING = "reconnecting"
    AUDIO_PAUSED = "audio_paused"
    """By the browser, until the agent clicks into the page."""
    INTERRUPTED = "interrupted"
    NO_SOUND = "no_sound"


class SkillRequirement(Value, frozen=True, kw_only=True):
    """At least `level` (1–5) of `skill`."""

    skill: SkillId
    level: Level = 1


class AgentSkill(Value, frozen=True, kw_only=True):
    """What an agent can do, and how well (1–5)."""

    skill: SkillId
    level: Level


class Strategy(StrEnum):
    """Who of several eligible agents gets the work."""

    LONGEST_IDLE = "longest_idle"
    MOST_SKILLED = "most_skilled"
    LEAST_OCCUPIED = "least_occupied"
    ROUND_ROBIN = "round_robin"
    RING_ALL = "ring_all"
    RANDOM = "random"


class RoutingStep(Value, frozen=True, kw_only=True):
    """From `after_s` of waiting on, other rules hold for a piece of work; what a step does not name stays as it was."""

    after_s: Seconds
    requirements: tuple[SkillRequirement, ...] | None = None
    """Instead of the queue's; an empty tuple asks for nothing."""
    condition: Text | None = None
    """Instead of the queue's condition; empty drops it."""
    overflow_to: QueueId | None = None
    """The work moves to this queue with its place in time, and follows that queue's rules."""


class Shift(Value, frozen=True, kw_only=True):
    """When an agent is planned to serve, on some days of the week, in the installation's time zone."""

    days: tuple[Name, ...]
    """``mon`` … ``sun``."""
    hours: tuple[Name, ...]
    """``09:00-12:30``; an end before the start is refused: a night shift is two spans."""


class QueueConfig(Value, frozen=True, kw_only=True):
    """A queue's rules, as the ACD needs them."""

    queue_id: QueueId
    name: Name
    requirements: tuple[SkillRequirement, ...] = ()
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_timeout_s: Seconds = 20.0
    """How long one offer rings before it counts as not answered."""
    wrap_up_limit_s: Seconds = 60.0
    """0 sends the agent straight back to free."""
    max_wait_s: Seconds = 3600.0
    """After this the work ends as timed out: every state has a deadline."""
    priority: WholePoints = 0
    ageing_per_minute: Points = 1.0
    """Priority points a piece of work gains for each minute it waits."""
    service_level_s: Seconds = 20.0
    short_abandon_s: Seconds = 5.0
    """Callers who leave sooner than this do not count as abandoned."""
    condition: Text = ""
    """Who may serve, beyond `requirements`: ``language.zh >= 3 and not vip_only``."""
    steps: tuple[RoutingStep, ...] = ()
    """By rising `after_s`."""
    preferred_agent_s: Seconds = 30.0
    """How long work that asks for one agent waits for that agent alone; then anyone able may have it."""
    last_agent_days: Measure = 0.0
    """The agent who last served this customer here is preferred for this long; 0: never."""
    hours: Name = ""
    """Name of the opening hours; empty: always open."""


class AgentConfig(Value, frozen=True, kw_only=True):
    """An agent's abilities, as the ACD needs them."""

    agent_id: AgentId
    name: Name
    skills: tuple[AgentSkill, ...] = ()
    queues: tuple[QueueId, ...] = ()
    """Empty: every queue whose requirements the skills meet."""
    capacity: dict[Name, Count] = msgspec.field(default_factory=lambda: {"call": 1, "chat": 3, "ticket": 5, "callback": 1})
    interruptions: dict[Name, dict[Name, Count]] = {}
    """New work's channel → open channel → how many of those may be open when it arrives: ``{"call": {"chat": 2}}``.
    A channel that is not named keeps the usual rule of the ACD."""
    attributes: dict[Name, bool | Whole | Name] = {}
    """Facts that conditions may ask for: ``vip_only``, ``site``."""
    shifts: tuple[Shift, ...] = ()


class WorkRecord(Value, frozen=True, kw_only=True):
    """One stay of a piece of work in one queue: what every number about queues is counted from. Ids and times only."""

    work_id: WorkId
    stay: Count = 0
    """0: the queue it came to first; moving it begins the next stay."""
    call_id: CallId | None
    channel: Channel
    queue_id: QueueId
    enqueued_at: Instant
    """When the customer began to wait; moving does not change it."""
    entered_at: Instant
    """When it came to this queue."""
    offers: Count = 0
    offered_at: Instant | None = None
    """First ring in this queue."""
    answered_at: Instant | None = None
    """An agent accepted, and the two were connected or are about to be."""
    connected_at: Instant | None = None
    talked_until: Instant | None = None
    """End of the conversation, beginning of the wrap-up."""
    ended_at: Instant | None = None
    """None: not over yet."""
    waited_s: Seconds = 0.0
    """From `enqueued_at` to the answer, or to the end."""
    agent_id: AgentId | None = None
    cause: WorkEnd | None = None
    """``overflowed`` for a stay that ended by a move, ``handed_back`` when its agent left."""
    transfers: Count = 0
    """Times an agent handed the conversation on."""
    skills: tuple[SkillId, ...] | None = None
    """What the queue and the work asked for when it came to the queue, sorted; None: not recorded, it came before 0.2."""
    service_level_s: Seconds
    """The queue's thresholds as they were when the work came."""
    short_abandon_s: Seconds
    expected_p50_s: Seconds | None = None
    """What was estimated at arrival."""
    expected_p90_s: Seconds | None = None


class ScoreTerm(Value, frozen=True, kw_only=True):
    """One part of a score, so that a reader can add them up."""

    name: Name
    value: Points


class DecisionCandidate(Value, frozen=True, kw_only=True):
    """One agent that was looked at for an offer."""

    agent_id: AgentId
    name: Name = ""
    eligible: bool
    score: Points = 0.0
    why: Text = ""
    """In words: «in wrap-up», «billing 2 < 3», «longest idle: 184 s»."""
    code: Name = ""
    """The same as a word that screens translate: ``longest_idle``, ``wrap_up``, ``lacks_skill``."""
    params: dict[Name, Name | Measure] = {}
    """What the translated sentence needs: ``{"skill": "billing", "has": 2, "needs": 3}``."""
    terms: tuple[ScoreTerm, ...] = ()


class Decision(Value, frozen=True, kw_only=True):
    """Why this agent got this offer (features A11)."""

    strategy: Strategy
    candidates: tuple[DecisionCandidate, ...]
    summary: Text
    """One line for the desk: «longest idle of 3 with billing ≥ 3»."""
    requirements: Text = ""
    """What was asked for at that moment, in words."""
    relaxed: Text = ""
    """What was no longer asked for, and since when, in words; empty: nothing."""
    work_score: Points = 0.0
    """Priority with ageing at that moment."""


class Word(Value, frozen=True, kw_only=True):
    """One recognized word; times are milliseconds from the start of the leg."""

    text: Text
    start_ms: Milliseconds
    end_ms: Milliseconds
    confidence: Measure


def first_utterance(offset_ms: int) -> int:
    """Number of the first utterance of a stream that begins at this place of its call.

    Nobody says ten things in a second, so no stream that began earlier has reached it.
    """
    return offset_ms // 100


class LegQuality(Value, frozen=True, kw_only=True):
    """How a leg sounds (features T10)."""

    packets_sent: Size
    packets_received: Size
    packets_lost: Size
    jitter_ms: Measure
    round_trip_ms: Measure | None
    codec: Name
    level_in_dbfs: Measure | None = None
    level_out_dbfs: Measure | None = None


class TrunkReport(Value, frozen=True, kw_only=True):
    """What one media node knows of a trunk."""

    trunk_id: Name
    state: Literal["up", "down", "unknown"] = "unknown"
    since: Instant | None = None
    """None: nobody asks this trunk (`keep_alive_s`)."""
    status: Count | None = None
    """SIP status of the peer's last answer; None: it has never given one."""
    reason: Name = ""
    """And its own words."""
    answered_at: Instant | None = None
    round_trip_ms: Measure | None = None
    calls: Count = 0
    """Legs of this node on it now."""


class NodeState(StrEnum):
    """What a media node takes."""

    UP = "up"
    DRAINING = "draining"
    """No new calls and no new legs; what it has ends in its own time."""
    DRAINED = "drained"
    """And nothing is left: it may be stopped."""


class LegSnapshot(Value, frozen=True, kw_only=True):
    """A leg as its node sees it now; the answer to `ListLegs` is a list of these."""

    leg_id: IdText
    call_id: IdText | None
    kind: LegKind
    purpose: LegPurpose
    agent_id: AgentId | None
    answered: bool
    codec: Name | None = None

"""The shape of the configuration document: what people change while it runs, and nothing that belongs to the installation.

Invariant: equal documents mean the same rules; the order of names means nothing (it is the alphabet's wherever they are shown),
the order of steps, shifts and values does.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import field

from core.model import Shift, Strategy, Value
from core.opening_hours import OpeningHours
from customers.callable_numbers import CallbackRules
from server.attention.thresholds import QueueThresholds, Thresholds
from server.rights import Role, RoleRights

AttributeKind = Literal["yes_no", "number", "text"]
Fact = bool | int | str
"""Value of an attribute."""


class AttributeRules(Value, frozen=True, kw_only=True):
    """A fact about agents that conditions may ask for."""

    name: str = ""
    kind: AttributeKind = "yes_no"
    values: tuple[str, ...] = ()
    """Of a text: those that are allowed; empty: any."""


class StepRules(Value, frozen=True, kw_only=True):
    """From `after_s` of waiting on other rules hold; what a step does not name stays as it was (`core.model.RoutingStep`)."""

    after_s: float
    requirements: dict[str, int] | None = None
    condition: str | None = None
    overflow_to: str | None = None


class QueueRules(Value, frozen=True, kw_only=True):
    """A queue's rules; the meaning of each is in `core.model.QueueConfig`."""

    name: str
    requirements: dict[str, int] = field(default_factory=dict)
    """Skill → lowest level, 1 to 5."""
    condition: str = ""
    strategy: Strategy = Strategy.LONGEST_IDLE
    steps: tuple[StepRules, ...] = ()
    hours: str = ""
    priority: int = 0
    ageing_per_minute: float = 1.0
    ring_timeout_s: float = 20.0
    wrap_up_limit_s: float = 60.0
    max_wait_s: float = 3600.0
    service_level_s: float = 20.0
    short_abandon_s: float = 5.0
    preferred_agent_s: float = 30.0
    last_agent_days: float = 0.0
    attention: QueueThresholds = QueueThresholds()
    """From when on this queue needs a supervisor, where it is not as for all."""


class AgentRules(Value, frozen=True, kw_only=True):
    """What an agent can and may do; the meaning of each is in `core.model.AgentConfig`."""

    name: str
    skills: dict[str, int] = field(default_factory=dict)
    """Skill → level, 1 to 5."""
    queues: tuple[str, ...] = ()
    attributes: dict[str, Fact] = field(default_factory=dict)
    capacity: dict[str, int] = field(default_factory=dict)
    """Channel → how many at once; a channel that is not named keeps the usual number."""
    interruptions: dict[str, dict[str, int]] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()


class DispositionRules(Value, frozen=True, kw_only=True):
    """How a conversation can have ended; what an agent chooses is kept by these words, so that renaming changes no history."""

    name: str
    below: tuple[str, ...] = ()
    """The second level, in the order in which it is shown. With one, the name itself is not chosen."""
    queues: tuple[str, ...] = ()
    """Where it is offered; empty: everywhere."""


class Document(Value, frozen=True, kw_only=True):
    """Everything that routes work."""

    skills: dict[str, str] = field(default_factory=dict)
    """Id → name."""
    attributes: dict[str, AttributeRules] = field(default_factory=dict)
    hours: dict[str, OpeningHours] = field(default_factory=dict)
    queues: dict[str, QueueRules] = field(default_factory=dict)
    agents: dict[str, AgentRules] = field(default_factory=dict)
    dispositions: tuple[DispositionRules, ...] = ()
    """Outcomes that a wrap-up offers, in order; none: the six that every installation has."""
    access: dict[Role, RoleRights] = field(default_factory=dict)
    """What each role may do and see; what a role's entry does not name is as usual for that role."""
    attention: Thresholds = Thresholds()
    """From when on something needs a supervisor."""
    callbacks: CallbackRules = CallbackRules()
    """Which numbers callbacks may call, and how much."""


def to_json(document: Document) -> bytes:
    """As it is stored and answered: whole, names in order."""
    return msgspec.json.encode(document, order="deterministic")


def plain(document: Document) -> dict[str, Any]:
    """As data that JSON and YAML have (lists, no tuples): what `reading.check` takes."""
    data: dict[str, Any] = msgspec.json.decode(to_json(document))
    return data


def from_json(data: bytes | str) -> Document:
    """Raises `msgspec.ValidationError`. A field that a later release added has its default."""
    return msgspec.json.decode(data, type=Document)

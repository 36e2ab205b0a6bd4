"""An entry of «Needs attention», as it is kept, sent to screens, and told to others.

No sentences: `code` with `figures` says what is off and why, `next` what happens by itself, `action` what a person can do.
Screens and letters have the words. Ids, never names or numbers of customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.model import Value
from core.ranges import LATEST_S, Count, IdText, Instant, Name, Whole

Figure = Name | Whole | Annotated[float, Meta(ge=-LATEST_S, le=LATEST_S)]
"""A word, a count, a share, a length or a moment."""
Figures = dict[Name, Figure]


class Severity(StrEnum):
    """Red: now. Amber: soon. Grey: when there is time."""

    RED = "red"
    AMBER = "amber"
    GREY = "grey"


RANK = {Severity.RED: 3, Severity.AMBER: 2, Severity.GREY: 1}
"""How much it matters; 0 is nothing at all."""


def rank(severity: Severity | None) -> int:
    return 0 if severity is None else RANK[severity]


def more_urgent(first: Severity | None, second: Severity | None) -> Severity | None:
    return first if rank(first) >= rank(second) else second


def less_urgent(first: Severity | None, second: Severity | None) -> Severity | None:
    return first if rank(first) <= rank(second) else second


SubjectKind = Literal["queue", "agent", "call", "node", "trunk", "flow", "process", "system"]


class Subject(Value, frozen=True, kw_only=True):
    """What an entry is about."""

    kind: SubjectKind
    id: Name = ""
    """Empty: there is but one of its kind."""


ByItself = Literal["nothing", "leaves", "agents_come_free", "restarts", "tries_again", "forgotten"]


class Next(Value, frozen=True, kw_only=True):
    """What happens when nobody does anything."""

    code: ByItself = "nothing"
    at: Instant | None = None
    """When; None: not known."""
    count: Count = 0
    """Of agents who are in conversation now."""


ActionCode = Literal[
    "open_queue", "open_agent", "open_call", "open_trunks", "open_flows", "open_system", "open_dead_letters", "change_rules"
]


class Action(Value, frozen=True, kw_only=True):
    """The one thing to do about it."""

    code: ActionCode
    id: Name = ""


class Entry(Value, frozen=True, kw_only=True):
    """One thing that needs attention."""

    entry_id: IdText
    code: Name
    subject: Subject
    severity: Severity
    since: Instant
    """When its cause began."""
    raised_at: Instant
    figures: Figures = msgspec.field(default_factory=dict)
    next: Next = Next()
    action: Action
    cleared_at: Instant | None = None
    """When it was found that the cause is gone; None: it is there."""

    @property
    def key(self) -> str:
        """The same cause in the same place: at most one entry with it stands."""
        return key_of(self.code, self.subject)


UnknownWhat = Literal["queues", "queue", "nodes", "trunks", "disk", "dead_letters"]


class Unknown(Value, frozen=True, kw_only=True):
    """Something that could not be looked at: what it would say is not known, and nothing may be called clear."""

    what: UnknownWhat
    id: Name = ""
    since: Instant


class Checked(Value, frozen=True, kw_only=True):
    """The last look: how much was looked at, and what could not be."""

    at: Instant
    queues: Count = 0
    agents: Count = 0
    trunks: Count = 0
    nodes: Count = 0
    unknown: tuple[Unknown, ...] = ()


def key_of(code: str, subject: Subject) -> str:
    return f"{code}:{subject.kind}:{subject.id}"


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Red, amber, grey; then the oldest first."""
    return sorted(entries, key=lambda entry: (-RANK[entry.severity], entry.since, entry.entry_id))

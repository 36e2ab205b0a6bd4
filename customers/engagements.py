"""Who had a conversation, one after the other and side by side: engagements.

An engagement is one stay of one agent in one conversation with one piece of work. Whoever takes a conversation has one, and so
has a colleague who is asked. Supervisors have none: they have no work in it, and who listened stands in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby

from core.ids import AgentId, QueueId, WorkId
from core.model import Value
from core.parties import Role


class EngagementStart(StrEnum):
    """How somebody came into a conversation."""

    TAKEN = "taken"
    """Of a customer who waited."""
    CALLED = "called"
    """The agent's work was to call the customer."""
    CONSULTED = "consulted"
    """A colleague asked."""
    TRANSFERRED = "transferred"
    """A colleague handed it on, and this one took it."""


class EngagementEnd(StrEnum):
    """How an engagement ended."""

    HANDED_BACK = "handed_back"
    """The agent left in mid-conversation, and the customer waited again."""
    TRANSFERRED = "transferred"
    CONFERENCED = "conferenced"
    """Transferred, when the colleague talked with the customer already."""
    CONSULTED = "consulted"
    """A colleague who was asked left again."""
    CALL_ENDED = "call_ended"


class Engagement(Value, frozen=True, kw_only=True):
    work_id: WorkId | None = None
    """None: of history that came from elsewhere."""
    agent_id: AgentId | None = None
    """None: known by name only."""
    stay: int = 0
    """Counts an agent's stays with the same work: 1 for whoever left it and took it again."""
    agent_name: str = ""
    """As the agent was named then; so is the queue."""
    queue_id: QueueId | None = None
    queue_name: str | None = None
    role: Role = Role.AGENT
    """``agent`` also of a colleague who was asked first and has it now."""
    began: EngagementStart = EngagementStart.TAKEN
    asked_by: AgentId | None = None
    """The colleague whose wish it was."""
    asked_by_name: str = ""
    note: str = ""
    """What that one said of it."""
    from_at: float
    took_over_at: float | None = None
    """When a colleague who was asked got the conversation."""
    to_at: float | None = None
    """None: still in it."""
    ended: EngagementEnd | None = None
    disposition: str = ""
    summary: str = ""
    written_at: float | None = None
    """When its wrap-up was written."""

    @property
    def has_since(self) -> float:
        """When the conversation became this agent's; for one who was only asked, when it began."""
        return self.from_at if self.took_over_at is None else self.took_over_at


def in_order(all_of_call: Iterable[Engagement]) -> tuple[Engagement, ...]:
    """As they came; at the same moment whoever asked before whoever was asked."""
    return tuple(
        sorted(
            all_of_call,
            key=lambda each: (each.from_at, each.asked_by is not None, each.work_id or "", each.agent_id or "", each.stay),
        )
    )


def holders(all_of_call: Iterable[Engagement]) -> tuple[Engagement, ...]:
    """Those of agents whose conversation it was, in the order in which they got it; without those who were only asked."""
    had = (each for each in all_of_call if each.role is Role.AGENT)
    return tuple(sorted(had, key=lambda each: (each.has_since, each.asked_by is not None, each.from_at, each.stay)))


def names_before(all_of_call: Iterable[Engagement]) -> tuple[str, ...]:
    """Of those who had it before the last one; nobody twice in a row."""
    names = [name for name, _ in groupby(each.agent_name for each in holders(all_of_call)) if name]
    return tuple(names[:-1])


def last_word(all_of_call: Iterable[Engagement]) -> Engagement | None:
    """Whose wrap-up is the conversation's: the last one's who had it and has written something."""
    return next((each for each in reversed(holders(all_of_call)) if each.written_at is not None), None)


def later_work(all_of_call: Iterable[Engagement], work_id: WorkId) -> WorkId | None:
    """The work, unless it is that with which the conversation began."""
    first = next((each.work_id for each in holders(all_of_call)), work_id)
    return None if work_id == first else work_id


def queue_of(all_of_call: Iterable[Engagement], work_id: WorkId) -> QueueId | None:
    return next((each.queue_id for each in all_of_call if each.work_id == work_id), None)


def who_had(all_of_call: Iterable[Engagement], work_id: WorkId) -> frozenset[AgentId]:
    """That piece of work, one after the other perhaps."""
    return frozenset(each.agent_id for each in all_of_call if each.work_id == work_id and each.agent_id is not None)

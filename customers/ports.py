"""What this package needs of storage. Every method raises `core.ports.Unavailable` when the database is away.

Writes are idempotent: the same call with the same values leaves the same rows, because events are handled at least once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from core.ids import CallId, CustomerId, InteractionId, MessageId
from core.model import Channel
from customers.identity import Match
from customers.import_batch import Batch, Outcome
from customers.messages import MessagePage, Place
from customers.model import (
    Call,
    CallChanges,
    Identifier,
    Interaction,
    Neighbours,
    NewCallback,
    NewTicket,
    Profile,
    Status,
    Step,
    StoredSegment,
    Whose,
)
from customers.moments import AnyMoment
from customers.screen_pop import PopFacts
from customers.timeline import Cursor


class ChangedSince(Exception):
    """Somebody else has changed a record that was to be changed."""

    def __init__(self, profile: Profile | None) -> None:
        super().__init__("changed since")
        self.profile = profile
        """As it is now; None: it is gone."""


class People(Protocol):
    """Customers and the edges they are recognized by."""

    async def matches(self, identifier: Identifier) -> tuple[Match, ...]:
        """Whose the identifier is, people with a name first: as many as it takes to decide."""
        ...

    async def add(self, profile: Profile) -> None:
        """Writes the customer and its edges; an existing customer keeps what it has."""
        ...

    async def get(self, customer_id: CustomerId) -> Profile | None: ...

    async def change(
        self, customer_id: CustomerId, name: str | None, tags: tuple[str, ...] | None, expected: int | None = None
    ) -> Profile | None:
        """What an agent corrects; None when there is no such customer. A name given by an agent makes the edges surer. Raises
        `ChangedSince` when the record is at another version than `expected` and has what the agent did not see.
        """
        ...


class History(Protocol):
    """Rows of every channel's conversations."""

    async def save(self, interaction: Interaction) -> None:
        """Writes the row or replaces it. The one function through which every channel writes."""
        ...

    async def page(
        self, customer_id: CustomerId, before: Cursor | None, channel: Channel | None, limit: int
    ) -> tuple[Interaction, ...]:
        """Newest first, below `before`, up to `limit` + 1 rows."""
        ...

    async def get(self, interaction_id: InteractionId) -> Interaction | None: ...

    async def around(self, interaction: Interaction) -> tuple[str, Neighbours, int]:
        """The customer's name, the conversations beside it, and how many messages it has."""
        ...


class Messages(Protocol):
    """What was said in conversations in writing."""

    async def page(
        self, interaction_id: InteractionId, *, before: Place | None, after: Place | None, around: MessageId | None, limit: int
    ) -> MessagePage:
        """The newest `limit`; those below `before`; those from `after` on; or about half of them each way of `around`."""
        ...


class Calls(Protocol):
    """Calls with their path and their words."""

    async def open(self, call: Call) -> None:
        """Writes the call once; later changes come through `change`."""
        ...

    async def change(self, call_id: CallId, changes: CallChanges, moments: Sequence[AnyMoment] = ()) -> Call | None:
        """The call after the change, with the engagements that follow from the moments; None when it is not known."""
        ...

    async def get(self, call_id: CallId) -> Call | None: ...

    async def add_steps(self, call_id: CallId, steps: Sequence[Step]) -> bool:
        """False when the call is not known."""
        ...

    async def path(self, call_id: CallId) -> tuple[Step, ...]: ...

    async def add_segment(self, stored: StoredSegment) -> bool:
        """True when it is the first of its call. Unknown calls are ignored."""
        ...

    async def segments(self, call_id: CallId) -> tuple[StoredSegment, ...]: ...

    async def latest(
        self, before: Cursor | None, limit: int, whose: Whose | None = None
    ) -> tuple[tuple[Call, str, tuple[Step, ...]], ...]:
        """Newest first with the customer's name and the path, up to `limit` + 1; only those of `whose`, when given."""
        ...

    async def pop_facts(self, call_id: CallId) -> PopFacts | None:
        """All that the screen-pop needs, as one snapshot."""
        ...


class FollowUps(Protocol):
    """What is promised at the end of a conversation. Each writes its history row too."""

    async def open_ticket(self, ticket: NewTicket) -> Interaction:
        """With the next free number; the same ticket again keeps its own."""
        ...

    async def promise_callback(self, callback: NewCallback) -> Interaction:
        """A promise that is over stays over when it is heard of again."""
        ...

    async def close_callback(self, interaction_id: InteractionId, at: float, *, status: Status, title: str) -> Interaction | None:
        """Kept, or given up; None when there is no such open promise."""
        ...

    async def reschedule_callback(self, interaction_id: InteractionId, due_at: float) -> Interaction | None:
        """Another time; None when there is no such open promise, or it is due then already."""
        ...


class Archive(Protocol):
    """Where imported history goes."""

    async def save(self, batches: Iterable[Batch]) -> tuple[Outcome, ...]:
        """All batches in one transaction, each conversation with its history row.

        Imported fields replace older ones but for those that people have corrected; numbers, addresses and facts are added.
        """
        ...


class NumberTaken(Exception):
    """A ticket number belongs to another ticket."""

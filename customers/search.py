"""The search over everything that people remember: the port, what is asked, what comes back. Pure.

Invariant: what is found, counted and shown is what the person may read (`Reach`): nothing hidden decides whether something is
found. To add a kind: a member of `SearchKind`, its entries (`server/storage/sql/search/subjects.py`) and how a hit reads
(`hits.py`); the database, the API and the box on the screen need nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from core.ids import AgentId, CallId, CustomerId, InteractionId, MessageId, QueueId
from core.model import Channel, Value
from customers.search_numbers import LEAST_DIGITS, Typed, typed_number
from customers.search_words import Term, terms_of

LIMIT_MAX = 50
FURTHEST = 1000
"""Nobody turns so many pages; counts end here, too."""
NATIONAL_DIGITS = 9
"""A number in a text is recognized by so many of its last digits, however its code was written."""


class SearchKind(StrEnum):
    PEOPLE = "people"
    TICKETS = "tickets"
    MESSAGES = "messages"
    TRANSCRIPTS = "transcripts"


class CallReach(Value, frozen=True, kw_only=True):
    """Whose words may be found: those of one agent's calls, and of some customers and queues."""

    agent_id: AgentId | None
    customers: frozenset[CustomerId] = frozenset()
    queues: frozenset[QueueId] = frozenset()


class Reach(Value, frozen=True, kw_only=True):
    """What somebody may find."""

    customers: frozenset[CustomerId] | None = None
    """None: everybody, and what is filed under nobody."""
    calls: CallReach | None = None
    """None: all of them."""
    whole_numbers: bool = True
    """Otherwise numbers are found as the person sees them, or whole: their parts would be an oracle."""


class Asked(Value, frozen=True, kw_only=True):
    """A question as it is looked up."""

    text: str
    number: Typed | None
    """What was typed is digits, and may be looked up as a number."""
    alternatives: tuple[tuple[Term, ...], ...]
    """Words of texts: all of one row."""

    @property
    def empty(self) -> bool:
        return not self.alternatives and self.number is None

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for row in self.alternatives for term in row)


class Hit(Value, frozen=True, kw_only=True):
    """Something found: enough to know it by, and to open it."""

    kind: SearchKind
    id: str
    title: str
    text: str
    """Where the words stand."""
    at: float | None = None
    channel: Channel | None = None
    status: str = ""
    customer_id: CustomerId | None = None
    customer_name: str = ""
    interaction_id: InteractionId | None = None
    message_id: MessageId | None = None
    call_id: CallId | None = None
    start_ms: int | None = None
    """Of a sentence: when in the call."""
    ticket_number: int | None = None


class HitGroup(Value, frozen=True, kw_only=True):
    """What was found of one kind, the likeliest first."""

    kind: SearchKind
    items: tuple[Hit, ...]
    count: int
    """Up to `FURTHEST`."""
    next: str | None
    """Cursor of the next page."""


class SearchTooSlow(Exception):
    """The time for it is over."""


class Search(Protocol):
    """Raises `SearchTooSlow` when it has taken `timeout_s`, and `core.ports.Unavailable`."""

    async def find(
        self, kinds: Iterable[SearchKind], asked: Asked, reach: Reach, *, limit: int, skip: int, timeout_s: float
    ) -> tuple[HitGroup, ...]: ...


def ask(query: str, regions: Iterable[str], reach: Reach) -> Asked:
    """`regions` (ISO 3166): whose numbers are in use here."""
    number = typed_number(query, regions)
    if number is None:
        words = terms_of(query)
        if all(term.prefix and len(term.words[-1]) == 1 and len(term.words) == 1 for term in words):
            words = ()  # one letter finds everybody and helps nobody
        return Asked(text=query.strip(), number=None, alternatives=(words,) if words else ())
    rows = [terms_of(query), *((Term((national(whole),)),) for whole in number.whole)]
    looked_up = number.whole or may_be_partial(reach, number)
    return Asked(text=query.strip(), number=number if looked_up else None, alternatives=tuple(row for row in rows if row))


def national(number: str) -> str:
    """By what a telephone number in a text is found again."""
    digits = "".join(character for character in number if character.isdigit())
    return digits[-NATIONAL_DIGITS:]


def may_be_partial(reach: Reach, number: Typed) -> bool:
    """Whether beginnings and ends of numbers are looked up."""
    return reach.whole_numbers and len(number.digits) >= LEAST_DIGITS


def cursor(skip: int) -> str:
    return str(skip)


def parse_cursor(text: str | None) -> int:
    """Raises ValueError."""
    skip = int(text) if text else 0
    if not 0 <= skip < FURTHEST:
        raise ValueError(f"«{text}» is no place in what was found")
    return skip

"""What of each thing stands in the search, and how to walk all of them when the index is made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from core.ids import CallId, InteractionId, MessageId
from core.model import Channel
from customers.identity import interaction_of_call
from customers.model import Interaction, StoredSegment
from customers.search import SearchKind
from customers.search_words import name_words, words_of
from server.masking import mask_text
from server.storage.sql.schema import CallRow, CustomerRow, IdentifierRow, InteractionRow, MessageRow, SegmentRow
from server.storage.sql.search.entries import Entry, forget, text_entry, write_entries
from server.storage.sql.statements import parts

SUMMARY = "summary"
"""Stands in place of a sentence: what the agent wrote about the call."""


def index_people(connection: Connection, customer_ids: Iterable[str]) -> None:
    """By name, address and account; numbers are looked up where they stand (`people.py`). Who has none of these, or is there no
    more, is found no more.
    """
    for some in parts(sorted(customer_ids)):
        said: dict[str, list[str]] = {}
        hidden: dict[str, list[str]] = {}
        since: dict[str, float] = {}
        for row in connection.execute(_NAMES.where(CustomerRow.customer_id.in_(some))):
            shown = mask_text(row.name)
            said[row.customer_id] = name_words(shown)
            hidden[row.customer_id] = name_words(row.name) if shown != row.name else []
            since[row.customer_id] = row.since or 0.0
        for edge in connection.execute(_ADDRESSES.where(IdentifierRow.customer_id.in_(some))):
            said[edge.customer_id] += words_of(mask_text(edge.value))
        forget(connection, SearchKind.PEOPLE, [each for each in some if not said.get(each)])
        write_entries(
            connection,
            [
                Entry(SearchKind.PEOPLE, each, None, since[each], tuple(words), tuple(hidden[each]))
                for each, words in said.items()
                if words
            ],
        )


def index_interactions(connection: Connection, interactions: Iterable[Interaction]) -> None:
    """Tickets, by number and subject."""
    write_entries(connection, [_ticket(each) for each in interactions if each.channel is Channel.TICKET])


def index_messages(connection: Connection, messages: Iterable[dict[str, Any]]) -> None:
    """Rows as they are written."""
    write_entries(
        connection,
        [
            text_entry(SearchKind.MESSAGES, each["message_id"], each["interaction_id"], each["at"], each["text"])
            for each in messages
        ],
    )


def index_segment(connection: Connection, stored: StoredSegment) -> None:
    said = stored.segment
    subject = segment_subject(said.call_id, stored.stream_id, said.utterance)
    write_entries(connection, [_words(subject, said.call_id, said.at, said.text)])


def index_calls(connection: Connection, calls: Iterable[tuple[CallId, float, str, str]]) -> None:
    """What agents wrote about calls: id, beginning, reason and summary."""
    write_entries(
        connection,
        [
            _words(f"{call_id}/{SUMMARY}", call_id, at, f"{reason} {summary}".strip())
            for call_id, at, reason, summary in calls
            if reason or summary
        ],
    )


def segment_subject(call_id: str, stream_id: str, utterance: int) -> str:
    return f"{call_id}/{stream_id}/{utterance}"


def _ticket(row: Interaction) -> Entry:
    said = f"{row.ticket_number or ''} {row.title}"
    return text_entry(SearchKind.TICKETS, row.interaction_id, row.interaction_id, row.at, said)


def _words(subject: str, call_id: str, at: float, said: str) -> Entry:
    return text_entry(SearchKind.TRANSCRIPTS, subject, interaction_of_call(CallId(call_id)), at, said)


_NAMES = select(CustomerRow.customer_id, CustomerRow.name, CustomerRow.since)
_ADDRESSES = select(IdentifierRow.customer_id, IdentifierRow.value).where(IdentifierRow.kind.in_(("email", "external")))
_TICKETS = select(InteractionRow.interaction_id, InteractionRow.at, InteractionRow.title, InteractionRow.ticket_number)
_MESSAGES = select(MessageRow.message_id, MessageRow.interaction_id, MessageRow.at, MessageRow.text)
_SEGMENTS = select(SegmentRow.call_id, SegmentRow.stream_id, SegmentRow.utterance, SegmentRow.at, SegmentRow.text)
_CALLS = select(CallRow.call_id, CallRow.started_at, CallRow.disposition, CallRow.summary)


# ── everything, a part at a time ──────────────────────────────────────────────────────────────────────────────

Walk = Callable[[Connection, str, int], str | None]
"""Indexes the next ones after a key; the last key, or None: that was all."""


def walk_people(connection: Connection, after: str, count: int) -> str | None:
    ids = list(connection.scalars(_next(select(CustomerRow.customer_id), CustomerRow.customer_id, after, count)))
    index_people(connection, ids)
    return ids[-1] if ids else None


def walk_tickets(connection: Connection, after: str, count: int) -> str | None:
    key = InteractionRow.interaction_id
    rows = connection.execute(_next(_TICKETS.add_columns(InteractionRow.channel), key, after, count)).all()
    tickets = [row for row in rows if row.channel == str(Channel.TICKET)]
    write_entries(
        connection,
        [
            text_entry(
                SearchKind.TICKETS,
                row.interaction_id,
                InteractionId(row.interaction_id),
                row.at,
                f"{row.ticket_number or ''} {row.title}",
            )
            for row in tickets
        ],
    )
    return rows[-1].interaction_id if rows else None


def walk_messages(connection: Connection, after: str, count: int) -> str | None:
    rows = connection.execute(_next(_MESSAGES, MessageRow.message_id, after, count)).mappings().all()
    index_messages(connection, map(dict, rows))
    return MessageId(rows[-1]["message_id"]) if rows else None


def walk_calls(connection: Connection, after: str, count: int) -> str | None:
    """With all their sentences."""
    rows = connection.execute(_next(_CALLS, CallRow.call_id, after, count)).all()
    ids: Sequence[str] = [row.call_id for row in rows]
    index_calls(connection, [(CallId(row.call_id), row.started_at, row.disposition, row.summary) for row in rows])
    sentences = connection.execute(_SEGMENTS.where(SegmentRow.call_id.in_(ids)))
    write_entries(
        connection,
        [
            _words(segment_subject(row.call_id, row.stream_id, row.utterance), row.call_id, row.at, row.text)
            for row in sentences
            if row.text
        ],
    )
    return ids[-1] if ids else None


WALKS: dict[str, Walk] = {
    "people": walk_people, "tickets": walk_tickets, "messages": walk_messages, "calls": walk_calls,
}  # fmt: skip


def _next(query: Any, key: Any, after: str, count: int) -> Any:
    return query.where(key > after).order_by(key).limit(count)

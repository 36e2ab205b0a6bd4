"""How what was found reads: one statement for each kind, by the ids of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from core.ids import CallId, CustomerId, InteractionId, MessageId
from core.model import Channel
from customers.phone import formatted
from customers.search import Asked, Hit, SearchKind
from customers.search_words import excerpt
from server.storage.sql.schema import CallRow, CustomerRow, IdentifierRow, InteractionRow, MessageRow, SegmentRow
from server.storage.sql.search.subjects import SUMMARY

Read = Callable[[Connection, Sequence[str], Asked], list[Hit]]

_HEAD = (
    InteractionRow.interaction_id,
    InteractionRow.customer_id,
    InteractionRow.channel,
    InteractionRow.title,
    InteractionRow.status,
    InteractionRow.ticket_number,
    CustomerRow.name.label("customer_name"),
)


def people(connection: Connection, ids: Sequence[str], _asked: Asked) -> list[Hit]:
    edges: dict[str, list[str]] = {}
    query = select(IdentifierRow.customer_id, IdentifierRow.kind, IdentifierRow.value).where(
        IdentifierRow.customer_id.in_(ids), IdentifierRow.kind.in_(("phone", "email"))
    )
    for row in connection.execute(query.order_by(IdentifierRow.kind.desc(), IdentifierRow.value)):
        edges.setdefault(row.customer_id, []).append(formatted(row.value) if row.kind == "phone" else row.value)
    found = connection.execute(
        select(CustomerRow.customer_id, CustomerRow.name, CustomerRow.location).where(CustomerRow.customer_id.in_(ids))
    )
    hits = {
        row.customer_id: Hit(
            kind=SearchKind.PEOPLE,
            id=row.customer_id,
            title=row.name or next(iter(edges.get(row.customer_id, ())), ""),
            text=" · ".join([*edges.get(row.customer_id, ())[:2], *([row.location] if row.location else [])]),
            customer_id=CustomerId(row.customer_id),
            customer_name=row.name,
        )
        for row in found
    }
    return [hits[each] for each in ids if each in hits]


def tickets(connection: Connection, ids: Sequence[str], asked: Asked) -> list[Hit]:
    query = _conversations().add_columns(InteractionRow.text, InteractionRow.last_activity_at)
    rows = {row.interaction_id: row for row in connection.execute(query.where(InteractionRow.interaction_id.in_(ids)))}
    return [
        Hit(kind=SearchKind.TICKETS, id=each, text=row.text, at=row.last_activity_at, **_about(row))
        for each in ids
        if (row := rows.get(each)) is not None
    ]


def messages(connection: Connection, ids: Sequence[str], asked: Asked) -> list[Hit]:
    query = (
        select(*_HEAD, MessageRow.message_id, MessageRow.text.label("said"), MessageRow.at)
        .join(InteractionRow, InteractionRow.interaction_id == MessageRow.interaction_id)
        .outerjoin(CustomerRow, CustomerRow.customer_id == InteractionRow.customer_id)
        .where(MessageRow.message_id.in_(ids))
    )
    rows = {row.message_id: row for row in connection.execute(query)}
    return [
        Hit(
            kind=SearchKind.MESSAGES,
            id=each,
            text=excerpt(row.said, asked.terms),
            at=row.at,
            message_id=MessageId(each),
            **_about(row),
        )
        for each in ids
        if (row := rows.get(each)) is not None
    ]


def transcripts(connection: Connection, ids: Sequence[str], asked: Asked) -> list[Hit]:
    """A sentence, or what the agent wrote about the call."""
    calls = sorted({each.partition("/")[0] for each in ids})
    sentences = [_sentence(*each.partition("/")[::2]) for each in ids if each.count("/") > 1]
    query = (
        _conversations()
        .add_columns(CallRow.call_id, CallRow.summary, CallRow.disposition, CallRow.started_at)
        .join(CallRow, CallRow.interaction_id == InteractionRow.interaction_id)
        .where(InteractionRow.call_id.in_(calls), CallRow.call_id.in_(calls), InteractionRow.channel == str(Channel.CALL))
    )
    about = {row.call_id: row for row in connection.execute(query)}
    said = {
        f"{row.call_id}/{row.stream_id}/{row.utterance}": row
        for row in connection.execute(
            select(SegmentRow.call_id, SegmentRow.stream_id, SegmentRow.utterance, SegmentRow.text, SegmentRow.start_ms).where(
                or_(false(), *sentences)
            )
        )
    }
    hits = []
    for each in ids:
        row = about.get(each.partition("/")[0])
        sentence = said.get(each)
        if row is None or (sentence is None and not each.endswith(f"/{SUMMARY}")):
            continue
        text = f"{row.disposition} · {row.summary}".strip(" ·") if sentence is None else sentence.text
        start_ms = None if sentence is None else sentence.start_ms
        hits.append(
            Hit(
                kind=SearchKind.TRANSCRIPTS,
                id=each,
                text=excerpt(text, asked.terms),
                at=row.started_at,
                call_id=CallId(row.call_id),
                start_ms=start_ms,
                **_about(row),
            )
        )
    return hits


def _sentence(call_id: str, rest: str) -> ColumnElement[bool]:
    """By its name in the index (`subjects.segment_subject`)."""
    stream_id, _, utterance = rest.rpartition("/")
    key = SegmentRow.call_id == call_id, SegmentRow.stream_id == stream_id, SegmentRow.utterance == int(utterance)
    return and_(*key)


READ: dict[SearchKind, Read] = {
    SearchKind.PEOPLE: people,
    SearchKind.TICKETS: tickets,
    SearchKind.MESSAGES: messages,
    SearchKind.TRANSCRIPTS: transcripts,
}


def _conversations() -> Any:
    return (
        select(*_HEAD).select_from(InteractionRow).outerjoin(CustomerRow, CustomerRow.customer_id == InteractionRow.customer_id)
    )


def _about(row: Any) -> dict[str, Any]:
    return {
        "title": row.title,
        "channel": Channel(row.channel),
        "status": row.status,
        "customer_id": None if row.customer_id is None else CustomerId(row.customer_id),
        "customer_name": row.customer_name or "",
        "interaction_id": InteractionId(row.interaction_id),
        "ticket_number": row.ticket_number,
    }

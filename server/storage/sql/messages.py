"""Messages in SQL: added inside somebody's transaction, read a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, and_, func, or_, select

from core.ids import InteractionId, MessageId
from customers.message_ids import Sourced, sourced
from customers.messages import (
    Delivery,
    Message,
    MessageKind,
    MessagePage,
    NewMessage,
    Party,
    Place,
    attachments_from,
    page,
)
from server.storage.sql.database import Database
from server.storage.sql.rows import AnyRow
from server.storage.sql.schema import MessageRow
from server.storage.sql.search.subjects import index_messages
from server.storage.sql.statements import insert_all_new, parts

Conversations = dict[InteractionId, tuple[NewMessage, ...]]


class SqlMessages:
    """`customers.ports.Messages`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, interaction_id: InteractionId, *, before: Place | None, after: Place | None, around: MessageId | None, limit: int
    ) -> MessagePage:
        def work(connection: Connection) -> MessagePage:
            mine = _MESSAGES.where(MessageRow.interaction_id == interaction_id)
            if after is not None:
                return page((), _read(connection, _upwards(mine, after, limit)), limit)
            if before is not None:
                older = _read(connection, _downwards(mine, before, limit))
                return page(older, (), limit, more_newer=True)
            middle = _place(connection, interaction_id, around)
            if middle is None:
                return page(_read(connection, mine.order_by(*_NEWEST_FIRST).limit(limit + 1)), (), limit)
            half = max(limit // 2, 1)
            here = (middle[0], middle[1] - 1)
            return page(_read(connection, _downwards(mine, middle, half)), _read(connection, _upwards(mine, here, half)), half)

        return await self._database.read(work)


def add_messages(connection: Connection, conversations: Conversations, source: str = "import") -> None:
    """Those that are not there yet, each with the next number of its conversation."""
    coming = {each: sourced(each, messages, source) for each, messages in conversations.items()}
    ids = [message.message_id for messages in coming.values() for message in messages]
    there = set(_each(connection, select(MessageRow.message_id), MessageRow.message_id, ids))
    last = _last_seq(connection, list(coming))
    rows: list[dict[str, Any]] = []
    for interaction_id, messages in coming.items():
        new = [message for message in messages if message.message_id not in there]
        first = last.get(interaction_id, 0) + 1
        rows += [_row(interaction_id, seq, message) for seq, message in enumerate(new, first)]
    insert_all_new(connection, MessageRow, rows)
    index_messages(connection, rows)


def stored_messages(connection: Connection, interaction_ids: Iterable[InteractionId]) -> Conversations:
    """All messages of these conversations, as they came."""
    found: dict[InteractionId, list[NewMessage]] = {}
    for some in parts(sorted(interaction_ids)):
        for row in connection.execute(_MESSAGES.where(MessageRow.interaction_id.in_(some)).order_by(MessageRow.seq)):
            found.setdefault(InteractionId(row.interaction_id), []).append(
                NewMessage(
                    at=row.at,
                    party=Party(row.party),
                    kind=MessageKind(row.kind),
                    text=row.text,
                    author=row.author,
                    own_id=row.own_id,
                )
            )
    return {interaction_id: tuple(messages) for interaction_id, messages in found.items()}


_MESSAGES = select(*MessageRow.__table__.c)
_NEWEST_FIRST = (MessageRow.at.desc(), MessageRow.seq.desc())
_LAST = select(MessageRow.interaction_id, func.max(MessageRow.seq).label("seq")).group_by(MessageRow.interaction_id)


def _downwards(mine: Select[Any], place: Place, limit: int) -> Select[Any]:
    at, seq = place
    below = or_(MessageRow.at < at, and_(MessageRow.at == at, MessageRow.seq < seq))
    return mine.where(below).order_by(*_NEWEST_FIRST).limit(limit + 1)


def _upwards(mine: Select[Any], place: Place, limit: int) -> Select[Any]:
    at, seq = place
    above = or_(MessageRow.at > at, and_(MessageRow.at == at, MessageRow.seq > seq))
    return mine.where(above).order_by(MessageRow.at, MessageRow.seq).limit(limit + 1)


def _place(connection: Connection, interaction_id: InteractionId, message_id: MessageId | None) -> Place | None:
    query = select(MessageRow.at, MessageRow.seq).where(
        MessageRow.message_id == message_id, MessageRow.interaction_id == interaction_id
    )
    row = connection.execute(query).one_or_none() if message_id is not None else None
    return None if row is None else (row.at, row.seq)


def _read(connection: Connection, query: Select[Any]) -> tuple[Message, ...]:
    return tuple(_message(row) for row in connection.execute(query))


def _last_seq(connection: Connection, interaction_ids: Sequence[InteractionId]) -> dict[InteractionId, int]:
    found = (connection.execute(_LAST.where(MessageRow.interaction_id.in_(some))) for some in parts(sorted(interaction_ids)))
    return {InteractionId(row.interaction_id): row.seq for row in chain.from_iterable(found)}


def _each(connection: Connection, query: Select[Any], column: Any, values: Sequence[str]) -> Iterable[str]:
    return chain.from_iterable(connection.scalars(query.where(column.in_(some))) for some in parts(sorted(values)))


def _row(interaction_id: InteractionId, seq: int, said: Sourced) -> dict[str, Any]:
    message = said.message
    return {
        "message_id": said.message_id,
        "interaction_id": interaction_id,
        "seq": seq,
        "source": said.source,
        "source_id": said.source_id,
        "own_id": message.own_id,
        "at": message.at,
        "kind": str(message.kind),
        "party": str(message.party),
        "author": message.author,
        "text": message.text,
        "html": None,
        "attachments": msgspec.to_builtins(message.attachments),
        "delivery": str(Delivery.NONE),
    }


def _message(row: AnyRow) -> Message:
    return Message(
        message_id=MessageId(row.message_id),
        seq=row.seq,
        at=row.at,
        kind=MessageKind(row.kind),
        party=Party(row.party),
        author=row.author,
        text=row.text,
        attachments=attachments_from(row.attachments),
        delivery=Delivery(row.delivery),
    )

"""Chats' messages, tickets' comments and e-mails move into one table that rows are only added to; conversations get their state.

Nothing here uses the product's code, which goes on changing; that ids are made as `customers.message_ids` makes them, so that an
import that is repeated adds nothing, is tested.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "messages"
down_revision = "outbox"

_AT_ONCE = 500
Row = dict[str, Any]


def upgrade() -> None:
    _messages_table()
    _state_columns()
    connection = op.get_bind()
    notes = _written_by_agents(connection)
    for query in (_CHATS, _TICKETS):
        for conversations in _groups(connection, query, "interaction_id"):
            _move(connection, conversations, notes)
    _emails(connection)
    _calls_and_callbacks(connection)
    for table in ("chat_messages", "ticket_comments", "emails"):
        op.drop_table(table)
    op.drop_index("ix_interactions_customer_id_at_interaction_id", "interactions")
    op.create_index(
        "ix_interactions_customer_id_last_activity_at_interaction_id",
        "interactions",
        ["customer_id", "last_activity_at", "interaction_id"],
    )


def _messages_table() -> None:
    op.create_table(
        "messages",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("own_id", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("party", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("delivery", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.interaction_id"], name="fk_messages_interaction_id_interactions"
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_messages"),
        sa.UniqueConstraint("interaction_id", "seq", name="uq_messages_interaction_id_seq"),
        sa.UniqueConstraint("source", "source_id", name="uq_messages_source_source_id"),
    )


def _state_columns() -> None:
    op.add_column("interactions", sa.Column("last_activity_at", sa.Double(), nullable=False, server_default="0"))
    op.add_column("interactions", sa.Column("last_from", sa.String(length=32), nullable=False, server_default=""))
    op.add_column("interactions", sa.Column("waiting_since", sa.Double(), nullable=True))
    op.add_column("interactions", sa.Column("priority", sa.String(length=32), nullable=False, server_default=""))


# ── chats and tickets ─────────────────────────────────────────────────────────────────────────────────────────

_CHATS = (
    "SELECT parts.chat_id AS one, parts.position, owners.interaction_id, parts.at, parts.speaker, parts.author, parts.text,"
    " owners.started_at AS began_at, owners.ended_at AS ended_at, 'chat' AS channel, '' AS status, '' AS priority"
    " FROM chats AS owners LEFT JOIN chat_messages AS parts ON parts.chat_id = owners.chat_id"
    " WHERE owners.chat_id > :last AND owners.chat_id <= :until ORDER BY owners.chat_id, parts.position",
    "SELECT chat_id FROM chats WHERE chat_id > :last ORDER BY chat_id LIMIT 1 OFFSET :ahead",
    "SELECT max(chat_id) FROM chats",
)
_TICKETS = (
    "SELECT parts.ticket_id AS one, parts.position, owners.interaction_id, parts.at, parts.speaker, parts.author, parts.text,"
    " owners.opened_at AS began_at, owners.closed_at AS ended_at, 'ticket' AS channel, owners.status, owners.priority"
    " FROM tickets AS owners LEFT JOIN ticket_comments AS parts ON parts.ticket_id = owners.ticket_id"
    " WHERE owners.ticket_id > :last AND owners.ticket_id <= :until ORDER BY owners.ticket_id, parts.position",
    "SELECT ticket_id FROM tickets WHERE ticket_id > :last ORDER BY ticket_id LIMIT 1 OFFSET :ahead",
    "SELECT max(ticket_id) FROM tickets",
)


def _groups(connection: sa.Connection, queries: tuple[str, str, str], key: str) -> Iterator[list[list[Row]]]:
    """Some hundred owners at a time, each with its rows; a conversation without messages is one row without a text."""
    rows_of, nth, highest = map(sa.text, queries)
    end = connection.scalar(highest)
    last = ""
    while end is not None and last < end:
        until = connection.scalar(nth, {"last": last, "ahead": _AT_ONCE}) or end
        found = [dict(row) for row in connection.execute(rows_of, {"last": last, "until": until}).mappings()]
        yield [list(rows) for _, rows in groupby(found, key=lambda row: row[key])]
        last = until


def _move(connection: sa.Connection, conversations: list[list[Row]], notes: set[str]) -> None:
    messages: list[Row] = []
    states: list[Row] = []
    for rows in conversations:
        interaction_id = rows[0]["interaction_id"]
        said = [row for row in rows if row["text"] is not None]
        for row in said:
            is_note = interaction_id in notes
            row |= {"own_id": "", "kind": "note" if is_note else "text", "party": "agent" if is_note else row["speaker"]}
        messages += _numbered(interaction_id, said, "desk" if interaction_id in notes else "import")
        states.append(_state(interaction_id, rows[0], said))
    _add(connection, messages)
    if states:
        connection.execute(_SET_STATE, states)


def _numbered(interaction_id: str, said: list[Row], source: str) -> Iterator[Row]:
    seen: Counter[str] = Counter()
    for seq, row in enumerate(said, 1):
        own = row["own_id"] or _stable("said", repr(row["at"]), row["party"], row["author"], row["text"])
        seen[own] += 1
        source_id = f"{interaction_id}:{own}" if seen[own] == 1 else f"{interaction_id}:{own}:{seen[own]}"
        yield {
            "message_id": _stable("msg", source, source_id),
            "interaction_id": interaction_id,
            "seq": seq,
            "source": source,
            "source_id": source_id,
            **{name: row[name] for name in ("own_id", "at", "kind", "party", "author", "text")},
        }


def _state(interaction_id: str, owner: Row, said: list[Row]) -> Row:
    """As `customers.messages.state_of` and `customers.interactions` tell it."""
    waiting_since, answered_at, last_from = None, None, ""
    for row in sorted((row for row in said if row["kind"] != "note"), key=lambda row: row["at"]):
        if row["party"] == "agent":
            waiting_since, answered_at, last_from = None, row["at"], "us"
        else:
            waiting_since, last_from = row["at"] if waiting_since is None else waiting_since, "customer"
    if owner["channel"] == "ticket":
        waits = owner["status"] == "open"
    else:
        waits = owner["ended_at"] is None or answered_at is None
        waiting_since = waiting_since or (owner["began_at"] if answered_at is None else None)
    return {
        "mine": interaction_id,
        "active": max([owner["began_at"], owner["ended_at"] or owner["began_at"], *(row["at"] for row in said)]),
        "whose": last_from,
        "since": waiting_since if waits else None,
        "urgency": owner["priority"],
    }


_SET_STATE = sa.text(
    "UPDATE interactions SET last_activity_at = :active, last_from = :whose, waiting_since = :since, priority = :urgency"
    " WHERE interaction_id = :mine"
).bindparams(
    sa.bindparam("active", type_=sa.Double()),
    sa.bindparam("whose", type_=sa.String()),
    sa.bindparam("since", type_=sa.Double()),
    sa.bindparam("urgency", type_=sa.String()),
)


def _written_by_agents(connection: sa.Connection) -> set[str]:
    """History rows of the tickets that agents opened after a call: what stands there is theirs, though 0.1 kept it as the
    customer's words."""
    return {_stable("int", "ticket-of-call", row.call_id) for row in connection.execute(sa.text("SELECT call_id FROM calls"))}


# ── e-mails ───────────────────────────────────────────────────────────────────────────────────────────────────

_PREFIX = re.compile(
    r"\s*(?:re|aw|sv|vs|antw|odp|fw|fwd|wg|tr|rv|回复|答复|转发|回覆|轉寄)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
_LETTERS = "SELECT interaction_id, customer_id, subject, text, at, speaker, message_id FROM emails"
_OF_CUSTOMERS = (
    f"{_LETTERS} WHERE customer_id > :last AND customer_id <= :until ORDER BY customer_id",
    "SELECT customer_id FROM emails WHERE customer_id > :last ORDER BY customer_id LIMIT 1 OFFSET :ahead",
    "SELECT max(customer_id) FROM emails",
)
_OF_NOBODY = (
    f"{_LETTERS} WHERE customer_id IS NULL AND interaction_id > :last AND interaction_id <= :until ORDER BY interaction_id",
    "SELECT interaction_id FROM emails WHERE customer_id IS NULL AND interaction_id > :last ORDER BY interaction_id"
    " LIMIT 1 OFFSET :ahead",
    "SELECT max(interaction_id) FROM emails WHERE customer_id IS NULL",
)


def _emails(connection: sa.Connection) -> None:
    for queries, key in ((_OF_CUSTOMERS, "customer_id"), (_OF_NOBODY, "interaction_id")):
        for owned in _groups(connection, queries, key):
            _move_emails(connection, owned)


def _move_emails(connection: sa.Connection, owned: list[list[Row]]) -> None:
    """Each customer's together, to see what was answered."""
    messages: list[Row] = []
    states: list[Row] = []
    for letters in owned:
        answers: dict[str, float] = {}
        for row in sorted(letters, key=lambda row: row["at"], reverse=True):
            ours, key = row["speaker"] == "agent", _thread(row["subject"])
            waits = not ours and key not in answers
            row |= {"own_id": row["message_id"], "kind": "text", "party": row["speaker"], "author": ""}
            messages += _numbered(row["interaction_id"], [row], "import")
            states.append(
                {
                    "mine": row["interaction_id"],
                    "active": row["at"],
                    "whose": "us" if ours else "customer",
                    "since": row["at"] if waits else None,
                    "standing": "unanswered" if waits else "",
                    "answered": row["at"] if ours else answers.get(key),
                }
            )
            if ours:
                answers[key] = row["at"]
    _add(connection, messages)
    connection.execute(_SET_EMAIL, states)


_SET_EMAIL = sa.text(
    "UPDATE interactions SET last_activity_at = :active, last_from = :whose, waiting_since = :since, status = :standing,"
    " answered_at = :answered WHERE interaction_id = :mine"
).bindparams(
    sa.bindparam("active", type_=sa.Double()),
    sa.bindparam("since", type_=sa.Double()),
    sa.bindparam("answered", type_=sa.Double()),
)


def _thread(subject: str) -> str:
    while (prefix := _PREFIX.match(subject)) is not None:
        subject = subject[prefix.end() :]
    return " ".join(subject.split()).casefold()


# ── the others ────────────────────────────────────────────────────────────────────────────────────────────────


def _calls_and_callbacks(connection: sa.Connection) -> None:
    for statement in (
        "UPDATE interactions SET last_activity_at = at WHERE last_activity_at = 0",
        "UPDATE interactions SET last_activity_at = coalesce((SELECT coalesce(calls.ended_at, calls.connected_at,"
        " calls.started_at) FROM calls WHERE calls.call_id = interactions.call_id), at),"
        " last_from = CASE WHEN answered_at IS NULL THEN 'customer' ELSE 'us' END,"
        " waiting_since = CASE WHEN status = 'missed' THEN at END WHERE channel = 'call'",
        "UPDATE interactions SET last_from = CASE WHEN \"by\" IS NULL THEN 'customer' ELSE 'us' END,"
        " waiting_since = CASE WHEN status IN ('open', 'unanswered') THEN at END WHERE channel = 'callback'",
    ):
        connection.execute(sa.text(statement))


_MESSAGES = sa.table(
    "messages",
    *map(sa.column, ("message_id", "interaction_id", "seq", "source", "source_id", "own_id", "at", "kind", "party", "author")),
    *map(sa.column, ("text", "delivery")),
    sa.column("attachments", sa.JSON()),
)


def _add(connection: sa.Connection, messages: list[Row]) -> None:
    if messages:
        connection.execute(sa.insert(_MESSAGES), [{**row, "attachments": [], "delivery": ""} for row in messages])


def _stable(prefix: str, *parts: str) -> str:
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    return f"{prefix}_{digest}"

"""Tickets, chats, e-mails and callbacks in SQL, each written with its history row in one transaction."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select

from customers import interactions
from customers.model import Chat, Email, Message, NewCallback, Ticket
from customers.ports import NumberTaken
from server.storage.sql.history import save_interaction
from server.storage.sql.schema import (
    CallbackRow,
    ChatMessageRow,
    ChatRow,
    EmailRow,
    TicketCommentRow,
    TicketRow,
)
from server.storage.sql.statements import insert_new, upsert

_FIRST_TICKET_NUMBER = 20001


def write_ticket(connection: Connection, ticket: Ticket) -> Ticket:
    """The ticket with its number: the one it has, the one it brings, or the next free one. Raises `NumberTaken`."""
    numbered = _numbered(connection, ticket)
    save_interaction(connection, interactions.of_ticket(numbered))
    row = {
        "ticket_id": numbered.ticket_id,
        "interaction_id": numbered.interaction_id,
        "customer_id": numbered.customer_id,
        "number": numbered.number,
        "subject": numbered.subject,
        "status": str(numbered.status),
        "priority": numbered.priority,
        "opened_at": numbered.opened_at,
        "closed_at": numbered.closed_at,
    }
    upsert(connection, TicketRow, row)
    connection.execute(delete(TicketCommentRow).where(TicketCommentRow.ticket_id == numbered.ticket_id))
    insert_new(connection, TicketCommentRow, [{"ticket_id": numbered.ticket_id, **part} for part in _parts(numbered.comments)])
    return numbered


def _numbered(connection: Connection, ticket: Ticket) -> Ticket:
    mine = connection.scalar(select(TicketRow.number).where(TicketRow.ticket_id == ticket.ticket_id))
    number = ticket.number or mine
    if number is None:
        highest = connection.scalar(select(func.max(TicketRow.number)))
        number = max((highest or 0) + 1, _FIRST_TICKET_NUMBER)
    elif number != mine:
        other = connection.scalar(select(TicketRow.ticket_id).where(TicketRow.number == number))
        if other is not None:
            raise NumberTaken(f"ticket number {number} belongs to another ticket")
    return msgspec.structs.replace(ticket, number=number)


def write_chat(connection: Connection, chat: Chat) -> None:
    save_interaction(connection, interactions.of_chat(chat))
    row = {
        "chat_id": chat.chat_id,
        "interaction_id": chat.interaction_id,
        "customer_id": chat.customer_id,
        "started_at": chat.started_at,
        "ended_at": chat.ended_at,
    }
    upsert(connection, ChatRow, row)
    connection.execute(delete(ChatMessageRow).where(ChatMessageRow.chat_id == chat.chat_id))
    insert_new(connection, ChatMessageRow, [{"chat_id": chat.chat_id, **part} for part in _parts(chat.messages)])


def write_email(connection: Connection, email: Email) -> None:
    save_interaction(connection, interactions.of_email(email))
    row = {
        "interaction_id": email.interaction_id,
        "customer_id": email.customer_id,
        "subject": email.subject,
        "text": email.text,
        "at": email.at,
        "speaker": str(email.speaker),
        "message_id": email.message_id,
    }
    upsert(connection, EmailRow, row)


def write_callback(connection: Connection, callback: NewCallback) -> None:
    row = {
        "interaction_id": callback.interaction_id,
        "customer_id": callback.customer_id,
        "call_id": callback.call_id,
        "due_at": callback.due_at,
        "promised_at": callback.promised_at,
        "agent_id": callback.agent_id,
        "reason": callback.reason,
        "done_at": None,
    }
    # A replayed promise must not undo that it was kept.
    upsert(connection, CallbackRow, row, keep=frozenset({"done_at"}))


def _parts(parts: tuple[Message, ...]) -> list[dict[str, Any]]:
    return [
        {"position": position, "at": part.at, "speaker": str(part.speaker), "author": part.author, "text": part.text}
        for position, part in enumerate(parts)
    ]

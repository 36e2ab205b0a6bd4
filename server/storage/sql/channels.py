"""Tickets, chats and callbacks in SQL, each written with its history row in one transaction."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from customers import interactions
from customers.model import Chat, NewCallback, Ticket
from customers.ports import NumberTaken
from server.storage.sql.history import save_interaction
from server.storage.sql.messages import add_messages
from server.storage.sql.schema import CallbackRow, TicketRow
from server.storage.sql.search.subjects import index_interactions
from server.storage.sql.statements import upsert

FIRST_TICKET_NUMBER = 20001


def write_ticket(connection: Connection, ticket: Ticket) -> Ticket:
    """The ticket with its number: the one it has, the one it brings, or the next free one. Raises `NumberTaken`."""
    numbered = _numbered(connection, ticket)
    row = interactions.of_ticket(numbered)
    save_interaction(connection, row)
    index_interactions(connection, [row])
    upsert(connection, TicketRow, ticket_row(numbered))
    add_messages(connection, {numbered.interaction_id: numbered.comments}, "desk")
    return numbered


def _numbered(connection: Connection, ticket: Ticket) -> Ticket:
    mine = connection.scalar(select(TicketRow.number).where(TicketRow.ticket_id == ticket.ticket_id))
    number = ticket.number or mine
    if number is None:
        highest = connection.scalar(select(func.max(TicketRow.number)))
        number = max((highest or 0) + 1, FIRST_TICKET_NUMBER)
    elif number != mine:
        other = connection.scalar(select(TicketRow.ticket_id).where(TicketRow.number == number))
        if other is not None:
            raise NumberTaken(f"ticket number {number} belongs to another ticket")
    return msgspec.structs.replace(ticket, number=number)


def ticket_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket_id": ticket.ticket_id,
        "interaction_id": ticket.interaction_id,
        "customer_id": ticket.customer_id,
        "number": ticket.number,
        "subject": ticket.subject,
        "status": str(ticket.status),
        "priority": ticket.priority,
        "opened_at": ticket.opened_at,
        "closed_at": ticket.closed_at,
    }


def chat_row(chat: Chat) -> dict[str, Any]:
    return {
        "chat_id": chat.chat_id,
        "interaction_id": chat.interaction_id,
        "customer_id": chat.customer_id,
        "started_at": chat.started_at,
        "ended_at": chat.ended_at,
    }


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

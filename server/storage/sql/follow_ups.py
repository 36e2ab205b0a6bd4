"""Tickets and callbacks promised at the end of a call: the `FollowUps` port."""

from __future__ import annotations

from sqlalchemy import select

from core.model import Speaker
from customers import interactions
from customers.model import Interaction, Message, NewCallback, NewTicket, Status, Ticket
from server.storage.sql import rows
from server.storage.sql.channels import write_callback, write_ticket
from server.storage.sql.database import Database
from server.storage.sql.history import save_interaction
from server.storage.sql.schema import AgentRow, InteractionRow


class SqlFollowUps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_ticket(self, ticket: NewTicket) -> Interaction:
        async with self._database.write() as connection:
            known = await connection.execute(
                select(*InteractionRow.__table__.c).where(InteractionRow.interaction_id == ticket.interaction_id)
            )
            row = known.one_or_none()
            if row is not None:
                # Replayed: what has happened to the ticket since must stay.
                return rows.interaction(row)
            author = await connection.scalar(select(AgentRow.name).where(AgentRow.agent_id == ticket.opened_by))
            return interactions.of_ticket(await write_ticket(connection, _as_ticket(ticket, author or "")))

    async def promise_callback(self, callback: NewCallback) -> Interaction:
        async with self._database.write() as connection:
            name = await connection.scalar(select(AgentRow.name).where(AgentRow.agent_id == callback.agent_id))
            row = interactions.of_callback(callback, name)
            await save_interaction(connection, row)
            await write_callback(connection, callback)
        return row


def _as_ticket(ticket: NewTicket, author: str) -> Ticket:
    """Opened by an agent after a call: what the agent notes is no answer to the customer, so it is no comment of ours."""
    note = Message(at=ticket.opened_at, speaker=Speaker.CUSTOMER, text=ticket.text, author=author)
    return Ticket(
        ticket_id=ticket.ticket_id,
        interaction_id=ticket.interaction_id,
        customer_id=ticket.customer_id,
        number=None,
        subject=ticket.subject,
        status=Status.OPEN,
        opened_at=ticket.opened_at,
        comments=(note,) if ticket.text else (),
    )

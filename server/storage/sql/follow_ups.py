"""Tickets and callbacks promised at the end of a call: the `FollowUps` port."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select, update

from core.ids import AgentId, InteractionId
from customers import interactions
from customers.messages import MessageKind, NewMessage, Party
from customers.model import Interaction, NewCallback, NewTicket, Status, Ticket
from server.storage.sql.channels import write_callback, write_ticket
from server.storage.sql.database import Database
from server.storage.sql.history import load_interaction, save_interaction
from server.storage.sql.schema import AgentRow, CallbackRow


class SqlFollowUps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_ticket(self, ticket: NewTicket) -> Interaction:
        def work(connection: Connection) -> Interaction:
            known = load_interaction(connection, ticket.interaction_id)
            if known is not None:
                # Replayed: what has happened to the ticket since must stay.
                return known
            author = _agent_name(connection, ticket.opened_by)
            return interactions.of_ticket(write_ticket(connection, _as_ticket(ticket, author or "")))

        return await self._database.write(work)

    async def promise_callback(self, callback: NewCallback) -> Interaction:
        def work(connection: Connection) -> Interaction:
            known = load_interaction(connection, callback.interaction_id)
            if known is not None and known.status is not Status.OPEN:
                return known
            row = interactions.of_callback(callback, _agent_name(connection, callback.agent_id))
            save_interaction(connection, row)
            write_callback(connection, callback)
            return row

        return await self._database.write(work)

    async def close_callback(self, interaction_id: InteractionId, at: float, *, status: Status, title: str) -> Interaction | None:
        def work(connection: Connection) -> Interaction | None:
            known = load_interaction(connection, interaction_id)
            if known is None or known.status is not Status.OPEN:
                return None
            answered_at = at if status is Status.CLOSED else None
            row = msgspec.structs.replace(
                known,
                status=status,
                title=title,
                answered_at=answered_at,
                last_activity_at=at,
                last_from="us",
                waiting_since=None if status is Status.CLOSED else known.waiting_since,
            )
            save_interaction(connection, row)
            done = update(CallbackRow).where(CallbackRow.interaction_id == interaction_id)
            connection.execute(done.values(done_at=at))
            return row

        return await self._database.write(work)

    async def reschedule_callback(self, interaction_id: InteractionId, due_at: float) -> Interaction | None:
        def work(connection: Connection) -> Interaction | None:
            known = load_interaction(connection, interaction_id)
            if known is None or known.status is not Status.OPEN or known.due_at == due_at:
                return None
            row = msgspec.structs.replace(known, due_at=due_at)
            save_interaction(connection, row)
            connection.execute(update(CallbackRow).where(CallbackRow.interaction_id == interaction_id).values(due_at=due_at))
            return row

        return await self._database.write(work)


def _agent_name(connection: Connection, agent_id: AgentId | None) -> str | None:
    return connection.scalar(select(AgentRow.name).where(AgentRow.agent_id == agent_id))


def _as_ticket(ticket: NewTicket, author: str) -> Ticket:
    """Opened by an agent after a call: what the agent writes down is a note among us, and no answer to the customer."""
    note = NewMessage(at=ticket.opened_at, party=Party.AGENT, kind=MessageKind.NOTE, text=ticket.text, author=author)
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

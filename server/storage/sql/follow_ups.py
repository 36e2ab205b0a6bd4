"""Tickets and callbacks promised at the end of a call: the `FollowUps` port."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select, update

from core.ids import AgentId, InteractionId
from core.model import Speaker
from customers import interactions
from customers.model import Interaction, Message, NewCallback, NewTicket, Status, Ticket
from server.storage.sql import rows
from server.storage.sql.channels import write_callback, write_ticket
from server.storage.sql.database import Database
from server.storage.sql.history import save_interaction
from server.storage.sql.schema import AgentRow, CallbackRow, InteractionRow


class SqlFollowUps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open_ticket(self, ticket: NewTicket) -> Interaction:
        mine = select(*InteractionRow.__table__.c).where(InteractionRow.interaction_id == ticket.interaction_id)

        def work(connection: Connection) -> Interaction:
            row = connection.execute(mine).one_or_none()
            if row is not None:
                # Replayed: what has happened to the ticket since must stay.
                return rows.interaction(row)
            author = _agent_name(connection, ticket.opened_by)
            return interactions.of_ticket(write_ticket(connection, _as_ticket(ticket, author or "")))

        return await self._database.write(work)

    async def promise_callback(self, callback: NewCallback) -> Interaction:
        def work(connection: Connection) -> Interaction:
            known = _interaction(connection, callback.interaction_id)
            if known is not None and known.status is not Status.OPEN:
                return known
            row = interactions.of_callback(callback, _agent_name(connection, callback.agent_id))
            save_interaction(connection, row)
            write_callback(connection, callback)
            return row

        return await self._database.write(work)

    async def close_callback(self, interaction_id: InteractionId, at: float, *, status: Status, title: str) -> Interaction | None:
        def work(connection: Connection) -> Interaction | None:
            known = _interaction(connection, interaction_id)
            if known is None or known.status is not Status.OPEN:
                return None
            answered_at = at if status is Status.CLOSED else None
            row = msgspec.structs.replace(known, status=status, title=title, answered_at=answered_at)
            save_interaction(connection, row)
            done = update(CallbackRow).where(CallbackRow.interaction_id == interaction_id)
            connection.execute(done.values(done_at=at))
            return row

        return await self._database.write(work)

    async def reschedule_callback(self, interaction_id: InteractionId, due_at: float) -> Interaction | None:
        def work(connection: Connection) -> Interaction | None:
            known = _interaction(connection, interaction_id)
            if known is None or known.status is not Status.OPEN or known.due_at == due_at:
                return None
            row = msgspec.structs.replace(known, due_at=due_at)
            save_interaction(connection, row)
            connection.execute(update(CallbackRow).where(CallbackRow.interaction_id == interaction_id).values(due_at=due_at))
            return row

        return await self._database.write(work)


def _interaction(connection: Connection, interaction_id: InteractionId) -> Interaction | None:
    found = connection.execute(select(*InteractionRow.__table__.c).where(InteractionRow.interaction_id == interaction_id))
    row = found.one_or_none()
    return None if row is None else rows.interaction(row)


def _agent_name(connection: Connection, agent_id: AgentId | None) -> str | None:
    return connection.scalar(select(AgentRow.name).where(AgentRow.agent_id == agent_id))


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

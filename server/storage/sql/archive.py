"""Imported history in SQL: the `Archive` port."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from core.ids import CustomerId
from customers import interactions
from customers.model import Call, Chat, Email, Fact, Identifier, Profile, Ticket
from server.storage.sql import rows
from server.storage.sql.channels import write_chat, write_email, write_ticket
from server.storage.sql.database import Database
from server.storage.sql.history import save_interaction
from server.storage.sql.schema import CallRow, ChatRow, CustomerRow, EmailRow, FactRow, IdentifierRow, TicketRow
from server.storage.sql.statements import upsert


class SqlArchive:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, identifier: Identifier) -> CustomerId | None:
        """The surest of those who have it."""
        query = (
            select(IdentifierRow.customer_id)
            .where(IdentifierRow.kind == str(identifier.kind), IdentifierRow.value == identifier.value)
            .order_by(IdentifierRow.confidence.desc(), IdentifierRow.customer_id)
            .limit(1)
        )
        found: str | None = await self._database.read(lambda connection: connection.scalar(query))
        return None if found is None else CustomerId(found)

    async def save_customer(self, profile: Profile, facts: tuple[Fact, ...]) -> bool:
        def work(connection: Connection) -> bool:
            new = _is_new(connection, CustomerRow.customer_id == profile.customer_id)
            upsert(connection, CustomerRow, rows.customer_row(profile))
            for edge in rows.identifier_rows(profile):
                upsert(connection, IdentifierRow, edge)
            for fact in facts:
                upsert(connection, FactRow, _fact_row(profile.customer_id, fact))
            return new

        return await self._database.write(work)

    async def save_chat(self, chat: Chat) -> bool:
        def work(connection: Connection) -> bool:
            new = _is_new(connection, ChatRow.chat_id == chat.chat_id)
            write_chat(connection, chat)
            return new

        return await self._database.write(work)

    async def save_ticket(self, ticket: Ticket) -> bool:
        def work(connection: Connection) -> bool:
            new = _is_new(connection, TicketRow.ticket_id == ticket.ticket_id)
            write_ticket(connection, ticket)
            return new

        return await self._database.write(work)

    async def save_call(self, call: Call) -> bool:
        def work(connection: Connection) -> bool:
            new = _is_new(connection, CallRow.call_id == call.call_id)
            save_interaction(connection, interactions.of_call(call, ()))
            upsert(connection, CallRow, rows.call_row(call))
            return new

        return await self._database.write(work)

    async def save_email(self, email: Email) -> bool:
        def work(connection: Connection) -> bool:
            new = _is_new(connection, EmailRow.interaction_id == email.interaction_id)
            write_email(connection, email)
            return new

        return await self._database.write(work)


def _is_new(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return not connection.scalar(select(exists().where(condition)))


def _fact_row(customer_id: CustomerId, fact: Fact) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "text": fact.text,
        "source": fact.source,
        "at": fact.at,
        "suggestion": fact.suggestion,
    }

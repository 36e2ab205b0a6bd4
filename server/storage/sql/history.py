"""Rows of history in SQL: the `History` port."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from core.ids import CustomerId
from core.model import Channel
from customers.model import Interaction
from customers.timeline import Cursor
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.schema import InteractionRow
from server.storage.sql.statements import upsert


class SqlHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, interaction: Interaction) -> None:
        await self._database.write(lambda connection: save_interaction(connection, interaction))

    async def page(
        self, customer_id: CustomerId, before: Cursor | None, channel: Channel | None, limit: int
    ) -> tuple[Interaction, ...]:
        query = newest_first(customer_id, limit + 1)
        if before is not None:
            query = query.where(_below(before))
        if channel is not None:
            query = query.where(InteractionRow.channel == str(channel))
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(rows.interaction(row) for row in found)


def save_interaction(connection: Connection, interaction: Interaction) -> None:
    """Inside somebody's transaction: beside the chat, ticket or e-mail it tells of."""
    upsert(connection, InteractionRow, rows.interaction_row(interaction))


def newest_first(customer_id: CustomerId, limit: int) -> Select[Any]:
    return (
        select(*InteractionRow.__table__.c)
        .where(InteractionRow.customer_id == customer_id)
        .order_by(InteractionRow.at.desc(), InteractionRow.interaction_id.desc())
        .limit(limit)
    )


def _below(cursor: Cursor) -> Any:
    at, row_id = cursor
    # The first condition is implied by the second, and lets the index begin at the right place.
    return and_(
        InteractionRow.at <= at,
        or_(InteractionRow.at < at, InteractionRow.interaction_id < row_id),
    )

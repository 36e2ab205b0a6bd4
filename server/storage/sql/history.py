"""Rows of history in SQL: the `History` port."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from core.ids import CustomerId, InteractionId
from core.model import Channel
from customers.model import Interaction, Neighbours
from customers.timeline import Cursor
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.schema import CustomerRow, InteractionRow, MessageRow
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

    async def get(self, interaction_id: InteractionId) -> Interaction | None:
        return await self._database.read(lambda connection: load_interaction(connection, interaction_id))

    async def around(self, interaction: Interaction) -> tuple[str, Neighbours, int]:
        place = (interaction.active_at, str(interaction.interaction_id))
        of_customer = select(InteractionRow.interaction_id).where(InteractionRow.customer_id == interaction.customer_id)
        earlier = of_customer.where(_below(place)).order_by(*_NEWEST_FIRST).limit(1)
        later = of_customer.where(_above(place)).order_by(*_OLDEST_FIRST).limit(1)
        count = select(func.count()).where(MessageRow.interaction_id == interaction.interaction_id)
        name = select(CustomerRow.name).where(CustomerRow.customer_id == interaction.customer_id)

        def work(connection: Connection) -> tuple[str, Neighbours, int]:
            beside = Neighbours()
            if interaction.customer_id is not None:
                before, after = connection.scalar(earlier), connection.scalar(later)
                beside = Neighbours(
                    earlier=None if before is None else InteractionId(before),
                    later=None if after is None else InteractionId(after),
                )
            return connection.scalar(name) or "", beside, connection.scalar(count) or 0

        return await self._database.read(work)


def load_interaction(connection: Connection, interaction_id: InteractionId) -> Interaction | None:
    found = connection.execute(select(*InteractionRow.__table__.c).where(InteractionRow.interaction_id == interaction_id))
    row = found.one_or_none()
    return None if row is None else rows.interaction(row)


def save_interaction(connection: Connection, interaction: Interaction) -> None:
    """Inside somebody's transaction: beside the chat, ticket or e-mail it tells of. Whose it is stays as it was filed."""
    upsert(connection, InteractionRow, rows.interaction_row(interaction), keep=FILED)


FILED = frozenset({"customer_id", "identifier_kind", "identifier_value", "filed_by", "filed_at", "filed_how"})
"""Columns that only the first writing of a row and a person's decision set."""
_NEWEST_FIRST = (InteractionRow.last_activity_at.desc(), InteractionRow.interaction_id.desc())
_OLDEST_FIRST = (InteractionRow.last_activity_at, InteractionRow.interaction_id)


def newest_first(customer_id: CustomerId, limit: int) -> Select[Any]:
    return (
        select(*InteractionRow.__table__.c).where(InteractionRow.customer_id == customer_id).order_by(*_NEWEST_FIRST).limit(limit)
    )


def _below(cursor: Cursor) -> Any:
    at, row_id = cursor
    # The first condition is implied by the second, and lets the index begin at the right place.
    return and_(
        InteractionRow.last_activity_at <= at,
        or_(InteractionRow.last_activity_at < at, InteractionRow.interaction_id < row_id),
    )


def _above(cursor: Cursor) -> Any:
    at, row_id = cursor
    return and_(
        InteractionRow.last_activity_at >= at,
        or_(InteractionRow.last_activity_at > at, InteractionRow.interaction_id > row_id),
    )

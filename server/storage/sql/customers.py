"""Customers and their identifiers in SQL: the `People` port."""

from __future__ import annotations

from sqlalchemy import Connection, Update, bindparam, select, update

from core.ids import CustomerId
from customers.identity import CONFIDENCE, Match
from customers.model import Identifier, Profile, Provenance
from customers.ports import ChangedSince
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.filing import take_along
from server.storage.sql.schema import CustomerRow, IdentifierRow
from server.storage.sql.search.subjects import index_people
from server.storage.sql.statements import insert_new


class SqlCustomers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def matches(self, identifier: Identifier) -> tuple[Match, ...]:
        keys = {"kind": str(identifier.kind), "value": identifier.value}
        found = await self._database.read(lambda connection: connection.execute(_MATCHES, keys).all())
        return tuple(
            Match(customer_id=CustomerId(row.customer_id), identifier=rows.identifier(row), named=bool(row.named))
            for row in found
        )

    async def add(self, profile: Profile) -> None:
        def work(connection: Connection) -> None:
            insert_new(connection, CustomerRow, [rows.customer_row(profile)])
            insert_new(connection, IdentifierRow, rows.identifier_rows(profile))
            index_people(connection, [profile.customer_id])
            for edge in profile.identifiers:
                take_along(connection, profile.customer_id, edge)

        await self._database.write(work)

    async def get(self, customer_id: CustomerId) -> Profile | None:
        return await self._database.read(lambda connection: load_profile(connection, customer_id))

    async def change(
        self, customer_id: CustomerId, name: str | None, tags: tuple[str, ...] | None, expected: int | None = None
    ) -> Profile | None:
        changes: dict[str, object] = {}
        if name is not None:
            changes |= {"name": name, "name_key": name.casefold()}
        if tags is not None:
            changes |= {"tags": list(tags)}

        def work(connection: Connection) -> Profile | None:
            mine = CustomerRow.customer_id == customer_id
            columns = select(CustomerRow.corrected, CustomerRow.version).where(mine)
            before = connection.execute(columns.with_for_update()).one_or_none()
            if before is None:
                return None
            if expected is not None and before.version != expected:
                raise ChangedSince(load_profile(connection, customer_id))
            if changes:
                corrected = sorted({*before.corrected, *changes})
                values = {**changes, "corrected": corrected, "version": before.version + 1}
                connection.execute(update(CustomerRow).where(mine).values(values))
            if name:
                connection.execute(_confirmed_by_agent(customer_id))
                index_people(connection, [customer_id])
            return load_profile(connection, customer_id)

        return await self._database.write(work)


_NAMED = CustomerRow.name != ""
# Marked ones first, then people: two of them, or one mark, decide as a hundred would.
_MATCHES = (
    select(*IdentifierRow.__table__.c, _NAMED.label("named"))
    .join(CustomerRow, CustomerRow.customer_id == IdentifierRow.customer_id)
    .where(IdentifierRow.kind == bindparam("kind"), IdentifierRow.value == bindparam("value"))
    .order_by(IdentifierRow.shared.desc(), _NAMED.desc(), IdentifierRow.confidence.desc(), IdentifierRow.customer_id.desc())
    .limit(3)
)
_PROFILE = select(*CustomerRow.__table__.c).where(CustomerRow.customer_id == bindparam("customer_id"))
_EDGES = (
    select(*IdentifierRow.__table__.c)
    .where(IdentifierRow.customer_id == bindparam("customer_id"))
    .order_by(IdentifierRow.confidence.desc(), IdentifierRow.kind, IdentifierRow.value)
)


def load_profile(connection: Connection, customer_id: CustomerId) -> Profile | None:
    keys = {"customer_id": customer_id}
    row = connection.execute(_PROFILE, keys).one_or_none()
    if row is None:
        return None
    return rows.profile(row, tuple(rows.identifier(edge) for edge in connection.execute(_EDGES, keys)))


def _confirmed_by_agent(customer_id: CustomerId) -> Update:
    """Who was asked for their name has confirmed the number they called from."""
    return (
        update(IdentifierRow)
        .where(IdentifierRow.customer_id == customer_id, IdentifierRow.provenance == str(Provenance.CALL))
        .values(provenance=str(Provenance.AGENT), confidence=CONFIDENCE[Provenance.AGENT])
    )

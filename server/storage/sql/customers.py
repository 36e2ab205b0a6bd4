"""Customers and their identifiers in SQL: the `People` port."""

from __future__ import annotations

from sqlalchemy import Connection, Select, Update, bindparam, or_, select, update

from core.ids import CustomerId
from customers.identity import CONFIDENCE, Match
from customers.model import Identifier, Profile, Provenance
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.schema import CustomerRow, IdentifierRow
from server.storage.sql.statements import insert_new

_MIN_SEARCH = 2
"""One letter finds everybody and helps nobody."""


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

        await self._database.write(work)

    async def get(self, customer_id: CustomerId) -> Profile | None:
        return await self._database.read(lambda connection: load_profile(connection, customer_id))

    async def change(self, customer_id: CustomerId, name: str | None, tags: tuple[str, ...] | None) -> Profile | None:
        changes: dict[str, object] = {}
        if name is not None:
            changes |= {"name": name, "name_key": name.casefold()}
        if tags is not None:
            changes |= {"tags": list(tags)}

        def work(connection: Connection) -> Profile | None:
            if changes:
                mine = CustomerRow.customer_id == customer_id
                before = connection.scalar(select(CustomerRow.corrected).where(mine)) or []
                corrected = sorted({*before, *changes})
                connection.execute(update(CustomerRow).where(mine).values({**changes, "corrected": corrected}))
            if name:
                connection.execute(_confirmed_by_agent(customer_id))
            return load_profile(connection, customer_id)

        return await self._database.write(work)

    async def search(self, query: str, limit: int) -> tuple[Profile, ...]:
        if len(query) < _MIN_SEARCH:
            return ()

        def work(connection: Connection) -> tuple[Profile, ...]:
            found = list(connection.scalars(_beginning_with(query, limit)))
            if not found or (len(found) < limit and any(character.isalpha() for character in query)):
                # A second, slower look inside names and numbers: one pass over two covering indices (0.5 s for a million).
                found += connection.scalars(_containing(query, limit))
            profiles = (load_profile(connection, CustomerId(each)) for each in list(dict.fromkeys(found))[:limit])
            return tuple(profile for profile in profiles if profile is not None)

        return await self._database.read(work)


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


def _beginning_with(query: str, limit: int) -> Select[str]:
    """By range, which an index answers on both databases whatever their collation of LIKE."""
    name, value = query.casefold(), _as_value(query)
    names = select(CustomerRow.customer_id).where(CustomerRow.name_key >= name, CustomerRow.name_key < _after(name)).limit(limit)
    kinds = ("phone", "email", "external")
    values = (
        select(IdentifierRow.customer_id)
        .where(IdentifierRow.kind.in_(kinds), IdentifierRow.value >= value, IdentifierRow.value < _after(value))
        .limit(limit)
    )
    either = names.subquery().select().union_all(values.subquery().select()).subquery()
    return select(either.c.customer_id).limit(limit)


def _containing(query: str, limit: int) -> Select[str]:
    name, value = query.casefold(), _as_value(query).lstrip("+")
    by_value = select(IdentifierRow.customer_id).where(IdentifierRow.value.contains(value, autoescape=True)).limit(limit)
    return (
        select(CustomerRow.customer_id)
        .where(
            or_(
                CustomerRow.name_key.contains(name, autoescape=True),
                CustomerRow.customer_id.in_(select(by_value.subquery().c.customer_id)),
            )
        )
        .order_by(CustomerRow.name_key)
        .limit(limit)
    )


def _as_value(query: str) -> str:
    """A number as people type it, without its spaces and brackets; anything else in lower case."""
    digits = "".join(character for character in query if character.isdigit() or character == "+")
    return digits if digits and not any(character.isalpha() for character in query) else query.lower()


def _after(prefix: str) -> str:
    return prefix + "\U0010ffff"

"""Inserts that meet an existing row, the same for SQLite and PostgreSQL (both have ON CONFLICT)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from server.storage.sql.schema import Base

Row = Mapping[str, Any]


def table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def insert_new(connection: Connection, model: type[Base], rows: Sequence[Row]) -> int:
    """Inserts those whose key is not there yet; returns how many were."""
    if not rows:
        return 0
    insert = _insert(connection, model)
    inserted = 0
    for row in rows:
        result = connection.execute(insert.values(**row).on_conflict_do_nothing())
        inserted += result.rowcount
    return inserted


def upsert(connection: Connection, model: type[Base], row: Row, keep: frozenset[str] = frozenset()) -> None:
    """Inserts the row or replaces the one with its key, leaving the columns in `keep` as they are."""
    keys = [column.name for column in table_of(model).primary_key]
    insert = _insert(connection, model).values(**row)
    new = {name: insert.excluded[name] for name in row if name not in keys and name not in keep}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=new))


def _insert(connection: Connection, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    table = table_of(model)
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)

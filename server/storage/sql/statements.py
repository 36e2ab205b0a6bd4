"""Inserts that meet an existing row, the same for SQLite and PostgreSQL (both have ON CONFLICT)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from server.storage.sql.schema import Base

AT_MOST = 5000
"""Values in one statement's list: SQLite takes 32,766, asyncpg 32,767."""
Row = Mapping[str, Any]
Insert = postgresql.Insert | sqlite.Insert
Updates = Callable[[Any], dict[str, Any]]
"""Columns of a row that is there already, from it and the one that comes."""


def insert_new(connection: Connection, model: type[Base], rows: Sequence[Row]) -> int:
    """Inserts those whose key is not there yet; returns how many were."""
    statement = _insert_new(connection.dialect.name, model)
    return sum(connection.execute(statement, dict(row)).rowcount for row in rows)


def insert_all_new(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Many at once, in the order of their key; those whose key is there stay as they are. Another conflict is an error."""
    if not rows:
        return
    keys = [column.name for column in _table_of(model).primary_key]
    ordered = sorted((dict(row) for row in rows), key=lambda row: tuple(row[key] for key in keys))
    connection.execute(_insert_new(connection.dialect.name, model, tuple(keys)), ordered)


def insert_unless_there(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Many at once; those that meet a row by any unique key are left out, also one that another transaction writes just now."""
    if rows:
        connection.execute(_insert_new(connection.dialect.name, model), [dict(row) for row in rows])


def upsert(connection: Connection, model: type[Base], row: Row, keep: frozenset[str] = frozenset()) -> None:
    """Inserts the row or replaces the one with its key, leaving the columns in `keep` as they are."""
    connection.execute(_upsert(connection.dialect.name, model, tuple(row), keep), dict(row))


def upsert_all(
    connection: Connection,
    model: type[Base],
    rows: Sequence[Row],
    *,
    keep: frozenset[str] = frozenset(),
    also: Updates | None = None,
) -> None:
    """Many rows at once, in the order of their key; of several with one key the last. `also` says how columns are merged."""
    if not rows:
        return
    keys = [column.name for column in _table_of(model).primary_key]
    last = {tuple(row[key] for key in keys): row for row in rows}
    statement = _upsert(connection.dialect.name, model, tuple(rows[0]), keep, also)
    connection.execute(statement, [dict(last[key]) for key in sorted(last)])


def parts(values: list[Any], parameters: int = 1) -> Iterator[list[Any]]:
    """As many as one statement's list may have, each of so many parameters."""
    size = AT_MOST // parameters
    return (values[start : start + size] for start in range(0, len(values), size))


def one_at_a_time(connection: Connection, name: str) -> None:
    """Until the transaction's end, no other one goes past here with this name; what it has written is then seen.

    For "write it unless it is there" without a key that could say so. On SQLite there is one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


# Built once each: composing a statement costs ten times what running it does.
@lru_cache(maxsize=256)
def _insert_new(dialect: str, model: type[Base], keys: tuple[str, ...] | None = None) -> Insert:
    return _insert(dialect, model).on_conflict_do_nothing(index_elements=keys)


@lru_cache(maxsize=256)
def _upsert(dialect: str, model: type[Base], names: tuple[str, ...], keep: frozenset[str], also: Updates | None = None) -> Insert:
    keys = [column.name for column in _table_of(model).primary_key]
    insert = _insert(dialect, model)
    new: dict[str, Any] = {name: insert.excluded[name] for name in names if name not in keys and name not in keep}
    if also is not None:
        new |= also(insert)
    return insert.on_conflict_do_update(index_elements=keys, set_=new)


def _insert(dialect: str, model: type[Base]) -> Insert:
    table = _table_of(model)
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _table_of(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table

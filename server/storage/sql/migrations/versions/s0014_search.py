"""The search's index: entries, and words in the database's own full-text search. It is filled while the server runs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "search"
down_revision = "messages"

_AT_ONCE = 5000
_SQLITE = """CREATE VIRTUAL TABLE search_words USING fts5(
    shown, hidden, content='', prefix='2 3', tokenize="unicode61 remove_diacritics 0")"""
_POSTGRESQL = (
    "CREATE TABLE search_words (entry_id BIGINT PRIMARY KEY, shown TSVECTOR NOT NULL, whole TSVECTOR)",
    "CREATE INDEX ix_search_words_shown ON search_words USING gin (shown)",
    "CREATE INDEX ix_search_words_whole ON search_words USING gin (whole)",
)


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name="pk_search_entries"),
        sa.UniqueConstraint("kind", "subject_id", name="uq_search_entries_kind_subject_id"),
    )
    connection = op.get_bind()
    for statement in (_SQLITE,) if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.execute(sa.text(statement))
    op.add_column("identifiers", sa.Column("backwards", sa.String(), nullable=False, server_default=""))
    _turn_numbers_round(connection)
    op.create_index("ix_identifiers_kind_backwards", "identifiers", ["kind", "backwards"])


def _turn_numbers_round(connection: sa.Connection) -> None:
    last = ""
    while rows := connection.execute(_NUMBERS, {"last": last, "at_most": _AT_ONCE}).all():
        turned: list[dict[str, Any]] = [{"number": row.value, "turned": _digits(row.value)[::-1]} for row in rows]
        connection.execute(_TURN, turned)
        last = rows[-1].value


_NUMBERS = sa.text("SELECT DISTINCT value FROM identifiers WHERE kind = 'phone' AND value > :last ORDER BY value LIMIT :at_most")
_TURN = sa.text("UPDATE identifiers SET backwards = :turned WHERE kind = 'phone' AND value = :number")


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())

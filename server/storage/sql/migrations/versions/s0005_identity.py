"""Conversations may be filed under nobody; what is known of callers, shared numbers and corrections by hand gets columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "identity"
down_revision = "configuration"

_MAY_BE_NOBODYS = ("calls", "interactions", "chats", "tickets", "emails", "callbacks")


def upgrade() -> None:
    op.add_column("calls", sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("calls", sa.Column("proof", sa.String(length=32), nullable=True))
    op.add_column("calls", sa.Column("diverted_from", sa.String(), nullable=False, server_default=""))
    op.add_column("identifiers", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customers", sa.Column("corrected", sa.JSON(), nullable=False, server_default="[]"))
    if op.get_bind().dialect.name == "sqlite":
        _allow_null_on_sqlite()
    else:
        for table in _MAY_BE_NOBODYS:
            op.alter_column(table, "customer_id", existing_type=sa.String(length=64), nullable=True)


def _allow_null_on_sqlite() -> None:
    """Only the text of the schema changes, as https://sqlite.org/lang_altertable.html (section 7) allows for NOT NULL: to copy
    ten million rows would take minutes, and other tables refer to these.
    """
    connection = op.get_bind()
    version = connection.execute(sa.text("PRAGMA schema_version")).scalar_one()
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    for table in _MAY_BE_NOBODYS:
        changed = connection.execute(
            sa.text(
                "UPDATE sqlite_master SET sql = replace(sql, 'customer_id VARCHAR(64) NOT NULL', 'customer_id VARCHAR(64)') "
                "WHERE type = 'table' AND name = :name AND sql LIKE '%customer_id VARCHAR(64) NOT NULL%'"
            ),
            {"name": table},
        )
        assert changed.rowcount == 1, table
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))

"""Numbers are rules with an id, a trunk and a version; flows have drafts, reasons and authors; it is kept who called in vain."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "numbers_and_flows"
down_revision = "dialled_calls"


def upgrade() -> None:
    _numbers()
    op.add_column("flow_versions", sa.Column("comment", sa.Text(), nullable=False, server_default=""))
    op.add_column("flow_versions", sa.Column("user_id", sa.String(length=64), nullable=True))
    op.create_table(
        "flow_drafts",
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.flow_id"], name="fk_flow_drafts_flow_id_flows"),
        sa.PrimaryKeyConstraint("flow_id", "author_id", name="pk_flow_drafts"),
    )
    op.create_table(
        "unassigned_calls",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("trunk", sa.String(), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_unassigned_calls"),
    )
    op.create_index("ix_unassigned_calls_at", "unassigned_calls", ["at"])


def _numbers() -> None:
    """A new key means a new table; there are few rows."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT number, flow_id, language, label FROM numbers")).mappings().all()
    op.drop_table("numbers")
    table = op.create_table(
        "numbers",
        sa.Column("number_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("trunk", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["flow_id"], ["flows.flow_id"], name="fk_numbers_flow_id_flows"),
        sa.PrimaryKeyConstraint("number_id", name="pk_numbers"),
        sa.UniqueConstraint("number", "trunk", name="uq_numbers_number_trunk"),
    )
    # SQLite and PostgreSQL agree on nothing that makes ids in SQL.
    op.bulk_insert(table, [{"number_id": f"number_{uuid.uuid4().hex}", **row, "trunk": "", "version": 1} for row in rows])

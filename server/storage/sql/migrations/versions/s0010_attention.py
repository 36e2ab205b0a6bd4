"""What needed attention, and who is told of it by letter or web hook; one queue for everything that goes out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "attention"
down_revision = "numbers_and_flows"


def upgrade() -> None:
    op.create_table(
        "attention_entries",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("worst", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("raised_at", sa.Double(), nullable=False),
        sa.Column("cleared_at", sa.Double(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("next", sa.JSON(), nullable=False),
        sa.Column("action", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name="pk_attention_entries"),
    )
    op.create_index("ix_attention_entries_cleared_at", "attention_entries", ["cleared_at"])
    op.create_index("ix_attention_entries_raised_at", "attention_entries", ["raised_at"])

"""The calls that we made within the last hour, for the limits of callbacks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dialled_calls"
down_revision = "audit_source"


def upgrade() -> None:
    op.create_table(
        "dialled_calls",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("origin_call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_dialled_calls"),
    )
    op.create_index("ix_dialled_calls_at", "dialled_calls", ["at"])

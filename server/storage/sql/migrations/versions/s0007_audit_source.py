"""The audit log says from where and with what result; an agent's calls and one thing's entries are found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "audit_source"
down_revision = "dead_letters"


def upgrade() -> None:
    op.add_column("audit_log", sa.Column("source", sa.String(), nullable=False, server_default=""))
    op.add_column("audit_log", sa.Column("result", sa.String(length=32), nullable=False, server_default="done"))
    op.create_index("ix_audit_log_subject_at", "audit_log", ["subject", "at"])
    op.create_index("ix_calls_agent_id_started_at", "calls", ["agent_id", "started_at"])

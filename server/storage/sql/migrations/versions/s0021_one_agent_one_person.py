"""An agent is one person. Where two accounts share one, the newest keeps it; the others take no work any more."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from alembic import op
from sqlalchemy import Connection

revision = "one_agent_one_person"
down_revision = "only_queues"

log = structlog.get_logger(__name__)
_OLDEST = 0.0
"""Of accounts that were made before that was written down."""


def upgrade() -> None:
    part(op.get_bind())
    op.create_index("ix_users_agent_id", "users", ["agent_id"], unique=True)


def part(connection: Connection) -> None:
    """Two with one agent."""
    query = sa.text("SELECT user_id, agent_id, created_at FROM users WHERE agent_id IS NOT NULL")
    rows = sorted(connection.execute(query), key=lambda row: (row.created_at or _OLDEST, row.user_id))
    keepers = {row.agent_id: row.user_id for row in rows}  # the last one counts
    for row in rows:
        keeper_id = keepers[row.agent_id]
        if row.user_id == keeper_id:
            continue
        log.warning("two people were one agent", agent_id=row.agent_id, user_id=row.user_id, keeper_id=keeper_id)
        taken = sa.text("UPDATE users SET agent_id = NULL, version = version + 1 WHERE user_id = :user_id")
        connection.execute(taken, {"user_id": row.user_id})

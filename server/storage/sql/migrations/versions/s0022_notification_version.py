"""Notifications count their changes, so that nobody overwrites what nobody has shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notification_version"
down_revision = "one_agent_one_person"


def upgrade() -> None:
    op.add_column("notifications", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

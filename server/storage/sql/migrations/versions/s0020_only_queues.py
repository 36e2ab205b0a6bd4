"""People who see and act on the work of certain queues only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "only_queues"
down_revision = "available"


def upgrade() -> None:
    op.add_column("users", sa.Column("only_queues", sa.JSON(), nullable=True))

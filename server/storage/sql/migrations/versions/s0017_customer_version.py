"""Records of customers count their changes, so that nobody overwrites what nobody has shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customer_version"
down_revision = "second_steps"


def upgrade() -> None:
    op.add_column("customers", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))

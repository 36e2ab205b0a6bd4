"""People who sign in with an identity provider: who they are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "subjects"
down_revision = "customer_version"


def upgrade() -> None:
    op.add_column("users", sa.Column("subject", sa.Text(), nullable=True))
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)

"""Finished work says which skills it asked for. What is stored already does not know: null."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "skills_asked"
down_revision = "notification_version"


def upgrade() -> None:
    op.add_column("acd_works", sa.Column("skills", sa.Text(), nullable=True))

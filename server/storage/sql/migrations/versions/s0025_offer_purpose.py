"""An offer says what it was for. What is stored already was for a customer's own work, or nobody knows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "offer_purpose"
down_revision = "engagements"


def upgrade() -> None:
    op.add_column("acd_offers", sa.Column("purpose", sa.String(length=32), nullable=False, server_default="contact"))

"""Engagements: who had a conversation. Each call that had an agent gets one; their moments are told by the rows themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "engagements"
down_revision = "skills_asked"


def upgrade() -> None:
    op.create_table(
        "engagements",
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("work_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("stay", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("queue_id", sa.String(length=64), nullable=True),
        sa.Column("queue_name", sa.String(), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("began", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=True),
        sa.Column("asked_by_name", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("from_at", sa.Double(), nullable=False),
        sa.Column("took_over_at", sa.Double(), nullable=True),
        sa.Column("to_at", sa.Double(), nullable=True),
        sa.Column("ended", sa.String(length=32), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("written_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_engagements_call_id_calls"),
        sa.PrimaryKeyConstraint("interaction_id", "work_id", "agent_id", "stay", name="pk_engagements"),
    )
    op.create_table(
        "engagement_moments",
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("moments", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_engagement_moments_call_id_calls"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_engagement_moments"),
    )
    op.add_column("interactions", sa.Column("by_before", sa.JSON(), nullable=True))
    op.execute(_ONE_FOR_EACH)
    op.create_index("ix_engagements_call_id", "engagements", ["call_id"])
    op.create_index("ix_engagements_agent_id_opened_at_call_id", "engagements", ["agent_id", "opened_at", "call_id"])
    op.create_index("ix_engagements_work_id", "engagements", ["work_id"])
    op.create_index("ix_engagement_moments_call_id", "engagement_moments", ["call_id"])


_ONE_FOR_EACH = sa.text(
    "INSERT INTO engagements (interaction_id, work_id, agent_id, stay, call_id, opened_at, agent_name, queue_id, queue_name,"
    " role, began, asked_by_name, note, from_at, to_at, ended, disposition, summary, written_at)"
    " SELECT interaction_id, coalesce(work_id, ''), coalesce(agent_id, ''), 0, call_id, started_at, coalesce(agent_name, ''),"
    " queue_id, queue_name, 'agent', 'taken', '', '', coalesce(connected_at, started_at), ended_at,"
    " CASE WHEN ended_at IS NOT NULL THEN 'call_ended' END, disposition, summary,"
    " CASE WHEN disposition <> '' OR summary <> '' THEN coalesce(ended_at, connected_at, started_at) END"
    " FROM calls WHERE agent_id IS NOT NULL OR coalesce(agent_name, '') <> ''"
)
"""When a wrap-up was written nobody has kept: at the end of its call is next."""

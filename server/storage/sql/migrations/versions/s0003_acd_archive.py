"""The ACD's inputs, finished work, offers with their reasons, and agents' states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "acd_archive"
down_revision = "customers"


def upgrade() -> None:
    _inputs()
    _works()
    _offers()
    _agent_states()


def _inputs() -> None:
    op.create_table(
        "acd_inputs",
        sa.Column("era", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("era", "seq", name="pk_acd_inputs"),
    )
    op.create_index("ix_acd_inputs_at", "acd_inputs", ["at"])
    op.create_table(
        "acd_snapshots",
        sa.Column("era", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("engine", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("era", "seq", name="pk_acd_snapshots"),
    )
    op.create_index("ix_acd_snapshots_at", "acd_snapshots", ["at"])


def _works() -> None:
    op.create_table(
        "acd_works",
        sa.Column("work_id", sa.String(length=64), nullable=False),
        sa.Column("stay", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("queue_id", sa.String(length=64), nullable=False),
        sa.Column("enqueued_at", sa.Double(), nullable=False),
        sa.Column("entered_at", sa.Double(), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("connected_at", sa.Double(), nullable=True),
        sa.Column("talked_until", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=False),
        sa.Column("waited_s", sa.Double(), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("service_level_s", sa.Double(), nullable=False),
        sa.Column("short_abandon_s", sa.Double(), nullable=False),
        sa.Column("expected_p50_s", sa.Double(), nullable=True),
        sa.Column("expected_p90_s", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("work_id", "stay", name="pk_acd_works"),
    )
    for column in ("entered_at", "answered_at", "ended_at"):
        op.create_index(f"ix_acd_works_{column}", "acd_works", [column])


def _offers() -> None:
    op.create_table(
        "acd_offers",
        sa.Column("offer_id", sa.String(length=128), nullable=False),
        sa.Column("work_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("queue_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("decision", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", name="pk_acd_offers"),
    )
    for column in ("work_id", "call_id", "made_at"):
        op.create_index(f"ix_acd_offers_{column}", "acd_offers", [column])


def _agent_states() -> None:
    op.create_table(
        "acd_agent_states",
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("queue_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("agent_id", "at", name="pk_acd_agent_states"),
    )
    op.create_index("ix_acd_agent_states_at", "acd_agent_states", ["at"])

"""Customers, their history on every channel, calls and words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers"
down_revision = "business"

_WAITING = sa.text("status IN ('open', 'unanswered', 'missed')")


def upgrade() -> None:
    _customers()
    _history()
    _calls()
    _path_and_words()
    _chats()
    _tickets_and_emails()


def _customers() -> None:
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("local_time_zone", sa.String(length=64), nullable=True),
        sa.Column("since", sa.Double(), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name="pk_customers"),
    )
    op.create_index("ix_customers_name_key_customer_id", "customers", ["name_key", "customer_id"])
    op.create_table(
        "identifiers",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("provenance", sa.String(length=32), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_identifiers_customer_id_customers"),
        sa.PrimaryKeyConstraint("kind", "value", "customer_id", name="pk_identifiers"),
    )
    op.create_index("ix_identifiers_customer_id", "identifiers", ["customer_id"])
    op.create_table(
        "customer_facts",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_customer_facts_customer_id_customers"),
        sa.PrimaryKeyConstraint("customer_id", "text", name="pk_customer_facts"),
    )


def _history() -> None:
    op.create_table(
        "interactions",
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("ticket_number", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Double(), nullable=True),
        sa.Column("waited_s", sa.Double(), nullable=True),
        sa.Column("answered_at", sa.Double(), nullable=True),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("has_recording", sa.Boolean(), nullable=False),
        sa.Column("has_transcript", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_interactions_customer_id_customers"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_interactions"),
    )
    op.create_index("ix_interactions_customer_id_at_interaction_id", "interactions", ["customer_id", "at", "interaction_id"])
    op.create_index(
        "ix_interactions_waiting",
        "interactions",
        ["customer_id", "status", "at"],
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    )


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("identifier_kind", sa.String(length=32), nullable=True),
        sa.Column("identifier_value", sa.String(), nullable=True),
        sa.Column("identifier_provenance", sa.String(length=32), nullable=True),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("flow_id", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("work_id", sa.String(length=64), nullable=True),
        sa.Column("queue_id", sa.String(length=64), nullable=True),
        sa.Column("queue_name", sa.String(), nullable=True),
        sa.Column("waiting_since", sa.Double(), nullable=True),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("agent_name", sa.String(), nullable=True),
        sa.Column("connected_at", sa.Double(), nullable=True),
        sa.Column("waited_s", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("cause", sa.String(length=64), nullable=True),
        sa.Column("recording_path", sa.Text(), nullable=True),
        sa.Column("recording_ms", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_calls_customer_id_customers"),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_customer_id", "calls", ["customer_id"])
    op.create_index("ix_calls_started_at_call_id", "calls", ["started_at", "call_id"])


def _path_and_words() -> None:
    op.create_table(
        "call_steps",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_call_steps_call_id_calls"),
        sa.PrimaryKeyConstraint("call_id", "at", "step", name="pk_call_steps"),
    )
    op.create_table(
        "transcript_segments",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("stream_id", sa.String(length=64), nullable=False),
        sa.Column("utterance", sa.Integer(), nullable=False),
        sa.Column("leg_id", sa.String(length=64), nullable=False),
        sa.Column("speaker", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.Integer(), nullable=False),
        sa.Column("end_ms", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_transcript_segments_call_id_calls"),
        sa.PrimaryKeyConstraint("call_id", "stream_id", "utterance", name="pk_transcript_segments"),
    )
    op.create_table(
        "callbacks",
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("promised_at", sa.Double(), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name="fk_callbacks_call_id_calls"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_callbacks_customer_id_customers"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_customer_id", "callbacks", ["customer_id"])
    op.create_index("ix_callbacks_due_at", "callbacks", ["due_at"])


def _chats() -> None:
    op.create_table(
        "chats",
        sa.Column("chat_id", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_chats_customer_id_customers"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.interaction_id"], name="fk_chats_interaction_id_interactions"),
        sa.PrimaryKeyConstraint("chat_id", name="pk_chats"),
    )
    op.create_index("ix_chats_customer_id", "chats", ["customer_id"])
    op.create_index("ix_chats_interaction_id", "chats", ["interaction_id"])
    op.create_table(
        "chat_messages",
        sa.Column("chat_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("speaker", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chats.chat_id"], name="fk_chat_messages_chat_id_chats"),
        sa.PrimaryKeyConstraint("chat_id", "position", name="pk_chat_messages"),
    )


def _tickets_and_emails() -> None:
    op.create_table(
        "tickets",
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("closed_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_tickets_customer_id_customers"),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.interaction_id"], name="fk_tickets_interaction_id_interactions"
        ),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_tickets"),
        sa.UniqueConstraint("number", name="uq_tickets_number"),
    )
    op.create_index("ix_tickets_customer_id", "tickets", ["customer_id"])
    op.create_index("ix_tickets_interaction_id", "tickets", ["interaction_id"])
    op.create_table(
        "ticket_comments",
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("speaker", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.ticket_id"], name="fk_ticket_comments_ticket_id_tickets"),
        sa.PrimaryKeyConstraint("ticket_id", "position", name="pk_ticket_comments"),
    )
    op.create_table(
        "emails",
        sa.Column("interaction_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("speaker", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.customer_id"], name="fk_emails_customer_id_customers"),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.interaction_id"], name="fk_emails_interaction_id_interactions"
        ),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_emails"),
    )
    op.create_index("ix_emails_customer_id", "emails", ["customer_id"])

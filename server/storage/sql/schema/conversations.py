"""Messages of conversations in writing, on every channel; and what belongs to one channel only: chats, tickets, callbacks.

Each row names its row in `interactions`; they are written in one transaction.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, Time, Word, Words


class MessageRow(Base):
    """One message. Rows are only ever added; what changes later is how far it was delivered."""

    __tablename__ = "messages"

    message_id: Mapped[Key]
    interaction_id: Mapped[Id] = mapped_column(ForeignKey("interactions.interaction_id"))
    seq: Mapped[int]
    """Counts up within the conversation, in the order in which messages came to us."""
    source: Mapped[Name]
    """Where it comes from; with `source_id` the same for the same message, whatever comes twice."""
    source_id: Mapped[Name]
    own_id: Mapped[Name] = mapped_column(default="")
    """What it is called there: an e-mail's Message-ID."""
    at: Mapped[Time]
    kind: Mapped[Word]
    party: Mapped[Word]
    author: Mapped[Name] = mapped_column(default="")
    text: Mapped[Words]
    html: Mapped[str | None] = mapped_column(Text)
    """Only ever what a sanitizer has let pass."""
    attachments: Mapped[list[Any]] = mapped_column(JSON)
    delivery: Mapped[Word] = mapped_column(default="")

    __table_args__ = (UniqueConstraint("interaction_id", "seq"), UniqueConstraint("source", "source_id"))


class ChatRow(Base):
    __tablename__ = "chats"

    chat_id: Mapped[Key]
    interaction_id: Mapped[Id] = mapped_column(ForeignKey("interactions.interaction_id"))
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    started_at: Mapped[Time]
    ended_at: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "customer_id"), Index(None, "interaction_id"))


class TicketRow(Base):
    __tablename__ = "tickets"

    ticket_id: Mapped[Key]
    interaction_id: Mapped[Id] = mapped_column(ForeignKey("interactions.interaction_id"))
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    number: Mapped[int] = mapped_column(unique=True)
    subject: Mapped[Words]
    status: Mapped[Word]
    priority: Mapped[Word] = mapped_column(default="normal")
    opened_at: Mapped[Time]
    closed_at: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "customer_id"), Index(None, "interaction_id"))


class CallbackRow(Base):
    __tablename__ = "callbacks"

    interaction_id: Mapped[Key]
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    call_id: Mapped[Id] = mapped_column(ForeignKey("calls.call_id"))
    due_at: Mapped[Time]
    promised_at: Mapped[Time]
    agent_id: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[Words] = mapped_column(default="")
    done_at: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "due_at"), Index(None, "customer_id"))

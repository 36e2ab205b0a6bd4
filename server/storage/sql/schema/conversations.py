"""What belongs to one channel only: chats with messages, tickets with comments, e-mails, promised callbacks.

Each row names its row in `interactions`; the two are written in one transaction.
"""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, Time, Word, Words


class ChatRow(Base):
    __tablename__ = "chats"

    chat_id: Mapped[Key]
    interaction_id: Mapped[Id] = mapped_column(ForeignKey("interactions.interaction_id"))
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    started_at: Mapped[Time]
    ended_at: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "customer_id"), Index(None, "interaction_id"))


class ChatMessageRow(Base):
    __tablename__ = "chat_messages"

    chat_id: Mapped[Id] = mapped_column(ForeignKey("chats.chat_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Time]
    speaker: Mapped[Word]
    author: Mapped[Name] = mapped_column(default="")
    text: Mapped[Words]


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


class TicketCommentRow(Base):
    __tablename__ = "ticket_comments"

    ticket_id: Mapped[Id] = mapped_column(ForeignKey("tickets.ticket_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[Time]
    speaker: Mapped[Word]
    author: Mapped[Name] = mapped_column(default="")
    text: Mapped[Words]


class EmailRow(Base):
    __tablename__ = "emails"

    interaction_id: Mapped[Key] = mapped_column(ForeignKey("interactions.interaction_id"))
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    subject: Mapped[Words]
    text: Mapped[Words]
    at: Mapped[Time]
    speaker: Mapped[Word]
    """Who wrote it: the customer or us."""
    message_id: Mapped[str] = mapped_column(String, default="")

    __table_args__ = (Index(None, "customer_id"),)


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

"""Customers, the edges they are recognized by, what other systems know about them, and their history on every channel."""

from __future__ import annotations

from sqlalchemy import JSON, Double, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, StringList, Time, Word, Words

WAITING = text("status IN ('open', 'unanswered', 'missed')")
"""Rows that may be a reason to call."""
NOBODYS = text("customer_id IS NULL")


class CustomerRow(Base):
    __tablename__ = "customers"

    customer_id: Mapped[Key]
    name: Mapped[Name] = mapped_column(default="")
    name_key: Mapped[Name] = mapped_column(default="")
    """The name case-folded, for searching."""
    tags: Mapped[StringList]
    vip: Mapped[bool] = mapped_column(default=False)
    location: Mapped[str | None] = mapped_column(String)
    local_time_zone: Mapped[str | None] = mapped_column(String(64))
    since: Mapped[float | None] = mapped_column(Double)
    language: Mapped[Word] = mapped_column(default="en")
    corrected: Mapped[StringList] = mapped_column(default=list)
    """Columns that people have corrected by hand: no import changes them."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts up with every change of the record, by whomever."""

    __table_args__ = (Index(None, "name_key", "customer_id"),)


class IdentifierRow(Base):
    """An edge: this value belongs to this customer. A value may belong to several (a family's phone)."""

    __tablename__ = "identifiers"

    kind: Mapped[Word] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(String, primary_key=True)
    customer_id: Mapped[Id] = mapped_column(ForeignKey("customers.customer_id"), primary_key=True)
    provenance: Mapped[Word]
    confidence: Mapped[float] = mapped_column(Double)
    shared: Mapped[bool] = mapped_column(default=False)
    """Marked as several people's, whoever else has it."""
    backwards: Mapped[str] = mapped_column(String, default="", server_default="")
    """A telephone number's digits from behind: the search looks last digits up by them."""

    __table_args__ = (Index(None, "customer_id"), Index(None, "kind", "backwards"))


class FactRow(Base):
    """Something another system knows about a customer."""

    __tablename__ = "customer_facts"

    customer_id: Mapped[Id] = mapped_column(ForeignKey("customers.customer_id"), primary_key=True)
    text: Mapped[str] = mapped_column(String, primary_key=True)
    source: Mapped[Name]
    at: Mapped[Time]
    suggestion: Mapped[str | None] = mapped_column(Text)


class InteractionRow(Base):
    """One row of history, the same for every channel; what belongs to one channel only is in that channel's tables."""

    __tablename__ = "interactions"

    interaction_id: Mapped[Key]
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    """None: filed under nobody."""
    channel: Mapped[Word]
    at: Mapped[Time]
    title: Mapped[Words] = mapped_column(default="")
    text: Mapped[Words] = mapped_column(default="")
    status: Mapped[Word] = mapped_column(default="")
    by: Mapped[str | None] = mapped_column(String)
    by_before: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    call_id: Mapped[str | None] = mapped_column(String(64))
    ticket_number: Mapped[int | None]
    duration_s: Mapped[float | None] = mapped_column(Double)
    waited_s: Mapped[float | None] = mapped_column(Double)
    answered_at: Mapped[float | None] = mapped_column(Double)
    due_at: Mapped[float | None] = mapped_column(Double)
    last_activity_at: Mapped[Time] = mapped_column(server_default="0")
    last_from: Mapped[Word] = mapped_column(default="", server_default="")
    """``customer``, ``us``, or empty."""
    waiting_since: Mapped[float | None] = mapped_column(Double)
    priority: Mapped[Word] = mapped_column(default="", server_default="")
    identifier_kind: Mapped[str | None] = mapped_column(String(32))
    """What it came from; so is the value."""
    identifier_value: Mapped[str | None] = mapped_column(String)
    filed_by: Mapped[str | None] = mapped_column(String(64))
    """User who said whose it is."""
    filed_at: Mapped[float | None] = mapped_column(Double)
    filed_how: Mapped[Word] = mapped_column(default="", server_default="")
    """`customers.filed_how.FiledHow`."""
    has_recording: Mapped[bool] = mapped_column(default=False)
    has_transcript: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        # The timeline: newest activity first, a page at a time.
        Index(None, "customer_id", "last_activity_at", "interaction_id"),
        # A number that comes again brings back what was filed under nobody.
        Index(
            "ix_interactions_nobodys",
            "identifier_kind",
            "identifier_value",
            sqlite_where=NOBODYS,
            postgresql_where=NOBODYS,
        ),
        # The pop: only what still wants something, a few rows of a customer's many.
        Index("ix_interactions_waiting", "customer_id", "status", "at", sqlite_where=WAITING, postgresql_where=WAITING),
    )

"""What goes out, and who is told of what needs attention."""

from __future__ import annotations

from sqlalchemy import JSON, Double, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Key, Name, StringList, Time, Word


class OutboxRow(Base):
    """One message (`core.outgoing`). What it says, and to whom, is in `sealed` alone."""

    __tablename__ = "outbox"

    message_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    kind: Mapped[Word]
    lane: Mapped[Word]
    """Which target, not told: one at a time goes to each."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Time]
    expires_at: Mapped[float | None] = mapped_column(Double)
    state: Mapped[Word]
    """``waiting``, ``sent`` or ``dead``."""
    next_at: Mapped[Time]
    """When to try; when it was sent or given up, afterwards."""
    claimed_until: Mapped[float] = mapped_column(Double, default=0.0)
    """Until then another process tries it."""
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[Name] = mapped_column(default="")
    """Why it has not arrived yet, in our words."""

    __table_args__ = (Index(None, "state", "next_at"), Index(None, "state", "lane"))


class NotificationRow(Base):
    """Somebody who is told of what needs attention (`server.attention.notifications`)."""

    __tablename__ = "notifications"

    notification_id: Mapped[Key]
    name: Mapped[Name]
    kind: Mapped[Word]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """URL and secret, or address."""
    severities: Mapped[StringList]
    queues: Mapped[list[str]] = mapped_column(JSON)
    """Empty: all, and what is about no queue."""
    cleared: Mapped[bool]
    """Also told when the cause is gone."""
    language: Mapped[Word]
    active: Mapped[bool]
    created_at: Mapped[Time]
    created_by: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts changes, so that nobody overwrites what nobody has shown."""

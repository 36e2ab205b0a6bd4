"""What needed attention."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, Index
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Key, Name, Time, Word


class AttentionRow(Base):
    """One entry of «Needs attention», from its beginning to its end (`core.attention`)."""

    __tablename__ = "attention_entries"

    entry_id: Mapped[Key]
    code: Mapped[Name]
    subject_kind: Mapped[Word]
    subject_id: Mapped[Name]
    severity: Mapped[Word]
    worst: Mapped[Word]
    """The most urgent that it was."""
    since: Mapped[Time]
    raised_at: Mapped[Time]
    cleared_at: Mapped[float | None] = mapped_column(Double)
    """None: it stands."""
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As they were when the severity changed last."""
    next: Mapped[dict[str, Any]] = mapped_column(JSON)
    action: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "cleared_at"), Index(None, "raised_at"))

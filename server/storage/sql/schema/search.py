"""What the search knows: one row for each thing that can be found. The words stand in the database's own full-text index
(`search_words`), which a migration makes."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Word


class SearchEntryRow(Base):
    """A person, a ticket, a message, a sentence: made from what is stored, and made anew by `patchbay search rebuild`."""

    __tablename__ = "search_entries"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Kind, time and content in one number (`entries.py`): a kind's entries lie together, the newest last."""
    kind: Mapped[Word]
    subject_id: Mapped[str] = mapped_column(String)
    interaction_id: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("kind", "subject_id"),)

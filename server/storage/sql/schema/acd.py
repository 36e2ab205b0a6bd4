"""What the ACD was told, decided and achieved. Ids and times only: no names, numbers or texts of people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, Time, Word


class AcdInputRow(Base):
    """One input of the engine, as its journal had it. A journal that began anew (its store was lost) is a new era."""

    __tablename__ = "acd_inputs"

    era: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Time]
    kind: Mapped[Word]
    """``command``, ``event`` or ``timer``."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """The message as `core.codec` writes it, without texts and names; empty for the timer."""

    __table_args__ = (Index(None, "at"),)


class AcdSnapshotRow(Base):
    """The engine after the input `seq`: where a replay may begin. One an hour."""

    __tablename__ = "acd_snapshots"

    era: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[Time]
    engine: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index(None, "at"),)


class AcdWorkRow(Base):
    """One stay of a piece of work in one queue, written when it is over; work that is moved has one row for each queue."""

    __tablename__ = "acd_works"

    work_id: Mapped[Key]
    stay: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0: the queue it came to first."""
    call_id: Mapped[str | None] = mapped_column(String(64))
    channel: Mapped[Word]
    queue_id: Mapped[Id]
    enqueued_at: Mapped[Time]
    """When the customer began to wait; moving does not change it."""
    entered_at: Mapped[Time]
    """When it came to this queue."""
    offers: Mapped[int]
    offered_at: Mapped[float | None] = mapped_column(Double)
    """First ring."""
    answered_at: Mapped[float | None] = mapped_column(Double)
    """An agent accepted, and the two were connected."""
    connected_at: Mapped[float | None] = mapped_column(Double)
    talked_until: Mapped[float | None] = mapped_column(Double)
    """End of the conversation, beginning of the wrap-up."""
    ended_at: Mapped[Time]
    waited_s: Mapped[float] = mapped_column(Double)
    """From `enqueued_at` to the answer, or to the end."""
    agent_id: Mapped[str | None] = mapped_column(String(64))
    cause: Mapped[Word]
    """`core.causes.WorkEnd`; ``overflowed`` for a stay that ended by a move, ``handed_back`` when its agent left."""
    transfers: Mapped[int]
    skills: Mapped[str | None] = mapped_column(Text)
    """Asked for when it came, as `server.storage.sql.skills` writes them; null: not recorded."""
    service_level_s: Mapped[float] = mapped_column(Double)
    """The queue's thresholds as they were when the work came."""
    short_abandon_s: Mapped[float] = mapped_column(Double)
    expected_p50_s: Mapped[float | None] = mapped_column(Double)
    """What was estimated at arrival."""
    expected_p90_s: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "entered_at"), Index(None, "answered_at"), Index(None, "ended_at"))


class AcdOfferRow(Base):
    """One offer, why it was made, and what became of it."""

    __tablename__ = "acd_offers"

    offer_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    work_id: Mapped[Id]
    call_id: Mapped[str | None] = mapped_column(String(64))
    queue_id: Mapped[Id]
    agent_id: Mapped[Id]
    purpose: Mapped[Word] = mapped_column(default="contact", server_default="contact")
    """`core.model.Purpose`: of a customer's own work, a consultation or a transfer."""
    made_at: Mapped[Time]
    outcome: Mapped[Word] = mapped_column(default="ringing")
    """``ringing``, ``accepted``, ``declined``, ``expired``, ``withdrawn``, ``not_connected``."""
    ended_at: Mapped[float | None] = mapped_column(Double)
    """When it stopped ringing; of an accepted one that was never connected, when it was taken back."""
    decision: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`core.model.Decision`."""

    __table_args__ = (Index(None, "work_id"), Index(None, "call_id"), Index(None, "made_at"))


class AcdAgentStateRow(Base):
    """From `at` on the agent was in this state, until the agent's next row."""

    __tablename__ = "acd_agent_states"

    agent_id: Mapped[Key]
    at: Mapped[float] = mapped_column(Double, primary_key=True)
    state: Mapped[Word]
    reason: Mapped[Name] = mapped_column(default="")
    """Why away, as the board showed it."""
    queue_id: Mapped[str | None] = mapped_column(String(64))
    """Of the work in hand."""

    __table_args__ = (Index(None, "at"),)

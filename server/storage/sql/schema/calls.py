"""Calls, their way through the flow, and their words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, Time, Word, Words


class CallRow(Base):
    __tablename__ = "calls"

    call_id: Mapped[Key]
    customer_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("customers.customer_id"))
    """None: filed under nobody."""
    interaction_id: Mapped[Id]
    kind: Mapped[Word]
    caller: Mapped[str] = mapped_column(String, default="")
    identifier_kind: Mapped[str | None] = mapped_column(String(32))
    identifier_value: Mapped[str | None] = mapped_column(String)
    identifier_provenance: Mapped[str | None] = mapped_column(String(32))
    withheld: Mapped[bool] = mapped_column(default=False)
    proof: Mapped[str | None] = mapped_column(String(32))
    """What verified who called: `customers.model.Proof`."""
    decided_by: Mapped[Name] = mapped_column(default="", server_default="")
    """Name of the person who has said whose it is."""
    diverted_from: Mapped[str] = mapped_column(String, default="")
    called: Mapped[str] = mapped_column(String, default="")
    display_name: Mapped[Name] = mapped_column(default="")
    flow_id: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[Word] = mapped_column(default="en")
    started_at: Mapped[Time]
    work_id: Mapped[str | None] = mapped_column(String(64))
    queue_id: Mapped[str | None] = mapped_column(String(64))
    queue_name: Mapped[str | None] = mapped_column(String)
    """As the queue was named then; so is the agent's name."""
    waiting_since: Mapped[float | None] = mapped_column(Double)
    agent_id: Mapped[str | None] = mapped_column(String(64))
    agent_name: Mapped[str | None] = mapped_column(String)
    connected_at: Mapped[float | None] = mapped_column(Double)
    waited_s: Mapped[float | None] = mapped_column(Double)
    ended_at: Mapped[float | None] = mapped_column(Double)
    cause: Mapped[str | None] = mapped_column(String(64))
    recording_path: Mapped[str | None] = mapped_column(Text)
    recording_ms: Mapped[int] = mapped_column(default=0)
    disposition: Mapped[Words] = mapped_column(default="")
    summary: Mapped[Words] = mapped_column(default="")

    __table_args__ = (Index(None, "started_at", "call_id"), Index(None, "customer_id"), Index(None, "agent_id", "started_at"))


class EngagementRow(Base):
    """One stay of one agent in one conversation (`customers.engagements`); follows from the moments."""

    __tablename__ = "engagements"

    interaction_id: Mapped[Key]
    work_id: Mapped[Key] = mapped_column(default="")
    """Empty: of history that came from elsewhere; so is the agent's."""
    agent_id: Mapped[Key] = mapped_column(default="")
    stay: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("calls.call_id"))
    opened_at: Mapped[Time]
    """When the conversation began: what lists are ordered by."""
    agent_name: Mapped[Name] = mapped_column(default="")
    queue_id: Mapped[str | None] = mapped_column(String(64))
    queue_name: Mapped[str | None] = mapped_column(String)
    role: Mapped[Word]
    began: Mapped[Word]
    asked_by: Mapped[str | None] = mapped_column(String(64))
    asked_by_name: Mapped[Name] = mapped_column(default="")
    note: Mapped[Words] = mapped_column(default="")
    from_at: Mapped[Time]
    took_over_at: Mapped[float | None] = mapped_column(Double)
    to_at: Mapped[float | None] = mapped_column(Double)
    ended: Mapped[str | None] = mapped_column(String(32))
    disposition: Mapped[Words] = mapped_column(default="")
    summary: Mapped[Words] = mapped_column(default="")
    written_at: Mapped[float | None] = mapped_column(Double)

    __table_args__ = (Index(None, "call_id"), Index(None, "agent_id", "opened_at", "call_id"), Index(None, "work_id"))


class MomentsRow(Base):
    """What was told of who is in a conversation: a set, from which its engagements follow."""

    __tablename__ = "engagement_moments"

    interaction_id: Mapped[Key]
    call_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("calls.call_id"), index=True)
    moments: Mapped[list[Any]] = mapped_column(JSON)


class DialledRow(Base):
    """A call that we made, while it counts for the hour's limits. Its number stands in the call in which it was promised."""

    __tablename__ = "dialled_calls"

    call_id: Mapped[Key]
    origin_call_id: Mapped[Id]
    at: Mapped[Time]

    __table_args__ = (Index(None, "at"),)


class CallStepRow(Base):
    __tablename__ = "call_steps"

    call_id: Mapped[Id] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    at: Mapped[Time] = mapped_column(primary_key=True)
    step: Mapped[Name] = mapped_column(primary_key=True)
    verb: Mapped[Word]
    detail: Mapped[Words] = mapped_column(default="")


class SegmentRow(Base):
    """One final utterance; a replayed one meets its own key."""

    __tablename__ = "transcript_segments"

    call_id: Mapped[Id] = mapped_column(ForeignKey("calls.call_id"), primary_key=True)
    stream_id: Mapped[Key]
    utterance: Mapped[int] = mapped_column(primary_key=True)
    leg_id: Mapped[Id]
    speaker: Mapped[Word]
    text: Mapped[Words]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    at: Mapped[Time]
    late: Mapped[bool] = mapped_column(default=False)
    words: Mapped[list[Any]] = mapped_column(JSON)

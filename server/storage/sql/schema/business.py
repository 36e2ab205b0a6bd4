"""What people change while it runs: agents and skills, queues, numbers, flows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Double, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, StringList, Time, Word, Words


class SkillRow(Base):
    __tablename__ = "skills"

    skill_id: Mapped[Key]
    name: Mapped[Name]


class AgentRow(Base):
    __tablename__ = "agents"

    agent_id: Mapped[Key]
    name: Mapped[Name]
    queues: Mapped[StringList]
    """Empty: every queue whose requirements the skills meet."""
    capacity: Mapped[dict[str, Any]] = mapped_column(JSON)
    """How many at once, by channel; empty: the usual."""
    active: Mapped[bool] = mapped_column(default=True)


class AgentSkillRow(Base):
    __tablename__ = "agent_skills"

    agent_id: Mapped[Id] = mapped_column(ForeignKey("agents.agent_id"), primary_key=True)
    skill_id: Mapped[Id] = mapped_column(ForeignKey("skills.skill_id"), primary_key=True)
    level: Mapped[int]


class QueueRow(Base):
    __tablename__ = "queues"

    queue_id: Mapped[Key]
    name: Mapped[Name]
    strategy: Mapped[Word] = mapped_column(default="longest_idle")
    ring_timeout_s: Mapped[float] = mapped_column(Double, default=20.0)
    wrap_up_limit_s: Mapped[float] = mapped_column(Double, default=60.0)
    max_wait_s: Mapped[float] = mapped_column(Double, default=3600.0)
    priority: Mapped[int] = mapped_column(default=0)
    ageing_per_minute: Mapped[float] = mapped_column(Double, default=1.0)
    service_level_s: Mapped[float] = mapped_column(Double, default=20.0)
    short_abandon_s: Mapped[float] = mapped_column(Double, default=5.0)


class QueueRequirementRow(Base):
    __tablename__ = "queue_requirements"

    queue_id: Mapped[Id] = mapped_column(ForeignKey("queues.queue_id"), primary_key=True)
    skill_id: Mapped[Id] = mapped_column(ForeignKey("skills.skill_id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)


class FlowRow(Base):
    __tablename__ = "flows"

    flow_id: Mapped[Key]
    name: Mapped[Name]
    published_version: Mapped[int | None]
    """None: only drafts so far; no call can run it."""


class FlowVersionRow(Base):
    """One text of a flow. Texts are never changed: a change is the next version."""

    __tablename__ = "flow_versions"

    flow_id: Mapped[Id] = mapped_column(ForeignKey("flows.flow_id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[Words]
    author: Mapped[Name]
    saved_at: Mapped[Time]


class NumberRow(Base):
    """What answers a called number: E.164, or an extension as dialled."""

    __tablename__ = "numbers"

    number: Mapped[str] = mapped_column(String(64), primary_key=True)
    flow_id: Mapped[Id] = mapped_column(ForeignKey("flows.flow_id"))
    language: Mapped[Word] = mapped_column(default="en")
    label: Mapped[Name] = mapped_column(default="")

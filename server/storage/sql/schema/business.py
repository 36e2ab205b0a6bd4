"""What people change while it runs: the configuration in its versions, flows, numbers."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Id, Key, Name, Time, Word, Words


class ConfigurationVersionRow(Base):
    """Skills, hours, queues and agents as they were at one time. A version is never changed: a change is the next one."""

    __tablename__ = "configuration_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Time]
    user_id: Mapped[str | None] = mapped_column(String(64))
    """None: the command line, the demo or a migration."""
    author: Mapped[Name]
    comment: Mapped[Words]
    document: Mapped[Words]
    """JSON of `server.business.document.Document`."""


class QueueRow(Base):
    """Names of queues, also of those that are gone: what was done there shows them."""

    __tablename__ = "queues"

    queue_id: Mapped[Key]
    name: Mapped[Name]
    active: Mapped[bool] = mapped_column(default=True)


class AgentRow(Base):
    """Names of agents, also of those that are gone; sign-ins refer to them."""

    __tablename__ = "agents"

    agent_id: Mapped[Key]
    name: Mapped[Name]
    active: Mapped[bool] = mapped_column(default=True)


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
    comment: Mapped[Words] = mapped_column(default="", server_default="")
    """Why."""
    user_id: Mapped[str | None] = mapped_column(String(64))
    """None: the command line, the demo, or before this was written down."""


class FlowDraftRow(Base):
    """What somebody is writing. One for each flow and person, so that nobody's words are lost to another's."""

    __tablename__ = "flow_drafts"

    flow_id: Mapped[Id] = mapped_column(ForeignKey("flows.flow_id"), primary_key=True)
    author_id: Mapped[Key]
    """A user's id, or ``cli:`` and the name of who is signed in to the machine."""
    author: Mapped[Name]
    text: Mapped[Words]
    base_version: Mapped[int]
    """The published version it began with; 0: none."""
    began_at: Mapped[Time]
    saved_at: Mapped[Time]


class NumberRow(Base):
    """What answers a called number (`server.business.number_plan`)."""

    __tablename__ = "numbers"

    number_id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(64))
    trunk: Mapped[str] = mapped_column(String(64), default="", server_default="")
    flow_id: Mapped[Id] = mapped_column(ForeignKey("flows.flow_id"))
    language: Mapped[Word] = mapped_column(default="en")
    label: Mapped[Name] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (UniqueConstraint("number", "trunk"),)


class UnassignedCallRow(Base):
    """A caller who was refused because nothing answers the number. Bounded: the oldest go first."""

    __tablename__ = "unassigned_calls"

    call_id: Mapped[Key]
    at: Mapped[Time]
    called: Mapped[Name]
    trunk: Mapped[Name]
    caller: Mapped[Name]

    __table_args__ = (Index(None, "at"),)

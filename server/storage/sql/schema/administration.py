"""Who may sign in, what is set, and who did what."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from server.storage.sql.schema.base import Base, Key, Name, Time, Word, Words


class UserRow(Base):
    __tablename__ = "users"

    user_id: Mapped[Key]
    username: Mapped[str] = mapped_column(String, unique=True)
    """Lower-case."""
    name: Mapped[Name]
    role: Mapped[Word]
    """One of `server.rights.Role`."""
    password_hash: Mapped[str] = mapped_column(Text)
    """Argon2id in PHC string form (RFC 9106); empty: no password yet, or none any more."""
    agent_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("agents.agent_id"), index=True, unique=True)
    language: Mapped[Word] = mapped_column(default="en")
    demo: Mapped[bool] = mapped_column(default=False)
    """Made by the demo data: its password is printed for everybody to see."""
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Counts what people changed, so that nobody overwrites what another has changed meanwhile."""
    email: Mapped[str | None] = mapped_column(String, index=True, unique=True)
    """Lower-case."""
    created_at: Mapped[float | None] = mapped_column(Double)
    """None: before this was written down."""
    last_sign_in_at: Mapped[float | None] = mapped_column(Double)
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Somebody else chose the password: it is good for one sign-in."""
    subject: Mapped[str | None] = mapped_column(Text, index=True, unique=True)
    """Of the identity provider: its name, a space, its id of the person; None: never signed in with it."""
    only_queues: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Whose work the person sees and acts on; None: every queue's."""
    disabled_at: Mapped[float | None] = mapped_column(Double)
    disabled_reason: Mapped[Words] = mapped_column(default="", server_default="")


class SecondStepRow(Base):
    """An authenticator app that somebody has: its codes are asked for at the sign-in."""

    __tablename__ = "second_steps"

    user_id: Mapped[Key]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """The secret, sealed with the key in the data directory: a copy of the database makes no codes."""
    created_at: Mapped[Time]
    confirmed_at: Mapped[float | None] = mapped_column(Double)
    """None: begun; no code is asked for yet."""
    last_step: Mapped[int] = mapped_column(BigInteger)
    """Of the code that was used last (RFC 6238: seconds since the epoch / 30); -1: none."""


class RecoveryCodeRow(Base):
    """A code that does once what the app would."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[Key]
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256, with the person's id."""
    used_at: Mapped[float | None] = mapped_column(Double)


class InvitationRow(Base):
    """One link that lets somebody choose a password, once. Rows are kept: they say who invited whom."""

    __tablename__ = "invitations"

    invitation_id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the link's secret: a copy of the database lets nobody in."""
    user_id: Mapped[str | None] = mapped_column(String(64), index=True)
    """Whose password it sets; None: the first administrator's, who is made by it."""
    created_at: Mapped[Time]
    expires_at: Mapped[Time]
    created_by: Mapped[str | None] = mapped_column(String(64))
    """None: the command line or the start of the server."""
    closed_at: Mapped[float | None] = mapped_column(Double)
    closed: Mapped[Word] = mapped_column(default="", server_default="")
    """``used``, ``revoked`` or empty."""


class SettingRow(Base):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String, primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class AuditRow(Base):
    """Who saw, heard or changed what. Rows are only ever added."""

    __tablename__ = "audit_log"

    audit_id: Mapped[Key]
    at: Mapped[Time]
    user_id: Mapped[str | None] = mapped_column(String(64))
    """None: the system itself."""
    action: Mapped[Name]
    subject: Mapped[Name] = mapped_column(default="")
    """Id of what it was done to."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String, default="", server_default="")
    """Address of who asked; empty: the system, or before this was written down."""
    result: Mapped[Word] = mapped_column(default="done", server_default="done")
    """``done`` or ``refused``."""

    __table_args__ = (Index(None, "at", "audit_id"), Index(None, "subject", "at"))


class DeadLetterRow(Base):
    """A message that could not be used and was set aside (`core.dead_letters`). Bounded: the settled go first."""

    __tablename__ = "dead_letters"

    letter_id: Mapped[Key]
    at: Mapped[Time]
    stage: Mapped[Word]
    part: Mapped[Name]
    kind: Mapped[Name]
    ids: Mapped[dict[str, str]] = mapped_column(JSON)
    reason: Mapped[Words]
    holds: Mapped[Word]
    recipient: Mapped[Name]
    """Of a command: its addressee."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[Word]
    """``waiting``, ``handed_in`` or ``discarded``."""
    tries: Mapped[int]
    """Times it was handed in again."""
    settled_at: Mapped[float | None] = mapped_column(Double)
    settled_by: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (Index(None, "state", "at", "letter_id"),)

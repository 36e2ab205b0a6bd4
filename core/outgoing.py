"""What goes out of the installation: a message to one target, kept until it has arrived or nobody tries any more."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from core.model import Value
from core.ranges import IdText, Instant, Name, Text


class OutgoingKind(StrEnum):
    WEBHOOK = "webhook"
    EMAIL = "email"


class Outgoing(Value, frozen=True, kw_only=True):
    """One message. What it says may be secret (an invitation's link): it is kept sealed and never logged."""

    message_id: IdText
    """Whoever sends it chooses it: the same id goes out once, however often it is handed in."""
    kind: OutgoingKind
    target: Name
    """An e-mail's address, a webhook's id (`server.outbox.targets`). Messages to one target hold up no others."""
    subject: Name = ""
    """Of an e-mail."""
    body: Text
    """Plain text of an e-mail, JSON of a webhook."""
    expires_at: Instant | None = None
    """Not sent any more after this: an invitation that has run out helps nobody."""


class Outbox(Protocol):
    """The one way out."""

    async def send(self, message: Outgoing) -> None:
        """Returns when it is kept: it goes out at least once, or becomes a dead letter. Raises `OutboxFull`, `Unavailable`."""
        ...


class OutboxFull(Exception):
    """Too many messages wait, in all or for this target. Nothing was kept."""

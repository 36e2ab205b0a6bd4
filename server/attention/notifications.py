"""Who is told of what needs attention, and what they are told. Pure.

A webhook gets the entry as the live view has it, with the names of what it is about; an e-mail its words (`letters.py`). Each
change goes to each subscriber once: the message's id is made from both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from core.attention import Entry, Severity
from core.model import Value
from core.outgoing import Outgoing, OutgoingKind
from server.attention.board import Change
from server.attention.letters import Sender, letter

TELL_WITHIN_S = 6 * 3600.0
"""Nobody needs to hear of it later than this."""
TOLD = ("raised", "worse", "cleared")
Language = Literal["en", "zh"]


class Subscription(Value, frozen=True, kw_only=True):
    """Somebody who is told. Where and with which secret is sealed beside it."""

    notification_id: str
    name: str
    kind: OutgoingKind
    severities: tuple[Severity, ...] = (Severity.RED,)
    queues: tuple[str, ...] = ()
    """Empty: all, and what is about no queue."""
    cleared: bool = True
    """Also when the cause is gone."""
    language: Language = "en"
    active: bool = True
    address: str = ""
    """Of an e-mail; opened only to be sent to."""
    version: int = 1
    """Counts its changes."""


class Names(Value, frozen=True, kw_only=True):
    """Of what entries are about, as the configuration has them."""

    queues: dict[str, str]
    agents: dict[str, str]

    def of(self, entry: Entry) -> dict[str, str]:
        """The names of every id that the entry holds."""
        queue = entry.subject.id if entry.subject.kind == "queue" else str(entry.figures.get("queue_id", ""))
        agent = entry.subject.id if entry.subject.kind == "agent" else ""
        found = {"queue": self.queues.get(queue, queue), "agent": self.agents.get(agent, agent)}
        return {kind: name for kind, name in found.items() if name}


def wants(subscription: Subscription, change: Change) -> bool:
    entry = change.entry
    if not subscription.active or change.what not in TOLD or entry.severity not in subscription.severities:
        return False
    if change.what == "cleared" and not subscription.cleared:
        return False
    queue = entry.subject.id if entry.subject.kind == "queue" else entry.figures.get("queue_id")
    return not subscription.queues or queue in subscription.queues


def messages(
    changes: Iterable[Change], subscriptions: Iterable[Subscription], names: Names, sender: Sender, now: float
) -> list[Outgoing]:
    """One for each change and each who wants it."""
    wanted = tuple(subscriptions)
    return [
        message(subscription, change, names, sender, now)
        for change in changes
        for subscription in wanted
        if wants(subscription, change)
    ]


def message(subscription: Subscription, change: Change, names: Names, sender: Sender, now: float) -> Outgoing:
    entry = change.entry
    message_id = f"{entry.entry_id}.{change.what}.{entry.severity}.{subscription.notification_id}"
    expires_at = now + TELL_WITHIN_S
    if subscription.kind is OutgoingKind.WEBHOOK:
        return Outgoing(
            message_id=message_id,
            kind=subscription.kind,
            target=subscription.notification_id,
            body=event(f"attention.{change.what}", now, sender.name, entry, names.of(entry)),
            expires_at=expires_at,
        )
    subject, text = letter(change.what, entry, names.of(entry), sender, subscription.language)
    return Outgoing(
        message_id=message_id,
        kind=subscription.kind,
        target=subscription.address,
        subject=subject,
        body=text,
        expires_at=expires_at,
    )


def event(kind: str, now: float, installation: str, entry: Entry | None, names: Mapping[str, str]) -> str:
    """A webhook's body, in the shape that Standard Webhooks advises: type, timestamp, data."""
    data = {"installation": installation, "entry": msgspec.to_builtins(entry), "names": dict(names)}
    timestamp = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    return msgspec.json.encode({"type": kind, "timestamp": timestamp, "data": data}).decode()

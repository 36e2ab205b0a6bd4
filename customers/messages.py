"""Messages of a conversation in writing, on every channel: what was said, by whom, and what it means for whoever waits. Pure.

Invariant: messages are only ever added. One that comes twice (the same `source` and `source_id`) is the same message, and what
came first stays; each has its place in the order in which its conversation took them in (`seq`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from core.ids import MessageId
from core.model import Value

PAGE_LIMIT = 50
PAGE_LIMIT_MAX = 200

Place = tuple[float, int]
"""Of a message in the order of reading: its time, and its `seq` among those of one time."""


class Party(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


OURS = frozenset({Party.AGENT, Party.BOT})


class MessageKind(StrEnum):
    TEXT = "text"
    NOTE = "note"
    """Among us: the customer never sees it."""
    FORM = "form"
    FILE = "file"
    SYSTEM = "system"


class Delivery(StrEnum):
    """How far a message of ours has come."""

    NONE = ""
    """Nothing is known of it: it came in, or was brought in from elsewhere."""
    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class Attachment(Value, frozen=True, kw_only=True):
    name: str
    media_type: str = ""
    size_bytes: int = 0
    file_id: str = ""


class NewMessage(Value, frozen=True, kw_only=True):
    """A message as it comes in."""

    at: float
    party: Party
    text: str
    author: str = ""
    kind: MessageKind = MessageKind.TEXT
    attachments: tuple[Attachment, ...] = ()
    own_id: str = ""
    """What it is called where it comes from: an e-mail's Message-ID (RFC 5322 §3.6.4)."""


class Message(Value, frozen=True, kw_only=True):
    """A message as the desk reads it."""

    message_id: MessageId
    seq: int
    at: float
    kind: MessageKind
    party: Party
    author: str
    """Name of who wrote it; empty: it is not known, or it is the customer whose conversation it is."""
    text: str
    attachments: tuple[Attachment, ...] = ()
    delivery: Delivery = Delivery.NONE


class MessagePage(Value, frozen=True, kw_only=True):
    """A stretch of a conversation, oldest first."""

    items: tuple[Message, ...]
    older: str | None
    """Cursor of what was before; None: this is where it begins."""
    newer: str | None


class State(NamedTuple):
    """Of a conversation in writing, as its messages tell it."""

    last_activity_at: float
    last_from: str
    """``customer``, ``us``, or empty: nobody has written yet."""
    waiting_since: float | None
    """Since when the customer has heard nothing from us; None: the last word is ours."""
    answered_at: float | None
    """When one of us last answered."""
    answered_by: str


def state_of(messages: Sequence[NewMessage], began_at: float) -> State:
    """From all messages of a conversation. Notes are among us: they answer nobody."""
    told = sorted((each for each in messages if each.kind is not MessageKind.NOTE), key=lambda each: each.at)
    last_activity_at = max([began_at, *(each.at for each in messages)])
    answer, waiting_since, last_from = None, None, ""
    for message in told:
        if message.party in OURS:
            answer, waiting_since, last_from = message, None, "us"
        elif message.party is Party.CUSTOMER:
            last_from = "customer"
            if waiting_since is None:
                waiting_since = message.at
    return State(
        last_activity_at, last_from, waiting_since, answer.at if answer else None, answer.author if answer is not None else ""
    )


def merged(stored: Iterable[NewMessage], coming: Iterable[NewMessage]) -> tuple[NewMessage, ...]:
    """All messages of a conversation, those that are there and those that come, each once, in order of time."""
    known = {(each.at, each.party, each.author, each.text): each for each in (*coming, *stored)}
    return tuple(sorted(known.values(), key=lambda each: each.at))


def parse_place(text: str | None) -> Place | None:
    """``"1732183267.5~4"``. Raises ValueError for anything else."""
    if not text:
        return None
    at, _, seq = text.partition("~")
    try:
        return float(at), int(seq)
    except ValueError:
        raise ValueError(f"«{text}» is no place in a conversation") from None


def place_of(message: Message) -> str:
    return f"{message.at!r}~{message.seq}"


def page(older: Sequence[Message], newer: Sequence[Message], limit: int, *, more_newer: bool = False) -> MessagePage:
    """`older`: below the place asked for, newest first; `newer`: from there on, oldest first; one more of each than is shown
    tells whether there are others. `more_newer`: what stands above is left out on purpose.
    """
    shown = (*reversed(older[:limit]), *newer[:limit])
    before, after = len(older) > limit, more_newer or len(newer) > limit
    return MessagePage(
        items=shown,
        older=place_of(shown[0]) if shown and before else None,
        newer=place_of(shown[-1]) if shown and after else None,
    )


def clamp(limit: int | None) -> int:
    return PAGE_LIMIT if limit is None else min(max(limit, 1), PAGE_LIMIT_MAX)


def attachments_from(stored: object) -> tuple[Attachment, ...]:
    return msgspec.convert(stored or [], tuple[Attachment, ...])

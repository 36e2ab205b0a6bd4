"""Dead letters: messages that could not be published, read, handled, stored or shown, set aside so that everything else goes on.

Invariant: making a letter never fails, whatever is wrong with the message, and `letter_id` is made from what the letter is about:
the same message that fails again at the same place is the same letter. What people said or wrote is in the `payload` alone;
everything else of a letter may be logged and shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Literal

import msgspec

from core.codec import Unfit, encode, reason_of
from core.commands import Command
from core.events import Event
from core.model import Value
from core.ranges import LONGEST_NAME, IdText, Instant, Name, fit_id, fit_name

LARGEST_PAYLOAD = 64_000
"""A larger message is set aside without its content: it cannot be handed in again."""
LARGEST_STATE = 8_000_000
"""What a process left and nobody can read is kept up to this size: the queues of a thousand agents take half a megabyte."""
_SHOWN_FRAMES = 4


class Stage(StrEnum):
    """What could not be done."""

    PUBLISH = "publish"
    READ = "read"
    """Bytes that are no message."""
    HANDLE = "handle"
    SHOW = "show"
    SEND = "send"
    """Something that should have gone out, and nobody takes."""
    START = "start"
    """Something kept from before that a starting process cannot use."""


class DeadLetter(Value, frozen=True, kw_only=True):
    """One message that was set aside."""

    letter_id: IdText
    at: Instant
    stage: Stage
    part: Name
    """Which part of Patchbay set it aside: a service of the dispatcher, the bus, a table."""
    kind: Name
    """Type of the message, or what it is a row of."""
    ids: dict[Name, Name] = msgspec.field(default_factory=dict)
    reason: Name
    """In English, without what people said or wrote."""
    holds: Literal["event", "command", "outgoing", "state", "nothing"] = "nothing"
    """What `payload` is: state is kept as it was, for whoever mends it by hand; it and nothing cannot be handed in again."""
    to: Name = ""
    """Of a command: its addressee."""
    payload: bytes = b""


def letter_about(message: Event | Command, stage: Stage, part: str, error: Exception, *, at: float, to: str = "") -> DeadLetter:
    """A message that could not be published, handled or shown."""
    payload = packed(message)
    fits = 0 < len(payload) <= LARGEST_PAYLOAD
    kind = type(message).__name__
    return DeadLetter(
        letter_id=_letter_id(stage, part, kind, payload),
        at=at,
        stage=stage,
        part=fit_name(part),
        kind=kind,
        ids=ids_of(message),
        reason=fit_name(what_failed(error)),
        holds=("event" if isinstance(message, Event) else "command") if fits else "nothing",
        to=fit_name(to),
        payload=payload if fits else b"",
    )


def letter_from(data: bytes, part: str, error: Exception, *, at: float, ids: Mapping[str, str] | None = None) -> DeadLetter:
    """Bytes that should have been an event and are none: kept, for a release that may understand them."""
    fits = len(data) <= LARGEST_PAYLOAD
    return DeadLetter(
        letter_id=_letter_id(Stage.READ, part, "", data),
        at=at,
        stage=Stage.READ,
        part=fit_name(part),
        kind="",
        ids=_fit(ids or {}),
        reason=fit_name(reason_of(error)),
        holds="event" if fits else "nothing",
        payload=data if fits else b"",
    )


def letter_of_thing(stage: Stage, part: str, kind: str, *, ids: Mapping[str, str], error: Exception, at: float) -> DeadLetter:
    """A row, a key or an entity that could not be used or shown; it stays where it is, and the letter tells of it."""
    known = _fit(ids)
    return DeadLetter(
        letter_id=_letter_id(stage, part, kind, repr(sorted(known.items())).encode()),
        at=at,
        stage=stage,
        part=fit_name(part),
        kind=fit_name(kind),
        ids=known,
        reason=fit_name(what_failed(error)),
    )


def letter_of_state(kind: str, key: str, reason: str, *, at: float, part: str = "state", content: bytes = b"") -> DeadLetter:
    """What an earlier process left and this one cannot use. Without `content` it stands elsewhere, as it was."""
    fits = 0 < len(content) <= LARGEST_STATE
    return DeadLetter(
        letter_id=_letter_id(Stage.START, part, kind, key.encode(errors="replace") + b"\x1f" + content),
        at=at,
        stage=Stage.START,
        part=fit_name(part),
        kind=fit_name(kind),
        ids=_fit({"key": key}),
        reason=fit_name(reason),
        holds="state" if fits else "nothing",
        payload=content if fits else b"",
    )


def ids_of(message: Event | Command) -> dict[str, str]:
    """Every id that the message names, by field."""
    named = {
        name: getattr(message, name, None)
        for name in message.__struct_fields__
        if name.endswith(("_id", "_leg", "leg_a", "leg_b"))
    }
    return _fit({name: value for name, value in named.items() if isinstance(value, str)})


def what_failed(error: BaseException) -> str:
    """Which mistake and where in the program. Not its message: that may quote what somebody wrote."""
    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, msgspec.DecodeError):
        return reason_of(error)
    frames = extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    way = " ← ".join(f"{'/'.join(PurePath(frame.filename).parts[-2:])}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} {way}".strip()


def packed(message: Event | Command) -> bytes:
    """As it travels; repaired where it could not: unpaired surrogates become U+FFFD, too large numbers texts. Empty: hopeless."""
    try:
        return encode(message)
    except Unfit:
        try:
            return msgspec.msgpack.encode(_repaired(msgspec.to_builtins(message)))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return b""


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_repaired(key): _repaired(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired(part) for part in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)[:LONGEST_NAME]
    return value


def _fit(ids: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ids.items() if fit_id(value)}


def _letter_id(stage: Stage, part: str, kind: str, content: bytes) -> str:
    digest = hashlib.sha256("\x1f".join((stage, part, kind)).encode(errors="replace") + b"\x1f" + content).hexdigest()
    return f"letter_{digest[:32]}"

"""Messages to bytes and back (MessagePack by msgspec), and to JSON for people.

Invariant: what `encode_fit` gives, every process can decode: it has been decoded once already, so that a field out of its range
(`core/ranges.py`) is the publisher's mistake and not the death of whoever reads it.

Errors: `Unfit` for a message that cannot travel, `DecodeError` for bytes that are not exactly one known message. Both say where,
and not what stood there, so that they may be logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from core.commands import Answer, AnyCommand, Command, Envelope
from core.events import AnyEvent, Event
from core.unknown_fields import converted

Message = Event | Command | Envelope | Answer
T = TypeVar("T")

DecodeError = msgspec.DecodeError
"""Raised for bytes that are no message, an unknown type, a missing field, a value out of its range."""


class Unfit(ValueError):
    """A message that cannot be encoded, or that nobody could decode."""


_encoder = msgspec.msgpack.Encoder()
_event_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)
_answer_decoder = msgspec.msgpack.Decoder(Answer)
_command_decoder: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)
_PLACE = re.compile(r" - at `(?:key` in `)?(\$[^`]{0,100})`")


def encode(message: Message) -> bytes:
    """Raises `Unfit` for what has no encoding: half a surrogate pair, a number beyond 64 bits."""
    try:
        return _encoder.encode(message)
    except (UnicodeError, OverflowError, RecursionError, TypeError) as error:
        raise Unfit(f"{type(message).__name__} cannot be encoded: {type(error).__name__}") from None


def encode_fit(message: Event | Envelope) -> bytes:
    """The same for what is about to travel: also raises `Unfit` when a field is out of its range."""
    data = encode(message)
    try:
        decode_event(data) if isinstance(message, Event) else decode_envelope(data)
    except DecodeError as error:
        raise Unfit(f"{type(message).__name__}: {reason_of(error)}") from None
    return data


def decode_event(data: bytes) -> AnyEvent:
    return _decoded(_event_decoder.decode, data, AnyEvent)


def decode_command(data: bytes) -> AnyCommand:
    return _decoded(_command_decoder.decode, data, AnyCommand)


def decode_envelope(data: bytes) -> Envelope:
    return _decoded(_envelope_decoder.decode, data, Envelope)


def decode_answer(data: bytes) -> Answer:
    return _decoded(_answer_decoder.decode, data, Answer)


def reason_of(error: Exception) -> str:
    """What was expected and where, without what was found: that may be somebody's words."""
    text = str(error)
    place = _PLACE.search(text)
    expected = text.partition(" - at ")[0] if text.startswith("Expected `") else type(error).__name__
    expected = expected.partition(", got ")[0]
    return f"{expected} at {place[1]}" if place else expected


def _decoded(decode: Callable[[bytes], T], data: bytes, kind: Any) -> T:
    """A field that this release does not know was added by a newer one, which runs beside it during an upgrade."""
    try:
        return decode(data)
    except msgspec.ValidationError as error:
        if "unknown field" not in str(error):
            raise
        found: T = converted(msgspec.msgpack.decode(data), kind)
        return found
    except (UnicodeError, RecursionError) as error:  # the library passes these on as they are
        raise DecodeError(type(error).__name__) from None

"""Messages to bytes and back (MessagePack by msgspec), and to JSON for people.

Errors: `DecodeError` for anything that is not exactly one known message.
"""

from __future__ import annotations

import msgspec

from core.commands import Answer, AnyCommand, Command, Envelope
from core.events import AnyEvent, Event

DecodeError = msgspec.DecodeError
"""Raised for bytes that are no message, an unknown type, an unknown or missing field."""

_encoder = msgspec.msgpack.Encoder()
_event_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)
_envelope_decoder = msgspec.msgpack.Decoder(Envelope)
_answer_decoder = msgspec.msgpack.Decoder(Answer)
_command_decoder: msgspec.msgpack.Decoder[AnyCommand] = msgspec.msgpack.Decoder(AnyCommand)


def encode(message: Event | Command | Envelope | Answer) -> bytes:
    return _encoder.encode(message)


def decode_event(data: bytes) -> AnyEvent:
    return _event_decoder.decode(data)


def decode_command(data: bytes) -> AnyCommand:
    return _command_decoder.decode(data)


def decode_envelope(data: bytes) -> Envelope:
    return _envelope_decoder.decode(data)


def decode_answer(data: bytes) -> Answer:
    return _answer_decoder.decode(data)

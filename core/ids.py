"""Identifiers. Each is a string with a prefix that says what it names, so that a log line can be read without its source."""

from __future__ import annotations

import uuid
from typing import NewType

CallId = NewType("CallId", str)
"""The customer's whole journey on voice; survives every transfer."""
LegId = NewType("LegId", str)
"""One SIP dialog or one WebRTC connection."""
NodeId = NewType("NodeId", str)
"""One media node process."""
WorkerId = NewType("WorkerId", str)
"""One recognizer process."""
WorkId = NewType("WorkId", str)
"""Anything that waits for an agent: a call, chat, ticket or callback."""
OfferId = NewType("OfferId", str)
"""One attempt to give one piece of work to one agent."""
AgentId = NewType("AgentId", str)
CustomerId = NewType("CustomerId", str)
QueueId = NewType("QueueId", str)
SkillId = NewType("SkillId", str)
FlowId = NewType("FlowId", str)
InteractionId = NewType("InteractionId", str)
"""One row of history on any channel."""
PlaybackId = NewType("PlaybackId", str)
RecordingId = NewType("RecordingId", str)
TapId = NewType("TapId", str)
StreamId = NewType("StreamId", str)
"""One leg's sound on its way through a recognizer."""
CommandId = NewType("CommandId", str)
EventId = NewType("EventId", str)
UserId = NewType("UserId", str)
"""A person who signs in: agent, supervisor or administrator."""
TicketId = NewType("TicketId", str)
ChatId = NewType("ChatId", str)


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``call_0193f3c2a7…``.

    Version 7 layout (RFC 9562 §5.7) would need a clock, which `core` must not read; 128 random bits are unique without one.
    """
    return f"{prefix}_{uuid.uuid4().hex}"

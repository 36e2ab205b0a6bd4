"""Identifiers. Each is a string with a prefix that says what it names, so that a log line can be read without its source.

They are ASCII without spaces (`core/ranges.py`): an id stands in keys, addresses and logs.
"""

from __future__ import annotations

import uuid
from typing import NewType

from core.ranges import IdText

CallId = NewType("CallId", IdText)
"""The customer's whole journey on voice; survives every transfer."""
LegId = NewType("LegId", IdText)
"""One SIP dialog or one WebRTC connection."""
PartyId = NewType("PartyId", IdText)
"""One stay of somebody in one conversation."""
NodeId = NewType("NodeId", IdText)
"""One media node process."""
WorkerId = NewType("WorkerId", IdText)
"""One recognizer process."""
WorkId = NewType("WorkId", IdText)
"""Anything that waits for an agent: a call, chat, ticket or callback."""
OfferId = NewType("OfferId", IdText)
"""One attempt to give one piece of work to one agent."""
AgentId = NewType("AgentId", IdText)
CustomerId = NewType("CustomerId", IdText)
QueueId = NewType("QueueId", IdText)
SkillId = NewType("SkillId", IdText)
FlowId = NewType("FlowId", IdText)
InteractionId = NewType("InteractionId", IdText)
"""One row of history on any channel."""
PlaybackId = NewType("PlaybackId", IdText)
RecordingId = NewType("RecordingId", IdText)
TapId = NewType("TapId", IdText)
StreamId = NewType("StreamId", IdText)
"""One leg's sound on its way through a recognizer."""
CommandId = NewType("CommandId", IdText)
UserId = NewType("UserId", IdText)
"""A person who signs in: agent, supervisor or administrator."""
DeskId = NewType("DeskId", IdText)
"""Of a process that browsers are connected to."""
SessionId = NewType("SessionId", IdText)
"""One sign-in of a person; not the secret in the cookie."""
TicketId = NewType("TicketId", IdText)
MessageId = NewType("MessageId", IdText)
ChatId = NewType("ChatId", IdText)


def new_id(prefix: str) -> str:
    """A fresh identifier such as ``call_0193f3c2a7…``.

    Version 7 layout (RFC 9562 §5.7) would need a clock, which `core` must not read; 128 random bits are unique without one.
    """
    return f"{prefix}_{uuid.uuid4().hex}"

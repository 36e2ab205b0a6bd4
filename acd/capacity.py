"""How much of each channel an agent takes at once, and which channel may arrive while another is open.

Assumption, until interruptions are configured per agent: a conversation by voice fills a person; nothing else arrives during it.
A call may arrive while chats, e-mails or tickets are open, because a caller waits on the line and text can pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.model import Channel

MAY_ARRIVE_DURING: Mapping[Channel, frozenset[Channel]] = {
    Channel.CALL: frozenset({Channel.CHAT, Channel.EMAIL, Channel.TICKET}),
    Channel.CALLBACK: frozenset({Channel.EMAIL, Channel.TICKET}),
    Channel.CHAT: frozenset({Channel.CHAT, Channel.EMAIL, Channel.TICKET}),
    Channel.EMAIL: frozenset({Channel.CHAT, Channel.EMAIL, Channel.TICKET}),
    Channel.TICKET: frozenset({Channel.CHAT, Channel.EMAIL, Channel.TICKET}),
}
"""New work's channel → the channels an agent may have open meanwhile (besides the same channel, up to its capacity)."""

VOICE = frozenset({Channel.CALL, Channel.CALLBACK})
"""Channels that need a healthy audio leg, and are connected by call control after they are accepted."""


def has_room(capacity: Mapping[str, int], open_channels: Iterable[Channel], channel: Channel) -> bool:
    """Whether one more piece of `channel` fits beside what is open."""
    allowed = MAY_ARRIVE_DURING[channel]
    same = 0
    for held in open_channels:
        if held is channel:
            same += 1
        elif held not in allowed:
            return False
    return same < capacity.get(channel.value, 0)

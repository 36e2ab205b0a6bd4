"""How much of each channel an agent takes at once, and which channel may arrive while another is open.

By default a conversation by voice fills a person: nothing else arrives during it. A call may arrive while chats, e-mails or
tickets are open, because a caller waits on the line and text can pause. `AgentConfig.interruptions` says otherwise for one agent
and one pair of channels; every pair it does not name keeps this default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.model import AgentConfig, Channel

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

NONE_DECLARED: Mapping[str, int] = {}


def has_room(agent: AgentConfig, open_channels: Iterable[Channel], channel: Channel) -> bool:
    """Whether one more piece of `channel` fits beside what is open."""
    most = agent.capacity.get(channel, 0)
    if most <= 0:
        return False
    held = list(open_channels)
    if held.count(channel) >= most:
        return False
    declared = agent.interruptions.get(channel, NONE_DECLARED)
    usual = MAY_ARRIVE_DURING[channel]
    for other in set(held):
        allowed = declared.get(other)
        if allowed is not None:
            if held.count(other) > allowed:
                return False
        elif other is not channel and other not in usual:
            return False
    return True

"""A message and who is told: supervisors always, agents by name."""

from __future__ import annotations

import msgspec

from core.ids import AgentId
from server.live.messages import Message

EVERYBODY: None = None


class Change(msgspec.Struct, frozen=True):
    message: Message
    agents: frozenset[AgentId] | None
    """The agents who are told besides all supervisors; None: every agent."""
    supervisors: bool = True


def to_supervisors(message: Message) -> Change:
    return Change(message, agents=frozenset())


def to_agent(agent_id: AgentId, message: Message) -> Change:
    """Only this agent: supervisors have it already."""
    return Change(message, agents=frozenset({agent_id}), supervisors=False)

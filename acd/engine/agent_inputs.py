"""What is asked and told about agents: the state they request, and whether they could take work now."""

from __future__ import annotations

from acd.engine.transitions import withdraw_from
from acd.model.agents import REST, Agent, reached_by
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.rules.capacity import VOICE
from core.commands import SetAgentReachable, SetAgentState
from core.ids import AgentId
from core.model import AgentState, Channel, UnreachableReason

STEPPED_OVER_AFTER_S = 10.0
"""For so long the routing rules hold as if an agent who became unreachable were still there: a page is loaded anew in less.
What is counted, estimated and offered knows it at once."""


def request_state(registry: Registry, command: SetAgentState, now: float) -> None:
    """Takes effect after the work in hand; what only rings goes to somebody else at once. Raises `Refused`.

    Shown also while the state stays, so that screens tell what comes after the work.
    """
    agent = _known(registry, command.agent_id)
    if command.state not in REST:
        raise Refused("not_requestable", f"“{command.state.value}” comes from work and cannot be set")
    if (agent.requested, agent.requested_reason) == (command.state, command.reason):
        raise Repeated("the agent is already in that state, or will be after the present work")
    agent.requested, agent.requested_reason, agent.requested_by = command.state, command.reason, command.by
    if command.state is not AgentState.AVAILABLE:
        withdraw_from(registry, agent, now)
    registry.show(agent, now, always=True)


def reachable(registry: Registry, command: SetAgentReachable, now: float) -> None:
    """An agent who cannot take a channel is offered none of it; what rings goes to somebody else at once. Raises `Refused`.

    Shown again even though the state stays, so that screens tell the reason.
    """
    agent = _known(registry, command.agent_id)
    channel = reached_by(command.channel)
    reason = None if command.reachable else command.reason or UnreachableReason.NOT_CONNECTED
    if agent.unreachable.get(channel) == reason:
        raise Repeated("already known")
    if reason is None:
        del agent.unreachable[channel]
    else:
        if channel not in agent.unreachable:
            agent.gone = [other for other in agent.gone if other is not channel]
            registry.deadlines.set(("agent", agent.agent_id), now + STEPPED_OVER_AFTER_S)
        agent.unreachable[channel] = reason
        withdraw_from(registry, agent, now, VOICE if channel is Channel.CALL else (channel,))
    registry.show(agent, now, always=True)


def stepped_over(registry: Registry, agent_id: AgentId, now: float) -> None:
    """Unreachable for long enough: nobody waits for this agent."""
    agent = registry.agents[agent_id]
    agent.gone = [channel for channel in Channel if channel in agent.unreachable]
    registry.show(agent, now)


def _known(registry: Registry, agent_id: AgentId) -> Agent:
    agent = registry.agents.get(agent_id)
    if agent is None or agent.removed:
        raise Refused("unknown_agent", "this agent is not known")
    return agent

"""What call control knows: all living calls and the agents' audio legs. The only file in which a call's state changes or ends.

Invariant: a call moves only as `TRANSITIONS` says, and is removed in the step that decides its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from core.causes import EndCause
from core.ids import AgentId, CallId, LegId
from core.model import Value
from telephony.calls import outbound, steps
from telephony.calls.actions import Ask, Batch
from telephony.calls.call import AgentLeg, Call, CallState, check_transition
from telephony.calls.picture import SoundFiles


class CallLimits(Value, frozen=True, kw_only=True):
    """Times that end states by themselves."""

    max_call_s: float = 4 * 3600.0
    agent_grace_s: float = 30.0
    """How long the customer hears music while a lost agent's browser may return; then another agent is sought."""


class Living:
    """Owns the calls of this installation, and what is theirs alike: limits, music."""

    def __init__(self, files: SoundFiles, limits: CallLimits) -> None:
        self.files = files
        self.limits = limits
        self.calls: dict[CallId, Call] = {}
        self.agent_legs: dict[AgentId, AgentLeg] = {}

    def restore(self, calls: Iterable[Call], agent_legs: Iterable[AgentLeg]) -> None:
        """Takes back what an earlier process saved."""
        self.calls = {call.call_id: call for call in calls}
        self.agent_legs = {leg.agent_id: leg for leg in agent_legs}

    def forget_legs(self, is_gone: Callable[[AgentLeg], bool]) -> None:
        self.agent_legs = {agent: leg for agent, leg in self.agent_legs.items() if not is_gone(leg)}

    def of_agent(self, agent_id: AgentId) -> list[Call]:
        """A copy: whoever goes through it may change and end them."""
        return [call for call in self.calls.values() if call.agent_id == agent_id]

    def agents_leg_for(self, call: Call) -> LegId | None:
        """The agent's audio, where this call could be bridged with it."""
        leg = self.agent_legs.get(call.agent_id) if call.agent_id else None
        return leg.leg_id if leg is not None and leg.node_id == call.node_id else None

    def put(self, call: Call) -> None:
        self.calls[call.call_id] = call

    def move(self, call: Call, state: CallState, **changes: object) -> Call:
        """Raises `IllegalTransition`."""
        check_transition(call.state, state)
        call = msgspec.structs.replace(call, state=state, **changes)
        self.put(call)
        return call

    def forget(self, call: Call) -> None:
        """Nobody but its node has heard of it."""
        del self.calls[call.call_id]

    def end(self, call: Call, cause: EndCause, now: float, *, hang_up: bool) -> Batch:
        del self.calls[call.call_id]
        if call.callback_promised and cause in outbound.LEFT_WAITING:
            cause = EndCause.CALLBACK_PROMISED
        if call.mix_version:
            call = msgspec.structs.replace(call, mix_version=call.mix_version + 1)
        return steps.finish(call, cause, now, hang_up=hang_up)

    def remix(self, call: Call, **changes: object) -> Call:
        """Who hears whom, or what, is another than before: its node is to be told (`mixed`)."""
        call = msgspec.structs.replace(call, mix_version=call.mix_version + 1, **changes)
        self.put(call)
        return call

    def mixed(self, call: Call) -> Ask:
        """Tells its node who hears whom, and what, now."""
        return steps.mixed(call, self.files)

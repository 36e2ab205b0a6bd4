"""What call control knows: all living calls and the agents' audio legs. The only file in which a call's state changes or ends.

Invariant: calls and their parties move only as their tables say (`TRANSITIONS`); a call is removed in the step that decides its
end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import msgspec

from core.causes import EndCause
from core.events import AnyEvent
from core.ids import AgentId, CallId
from core.model import Value
from core.parties import Party
from telephony.calls import outbound, steps, texts
from telephony.calls.actions import Action, Batch, Publish
from telephony.calls.call import AgentLeg, Call, Phase, at_leg, check_transition, with_party
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
        """Whose conversation is this agent's. A copy: whoever goes through it may change and end them."""
        return [call for call in self.calls.values() if call.agent_id == agent_id]

    def that_ask(self, agent_id: AgentId) -> list[Call]:
        """In which this agent is the colleague who was asked. A copy."""
        return [call for call in self.calls.values() if call.consultant is not None and call.consultant.agent_id == agent_id]

    def with_sound(self, call: Call, party: Party) -> Party | None:
        """The party with its agent's audio; None: there is none now."""
        leg = self.agent_legs.get(party.agent_id) if party.agent_id else None
        return None if leg is None else at_leg(call, party, leg.leg_id, leg.node_id)

    def put(self, call: Call) -> None:
        self.calls[call.call_id] = call

    def move(self, call: Call, phase: Phase, deadline: float, **changes: object) -> Call:
        """Raises `IllegalTransition`."""
        check_transition(call.phase, phase)
        call = msgspec.structs.replace(call, phase=phase, deadline=deadline, **changes)
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

    def remix(self, call: Call, *parties: Party, **changes: object) -> Call:
        """With these parties as they are now. Who hears whom, or what, is another than before: tell its node (`mixed`)."""
        everybody = reduce(with_party, parties, call.parties)
        nodes = sorted({party.node_id for party in (*call.parties, *everybody) if party.node_id is not None})
        version = call.mix_version + 1
        call = msgspec.structs.replace(call, mix_version=version, parties=everybody, far_nodes=tuple(nodes), **changes)
        self.put(call)
        return call

    def mixed(self, call: Call) -> tuple[Action, ...]:
        """Tells its node who hears whom, and what, now."""
        return steps.mixed(call, self.files)

    def told(self, before: Call, call: Call, now: float, *happened: AnyEvent) -> Batch:
        """Tells everybody how the call is now: what happened, its node who hears whom, screens who takes part; and whose words
        are written down."""
        events = [Publish(event=event) for event in happened]
        picture = Publish(event=steps.picture(call, now))
        return steps.batch(call, *events, *self.mixed(call), picture, *texts.changes(before, call, now))

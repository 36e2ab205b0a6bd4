"""What call control knows: all living calls and the agents' audio legs. The only file in which a call's state changes or ends.

Invariant: calls and their parties move only as their tables say (`TRANSITIONS`); a call is removed in the step that decides its
end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import NamedTuple

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


HEARD_AGAIN_WITHIN_S = 10.0
"""Who has begun a call since may be told of its beginning once more, by a stream that is read again after a restart."""


class Changed(NamedTuple):
    """What is another than when it was asked for last, or is no more."""

    calls: tuple[CallId, ...]
    agents: tuple[AgentId, ...]


class Living:
    """Owns the calls of this process, and what is theirs alike: limits, music."""

    def __init__(self, files: SoundFiles, limits: CallLimits) -> None:
        self.files = files
        self.limits = limits
        self.calls: dict[CallId, Call] = {}
        self.agent_legs: dict[AgentId, AgentLeg] = {}
        self.over: dict[CallId, float] = {}
        """Calls that ended soon after they began, and until when they must not begin again."""
        self._changed_calls: dict[CallId, None] = {}
        self._changed_agents: dict[AgentId, None] = {}

    def restore(self, calls: Iterable[Call], agent_legs: Iterable[AgentLeg], over: Mapping[CallId, float]) -> None:
        """Takes back what another process saved. What is known of an agent's audio already is newer."""
        self.calls |= {call.call_id: call for call in calls}
        self.agent_legs = {leg.agent_id: leg for leg in agent_legs} | self.agent_legs
        self.over |= over

    def drop(self, is_gone: Callable[[CallId], bool]) -> None:
        """Somebody else has these calls, as they are saved."""
        self.calls = {call_id: call for call_id, call in self.calls.items() if not is_gone(call_id)}
        self.over = {call_id: until for call_id, until in self.over.items() if not is_gone(call_id)}
        for call_id in [call_id for call_id in self._changed_calls if is_gone(call_id)]:
            del self._changed_calls[call_id]

    def take_changed(self) -> Changed:
        """Since this was asked for last."""
        changed = Changed(tuple(self._changed_calls), tuple(self._changed_agents))
        self._changed_calls.clear()
        self._changed_agents.clear()
        return changed

    # ── agents' audio ─────────────────────────────────────────────────────────────────────────────────────────

    def has_leg(self, leg: AgentLeg) -> None:
        self.agent_legs[leg.agent_id] = leg
        self._changed_agents[leg.agent_id] = None

    def has_no_leg(self, agent_id: AgentId) -> None:
        self.agent_legs.pop(agent_id, None)
        self._changed_agents[agent_id] = None

    def forget_legs(self, is_gone: Callable[[AgentLeg], bool]) -> None:
        for agent_id in [agent_id for agent_id, leg in self.agent_legs.items() if is_gone(leg)]:
            self.has_no_leg(agent_id)

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────

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
        self._changed_calls[call.call_id] = None

    def move(self, call: Call, phase: Phase, deadline: float, **changes: object) -> Call:
        """Raises `IllegalTransition`."""
        check_transition(call.phase, phase)
        call = msgspec.structs.replace(call, phase=phase, deadline=deadline, **changes)
        self.put(call)
        return call

    def forget(self, call: Call, now: float) -> None:
        """Nobody but its node has heard of it."""
        self._remove(call, now)

    def _remove(self, call: Call, now: float) -> None:
        del self.calls[call.call_id]
        self._changed_calls[call.call_id] = None
        if (until := call.offered_at + HEARD_AGAIN_WITHIN_S) > now:
            self.over[call.call_id] = until

    def let_go(self, now: float) -> None:
        """What nobody can be told of any more."""
        for call_id in [call_id for call_id, until in self.over.items() if until <= now]:
            del self.over[call_id]
            self._changed_calls[call_id] = None

    def end(self, call: Call, cause: EndCause, now: float, *, hang_up: bool) -> Batch:
        self._remove(call, now)
        if call.callback_promised and cause in outbound.LEFT_WAITING:
            cause = EndCause.CALLBACK_PROMISED
        if call.mix_version:
            call = msgspec.structs.replace(call, mix_version=call.mix_version + 1)
        return steps.finish(call, cause, now, hang_up=hang_up)

    def remix(self, call: Call, *parties: Party, **changes: object) -> Call:
        """With these parties as they are now. Who hears whom, or what, is another than before: tell its node (`mixed`)."""
        everybody = reduce(with_party, parties, call.parties)
        joined = {party.node_id for party in everybody if party.node_id is not None}
        nodes = {"far_nodes": tuple(sorted(joined.union(call.joined_nodes))), "joined_nodes": tuple(sorted(joined))}
        version = call.mix_version + 1
        call = msgspec.structs.replace(call, mix_version=version, parties=everybody, **nodes, **changes)
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

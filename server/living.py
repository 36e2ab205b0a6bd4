"""Living calls and agents' audio, as who does not own them knows them: saved ones are read at the start, then followed.

Invariant: after any events, in order, a call is here from its beginning to its end, with whoever takes part as its newest picture
says; what comes twice changes nothing. Nothing is decided here: the owner of the call has the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    LegConnected,
    LegEnded,
    NodeLost,
    NodeStarted,
    PartiesChanged,
    PartyJoined,
    PartyLeft,
    WorkEnqueued,
    WorkMoved,
)
from core.ids import AgentId, CallId, LegId, NodeId, PartyId, QueueId, UserId
from core.model import LegPurpose, Value
from core.parties import Party, PartyState, Role
from core.ports import StateStore
from core.saved import sorted_out
from telephony.calls.call import AgentLeg, Call, Phase
from telephony.calls.saved import read_calls
from telephony.calls.service import AGENT_LEG_KIND, CALL_KIND


class Saved(NamedTuple):
    """As it stands in the store. What cannot be read is set aside by its owner, not here."""

    calls: Mapping[CallId, Call]
    legs: Mapping[AgentId, AgentLeg]


async def saved(store: StateStore) -> Saved:
    """Raises `Unavailable`."""
    calls, _ = read_calls(await store.load_all(CALL_KIND))
    legs, _ = sorted_out(await store.load_all(AGENT_LEG_KIND), AgentLeg)
    return Saved(calls, {AgentId(agent_id): leg for agent_id, leg in legs.items()})


class Someone(NamedTuple):
    """Who takes part."""

    role: Role
    agent_id: AgentId | None
    user_id: UserId | None


class KnownCall(Value, frozen=True, kw_only=True):
    """As much of a call as others need."""

    call_id: CallId
    node_id: NodeId
    queue_id: QueueId | None = None
    people: dict[PartyId, Someone] = msgspec.field(default_factory=dict)
    version: int = -1
    """Of the newest picture."""

    @property
    def agent_id(self) -> AgentId | None:
        """Whose conversation it is."""
        return next((one.agent_id for one in self.people.values() if one.role is Role.AGENT), None)

    def is_with(self, agent_id: AgentId) -> bool:
        """The agent, or a colleague who was asked."""
        return any(one.agent_id == agent_id for one in self.people.values())

    def is_heard_by(self, user_id: UserId) -> bool:
        """A supervisor."""
        return any(one.user_id == user_id for one in self.people.values())


class Living:
    """Owns the picture of calls and legs."""

    def __init__(self) -> None:
        self.calls: dict[CallId, KnownCall] = {}
        self.agent_legs: dict[AgentId, AgentLeg] = {}
        self._handlers: dict[type, Callable[[Any], None]] = {
            CallStarted: self._started,
            CallConnected: self._connected,
            PartiesChanged: self._pictured,
            PartyJoined: self._joined,
            PartyLeft: self._left,
            CallHandedBack: lambda event: self._without(event.call_id, event.agent_id, event.queue_id),
            CallTransferred: self._transferred,
            CallEnded: self._ended,
            WorkEnqueued: self._queued,
            WorkMoved: self._queued,
            LegConnected: self._leg_connected,
            LegEnded: self._leg_ended,
            NodeLost: self._node_is_new,
            NodeStarted: self._node_is_new,
        }

    @property
    def wanted(self) -> frozenset[type]:
        return frozenset(self._handlers)

    def restore(self, saved: Saved) -> None:
        """What has begun; whoever is still at the door is told of."""
        begun = [call for call in saved.calls.values() if call.phase not in {Phase.OFFERED, Phase.ANSWERING}]
        self.calls = {call.call_id: _known(call) for call in begun}
        self.agent_legs = dict(saved.legs)

    def handle(self, event: AnyEvent) -> None:
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(event)

    def with_agent(self, agent_id: AgentId) -> KnownCall | None:
        return next((call for call in self.calls.values() if call.is_with(agent_id)), None)

    # ── calls ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _started(self, event: CallStarted) -> None:
        if event.call_id not in self.calls:
            call = KnownCall(call_id=event.call_id, node_id=event.node_id, queue_id=event.queue_id)
            self.calls[event.call_id] = call if event.agent_id is None else _with_agent(call, event.agent_id)

    def _connected(self, event: CallConnected) -> None:
        call = self.calls.get(event.call_id)
        if call is not None:
            call = msgspec.structs.replace(call, queue_id=event.queue_id)
            self.calls[event.call_id] = call if call.agent_id == event.agent_id else _with_agent(call, event.agent_id)

    def _pictured(self, event: PartiesChanged) -> None:
        call = self.calls.get(event.call_id)
        if call is not None and event.version > call.version:
            self.calls[event.call_id] = msgspec.structs.replace(call, people=_people(event.parties), version=event.version)

    def _joined(self, event: PartyJoined) -> None:
        call = self.calls.get(event.call_id)
        if call is not None:
            people = {**call.people, event.party_id: Someone(event.role, event.agent_id, event.user_id)}
            self.calls[event.call_id] = msgspec.structs.replace(call, people=people)

    def _left(self, event: PartyLeft) -> None:
        call = self.calls.get(event.call_id)
        if call is not None:
            people = {party_id: one for party_id, one in call.people.items() if party_id != event.party_id}
            self.calls[event.call_id] = msgspec.structs.replace(call, people=people)

    def _ended(self, event: CallEnded) -> None:
        self.calls.pop(event.call_id, None)

    def _transferred(self, event: CallTransferred) -> None:
        self._without(event.call_id, event.agent_id, event.queue_id)

    def _without(self, call_id: CallId, agent_id: AgentId, queue_id: QueueId) -> None:
        call = self.calls.get(call_id)
        if call is not None:
            people = {party_id: one for party_id, one in call.people.items() if one.agent_id != agent_id}
            self.calls[call_id] = msgspec.structs.replace(call, people=people, queue_id=queue_id)

    def _queued(self, event: WorkEnqueued | WorkMoved) -> None:
        """Whoever is in conversation stays in the queue of that, whatever else is asked for."""
        call = self.calls.get(event.call_id) if event.call_id is not None else None
        if call is not None and call.agent_id is None:
            self.calls[call.call_id] = msgspec.structs.replace(call, queue_id=event.queue_id)

    # ── agents' audio ─────────────────────────────────────────────────────────────────────────────────────────

    def _leg_connected(self, event: LegConnected) -> None:
        if event.purpose is LegPurpose.AGENT and event.agent_id is not None:
            self.agent_legs[event.agent_id] = AgentLeg(
                agent_id=event.agent_id, leg_id=event.leg_id, node_id=event.node_id, connected_at=event.at
            )

    def _leg_ended(self, event: LegEnded) -> None:
        self._forget_legs(leg_id for leg_id in (event.leg_id,))

    def _node_is_new(self, event: NodeLost | NodeStarted) -> None:
        self._forget_legs(leg.leg_id for leg in tuple(self.agent_legs.values()) if leg.node_id == event.node_id)

    def _forget_legs(self, leg_ids: Iterable[LegId]) -> None:
        gone = set(leg_ids)
        for agent_id in [agent_id for agent_id, leg in self.agent_legs.items() if leg.leg_id in gone]:
            del self.agent_legs[agent_id]


def _known(call: Call) -> KnownCall:
    return KnownCall(
        call_id=call.call_id,
        node_id=call.node_id,
        queue_id=call.queue_id,
        people=_people(call.parties),
        version=call.mix_version,
    )


def _people(parties: Iterable[Party]) -> dict[PartyId, Someone]:
    here = (party for party in parties if party.state is not PartyState.LEFT)
    return {party.party_id: Someone(party.role, party.agent_id, party.user_id) for party in here}


def _with_agent(call: KnownCall, agent_id: AgentId) -> KnownCall:
    """Until a picture says more."""
    others = {party_id: one for party_id, one in call.people.items() if one.role is not Role.AGENT}
    return msgspec.structs.replace(call, people={**others, PartyId(f"party_{agent_id}"): Someone(Role.AGENT, agent_id, None)})

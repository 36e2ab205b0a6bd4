"""One call as call control knows it: a frozen value, the parties in it, and the table of its phases."""

from __future__ import annotations

from collections.abc import Container
from enum import StrEnum

import msgspec

from core.commands import Consult, Transfer
from core.ids import AgentId, CallId, CustomerId, FlowId, LegId, NodeId, OfferId, PartyId, QueueId, RecordingId, WorkId
from core.model import CallerFacts, LegKind, Value
from core.parties import Party, PartyState, Role


class Phase(StrEnum):
    """Where a call is.

    ::

        OFFERED ──▶ ANSWERING ──▶ FLOW ⇄ CONVERSATION
        DIALLING ──▶ CONVERSATION
        any ──▶ (removed)

    OFFERED: at the door, its number is being looked up. ANSWERING: 200 is sent, the ACK is awaited (RFC 3261 §13.3.1.4).
    DIALLING: an agent has taken a callback; the customer's number is looked up, then the phone rings.
    FLOW: the IVR has the customer (waiting in a queue is part of it), also again, after an agent who left.
    CONVERSATION: the customer is with people; what each of them does stands in the parties.
    An ended call has no phase: it is removed after `CallEnded`.
    """

    OFFERED = "offered"
    ANSWERING = "answering"
    DIALLING = "dialling"
    FLOW = "flow"
    CONVERSATION = "conversation"


TRANSITIONS: dict[Phase, frozenset[Phase]] = {
    Phase.OFFERED: frozenset({Phase.ANSWERING}),
    Phase.ANSWERING: frozenset({Phase.FLOW}),
    Phase.DIALLING: frozenset({Phase.CONVERSATION}),
    Phase.FLOW: frozenset({Phase.CONVERSATION}),
    Phase.CONVERSATION: frozenset({Phase.FLOW}),
}
"""Between living phases; everything else is a mistake in the caller and raises."""


class IllegalTransition(Exception):
    """A change of phase that the table does not know."""


class Call(Value, frozen=True, kw_only=True):
    """A call's facts. Saved on every change, so that a restarted server takes its calls back (`saved.py`)."""

    call_id: CallId
    node_id: NodeId
    kind: LegKind
    caller: str
    """The customer's number: who calls, or who is called back."""
    called: str
    display_name: str
    customer_token: str | None
    trunk: str = ""
    """That it came by; empty: none, a browser's."""
    customer_leg: LegId
    phase: Phase
    parties: tuple[Party, ...] = ()
    """Who takes part now. Whoever leaves is no longer here."""
    offered_at: float
    deadline: float
    """When the present phase ends by itself."""
    started_at: float | None = None
    flow_id: FlowId | None = None
    language: str = "en"
    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    connected_at: float | None = None
    waited_s: float = 0.0
    recording_id: RecordingId | None = None
    recording_path: str | None = None
    far_nodes: tuple[NodeId, ...] = ()
    """Other nodes that are told of the present mix: those that have a leg in it, and those that had one in the mix before."""
    joined_nodes: tuple[NodeId, ...] = ()
    """Of those, the ones that have one."""
    mix_version: int = 0
    """Of the last `SetMix`; 0: the flow has the caller for itself, and always had."""
    outbound: bool = False
    origin_call_id: CallId | None = None
    """Of an outbound call: the one in which it was promised."""
    customer_id: CustomerId | None = None
    """Of an outbound call, when its record says so."""
    facts: CallerFacts = CallerFacts()
    left_by: AgentId | None = None
    """The agent who left in mid-conversation, until another one talks with the customer."""
    work_since: float = 0.0
    """When `work_id` came in line, or the conversation was handed on to it: that older work did means nothing, heard again."""
    left_work: WorkId | None = None
    """Of that one, when the conversation was handed on: `work_id` goes on with it. None: `work_id` itself waits again."""
    hand_back_told: bool = False
    """Everybody has been told of that, and whoever leads the caller on has begun."""
    asked_for: Consult | Transfer | None = None
    """What an agent of it wanted of others last, with the note that goes with it."""
    handing_on: bool = False
    """It was a transfer: the agent leaves when its work has a place in line."""
    accepted_offers: tuple[OfferId, ...] = ()
    """Each counts once: heard again after a restart, the acceptance of an agent who has left meanwhile means nothing."""
    keys_until: float = 0.0
    """When the agent pressed the last key that was sent on."""
    callback_promised: bool = False
    """The caller has left the queue and will be called back."""

    # ── who takes part ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def customer(self) -> Party | None:
        """None while nobody has answered."""
        return self._of(Role.CUSTOMER)

    @property
    def agent(self) -> Party | None:
        """Whose conversation it is."""
        return self._of(Role.AGENT)

    @property
    def consultant(self) -> Party | None:
        """A colleague who is asked, from the wish on."""
        return self._of(Role.CONSULTANT)

    @property
    def agent_id(self) -> AgentId | None:
        return self.agent.agent_id if self.agent is not None else None

    @property
    def agent_leg(self) -> LegId | None:
        return self.agent.leg_id if self.agent is not None else None

    def is_with(self, agent_id: AgentId) -> bool:
        """The agent, or a colleague who was asked."""
        return any(party.agent_id == agent_id for party in self.parties)

    @property
    def is_talking(self) -> bool:
        """Customer and agent hear each other."""
        both = (self.customer, self.agent)
        return self.phase is Phase.CONVERSATION and all(one is not None and one.state is PartyState.JOINED for one in both)

    @property
    def until(self) -> float:
        """When something of it ends by itself: its phase, or what one of its parties does."""
        return min([self.deadline, *(party.until for party in self.parties if party.until is not None)])

    def _of(self, role: Role) -> Party | None:
        return next((party for party in self.parties if party.role is role), None)


class AgentLeg(Value, frozen=True, kw_only=True):
    """An agent's nailed-up audio."""

    agent_id: AgentId
    leg_id: LegId
    node_id: NodeId
    connected_at: float = 0.0
    """0: nobody saw it come."""


def check_transition(old: Phase, new: Phase) -> None:
    """Raises `IllegalTransition` for one outside `TRANSITIONS`."""
    if new not in TRANSITIONS[old]:
        raise IllegalTransition(f"a call cannot go from {old} to {new}")


def legs_of(call: Call) -> frozenset[LegId]:
    """Of all who take part."""
    return frozenset(party.leg_id for party in call.parties if party.leg_id is not None)


def is_missing(party: Party | None, node_id: NodeId | None, present: Container[str]) -> bool:
    """Has a leg on this node (None: the call's own), by what is known; and the node does not."""
    return party is not None and party.leg_id is not None and party.node_id == node_id and party.leg_id not in present


def with_party(parties: tuple[Party, ...], party: Party) -> tuple[Party, ...]:
    """The parties with this one as it is now."""
    if all(other.party_id != party.party_id for other in parties):
        return (*parties, party)
    return tuple(party if other.party_id == party.party_id else other for other in parties)


def at_leg(call: Call, party: Party, leg_id: LegId, node_id: NodeId) -> Party:
    """The party with this leg, which may be on another node than the call's."""
    return msgspec.structs.replace(party, leg_id=leg_id, node_id=None if node_id == call.node_id else node_id)


def customer_of(call_id: CallId, leg_id: LegId | None, state: PartyState, now: float) -> Party:
    """Made of the call's id: the same when it is decided twice."""
    joined_at = now if state is PartyState.JOINED else None
    return Party(party_id=party_id("customer", call_id), role=Role.CUSTOMER, state=state, leg_id=leg_id, joined_at=joined_at)


def agent_of(offer_id: OfferId, agent_id: AgentId, work_id: WorkId, queue_id: QueueId) -> Party:
    """One stay of an agent, begun by the acceptance of an offer."""
    return Party(
        party_id=party_id("agent", offer_id),
        role=Role.AGENT,
        state=PartyState.INVITING,
        agent_id=agent_id,
        work_id=work_id,
        queue_id=queue_id,
    )


def colleague_of(work_id: WorkId, agent_id: AgentId | None, queue_id: QueueId, until: float) -> Party:
    """Somebody who is asked while the customer waits; `agent_id` is None while nobody of a queue has answered."""
    return Party(
        party_id=party_id("colleague", work_id),
        role=Role.CONSULTANT,
        state=PartyState.INVITING,
        agent_id=agent_id,
        work_id=work_id,
        queue_id=queue_id,
        until=until,
    )


def party_id(who: str, of: str) -> PartyId:
    return PartyId(f"party_{who}_{of.partition('_')[2] or of}")

"""Who takes part in a conversation, of whatever channel: parties, what each of them is doing, and how that may change.

Invariant: a party changes its state only as `TRANSITIONS` says, anything else raises `IllegalMove`; who has left never comes back
(whoever returns later is a new party). Who hears whom follows from the parties alone (`telephony/calls/mix.py`): nothing connects
sound by itself. Parties of written conversations have no leg; all else is the same.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.causes import EndCause
from core.ids import AgentId, LegId, NodeId, PartyId, QueueId, UserId, WorkId
from core.model import Value
from core.ranges import Instant


class Role(StrEnum):
    """Why somebody takes part."""

    CUSTOMER = "customer"
    AGENT = "agent"
    """Whose conversation it is. One at a time, or none."""
    CONSULTANT = "consultant"
    """A colleague who was asked."""
    SUPERVISOR = "supervisor"
    OUTSIDE = "outside"
    """Somebody outside the company who was called for the customer's sake."""
    BOT = "bot"


class PartyState(StrEnum):
    """What a party is doing.

    ::

        INVITING ──▶ RINGING ──▶ JOINED ⇄ HELD
            │                      ⇅       ⇅
            └────────────────────▶  AWAY
        any ──▶ LEFT

    INVITING: wanted, and nothing rings yet. JOINED: takes part. HELD: waits until somebody takes it up again. AWAY: its
    connection is lost, and it may come back.
    """

    INVITING = "inviting"
    RINGING = "ringing"
    JOINED = "joined"
    HELD = "held"
    AWAY = "away"
    LEFT = "left"


TRANSITIONS: dict[PartyState, frozenset[PartyState]] = {
    PartyState.INVITING: frozenset({PartyState.RINGING, PartyState.JOINED, PartyState.AWAY, PartyState.LEFT}),
    PartyState.RINGING: frozenset({PartyState.JOINED, PartyState.AWAY, PartyState.LEFT}),
    PartyState.JOINED: frozenset({PartyState.HELD, PartyState.AWAY, PartyState.LEFT}),
    PartyState.HELD: frozenset({PartyState.JOINED, PartyState.AWAY, PartyState.LEFT}),
    PartyState.AWAY: frozenset({PartyState.JOINED, PartyState.HELD, PartyState.LEFT}),
    PartyState.LEFT: frozenset(),
}


class Mode(StrEnum):
    """How a party takes part."""

    TALK = "talk"
    LISTEN = "listen"
    """Hears everyone, is heard by nobody."""
    WHISPER = "whisper"
    """Hears everyone, is heard by one (`Party.whispers_to`)."""


class IllegalMove(Exception):
    """A change of state that the table does not know."""


class Party(Value, frozen=True, kw_only=True):
    """One who takes part."""

    party_id: PartyId
    role: Role
    state: PartyState
    leg_id: LegId | None = None
    """None while it is being invited, while it is away, and in writing."""
    node_id: NodeId | None = None
    """Where its leg is, when that is not the call's own node."""
    agent_id: AgentId | None = None
    user_id: UserId | None = None
    """Of a supervisor, who need not be an agent."""
    work_id: WorkId | None = None
    queue_id: QueueId | None = None
    """In whose line its work is or was."""
    mode: Mode = Mode.TALK
    whispers_to: PartyId | None = None
    until: Instant | None = None
    """When its state ends by itself."""
    resumes: PartyState | None = None
    """While it is away: what it does when it comes back."""
    joined_at: Instant | None = None
    left_at: Instant | None = None
    cause: EndCause | None = None
    """Why it left."""


def moved(party: Party, state: PartyState, *, until: float | None = None, **changes: object) -> Party:
    """The party in its new state, which ends by itself at `until`. Raises `IllegalMove`."""
    if state not in TRANSITIONS[party.state]:
        raise IllegalMove(f"a party cannot go from {party.state} to {state}")
    return msgspec.structs.replace(party, state=state, until=until, **changes)

"""Who hears whom in which situation: the table that the mix must give, on paper and in ears."""

from __future__ import annotations

from core.ids import LegId, PartyId
from core.parties import Mode, Party, PartyState, Role
from telephony.calls.mix import Sound

C, A, B, S = "customer", "agent", "colleague", "supervisor"
ROLES = {C: Role.CUSTOMER, A: Role.AGENT, B: Role.CONSULTANT, S: Role.SUPERVISOR}
MUSIC, RINGING, SILENCE, FLOW = Sound.MUSIC, Sound.RINGING, Sound.SILENCE, Sound.FLOW
NOT_THERE = frozenset({PartyState.INVITING, PartyState.RINGING, PartyState.AWAY, PartyState.LEFT})


def party(name: str, state: str = "joined", mode: Mode = Mode.TALK, to: str | None = None) -> Party:
    where = PartyState(state)
    return Party(
        party_id=PartyId(name),
        role=ROLES[name],
        state=where,
        leg_id=None if where in NOT_THERE else LegId(name),
        mode=mode,
        whispers_to=None if to is None else PartyId(to),
    )


TALKING = (party(C), party(A))
HELD = (party(C, "held"), party(A))
CONFERENCE = (*TALKING, party(B))
LISTENS = party(S, mode=Mode.LISTEN)
WHISPERS = party(S, mode=Mode.WHISPER, to=A)

TABLE: dict[str, tuple[tuple[Party, ...], dict[str, object]]] = {
    "talking": (TALKING, {C: {A}, A: {C}}),
    "customer held": (HELD, {C: MUSIC, A: SILENCE}),
    "consulting, B is being called": ((*HELD, party(B, "ringing")), {C: MUSIC, A: RINGING}),
    "consulting, B joined": ((*HELD, party(B)), {C: MUSIC, A: {B}, B: {A}}),
    "swapped back": ((*TALKING, party(B, "held")), {C: {A}, A: {C}, B: MUSIC}),
    "conference": (CONFERENCE, {C: {A, B}, A: {C, B}, B: {C, A}}),
    "A has left, transfer complete": ((party(C), party(A, "left"), party(B)), {C: {B}, B: {C}}),
    "B hung up while the customer waits": ((*HELD, party(B, "left")), {C: MUSIC, A: SILENCE}),
    "A hung up while B rings": ((party(C), party(A, "left"), party(B, "ringing")), {C: RINGING}),
    "listening": ((*TALKING, LISTENS), {C: {A}, A: {C}, S: {C, A}}),
    "listening to a consultation": ((*HELD, party(B), LISTENS), {C: MUSIC, A: {B}, B: {A}, S: {A, B}}),
    "listening while nobody talks": ((party(C, "held"), LISTENS), {C: MUSIC, S: SILENCE}),
    "whispering to A": ((*CONFERENCE, WHISPERS), {C: {A, B}, A: {C, B, S}, B: {C, A}, S: {C, A, B}}),
    "joined by a supervisor": ((*TALKING, party(S)), {C: {A, S}, A: {C, S}, S: {C, A}}),
    "taken over": ((party(C), party(A, "left"), party(S)), {C: {S}, S: {C}}),
    "A's browser is gone": ((party(C), party(A, "away")), {C: MUSIC}),
    "A's browser is gone in a conference": ((party(C), party(A, "away"), party(B)), {C: {B}, B: {C}}),
    "parked": ((party(C), party(A, "left")), {C: MUSIC}),
}

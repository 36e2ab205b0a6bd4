"""Who hears whom in a call, and what whoever hears nobody hears instead: computed from the parties, never commanded.

Invariants
- Nobody hears himself. Who is held, away, or not there yet is heard by nobody and hears nobody.
- A listener is heard by nobody; a whisper is heard by the one it is for.
- The customer, and whoever is outside, hear silence never, but for a card pause: somebody, music, or a phone that rings.
- While a card number is paused, only the agent and the customer hear each other.
- A flow that speaks with the customer has the customer's ear for itself.

Pure. The table in `tests/telephony/calls/test_mix.py` is the whole of it in examples.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from core.ids import LegId
from core.parties import Mode, Party, PartyState, Role


class Sound(StrEnum):
    """What a leg hears that hears nobody."""

    MUSIC = "music"
    RINGING = "ringing"
    """The tone of a phone that rings at the other end."""
    SILENCE = "silence"
    FLOW = "flow"
    """Whatever the flow plays."""


RINGS = frozenset({PartyState.INVITING, PartyState.RINGING})
NEVER_SILENT = frozenset({Role.CUSTOMER, Role.OUTSIDE})
IN_CARD_PAUSE = frozenset({Role.CUSTOMER, Role.AGENT})


def mix(parties: Iterable[Party], *, in_flow: bool = False, card_pause: bool = False) -> dict[LegId, frozenset[LegId]]:
    """For each leg that has sound in this call, the legs it hears.

    `in_flow`: a flow leads the customer. `card_pause`: a card number is said or typed.
    """
    present = _present(parties)
    return {
        leg: frozenset(
            source for source, speaker in present.items() if _hears(listener, speaker, in_flow=in_flow, card_pause=card_pause)
        )
        for leg, listener in present.items()
    }


def sounds(parties: Iterable[Party], *, in_flow: bool = False, card_pause: bool = False) -> dict[LegId, Sound]:
    """What each leg hears that hears nobody."""
    everybody = tuple(parties)
    present = _present(everybody)
    hears = mix(everybody, in_flow=in_flow, card_pause=card_pause)
    rings = any(party.state in RINGS for party in everybody)
    return {
        leg: _instead(party, rings=rings, in_flow=in_flow, card_pause=card_pause)
        for leg, party in present.items()
        if not hears[leg]
    }


def _present(parties: Iterable[Party]) -> dict[LegId, Party]:
    there = (PartyState.JOINED, PartyState.HELD)
    return {party.leg_id: party for party in parties if party.state in there and party.leg_id is not None}


def _hears(listener: Party, speaker: Party, *, in_flow: bool, card_pause: bool) -> bool:
    both = (listener, speaker)
    if listener.party_id == speaker.party_id or any(party.state is not PartyState.JOINED for party in both):
        return False
    if in_flow and Role.CUSTOMER in (listener.role, speaker.role):
        return False
    if card_pause and not {listener.role, speaker.role} <= IN_CARD_PAUSE:
        return False
    if speaker.mode is Mode.WHISPER:
        return speaker.whispers_to == listener.party_id
    return speaker.mode is Mode.TALK


def _instead(party: Party, *, rings: bool, in_flow: bool, card_pause: bool) -> Sound:
    if in_flow and party.role is Role.CUSTOMER:
        return Sound.FLOW
    if card_pause and party.role not in IN_CARD_PAUSE:
        return Sound.SILENCE
    if party.state is PartyState.HELD:
        return Sound.MUSIC
    if rings and party.mode is Mode.TALK:
        return Sound.RINGING
    return Sound.MUSIC if party.role in NEVER_SILENT else Sound.SILENCE

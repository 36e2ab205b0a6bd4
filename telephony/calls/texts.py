"""Whose words are written down: of everybody who talks with the customer, for as long as the customer takes part. Pure.

What is said while the customer waits, to a colleague or to nobody, is nobody's business.
"""

from __future__ import annotations

from core.ids import LegId
from core.model import Speaker
from core.parties import Mode, PartyState, Role
from telephony.calls.actions import Action, StartText, StopText
from telephony.calls.call import Call, Phase

SPEAKERS = {Role.CUSTOMER: Speaker.CUSTOMER, Role.AGENT: Speaker.AGENT, Role.CONSULTANT: Speaker.AGENT}


def speakers(call: Call) -> dict[LegId, Speaker]:
    """By leg; nobody's while the customer hears none of us."""
    if call.phase is not Phase.CONVERSATION or call.customer is None or call.customer.state is not PartyState.JOINED:
        return {}
    talk = {
        party.leg_id: SPEAKERS[party.role]
        for party in call.parties
        if party.state is PartyState.JOINED and party.mode is Mode.TALK and party.role in SPEAKERS and party.leg_id is not None
    }
    return talk if Speaker.AGENT in talk.values() else {}


def changes(before: Call, after: Call, now: float) -> list[Action]:
    """What ends with one picture and begins with the next."""
    had, has = speakers(before), speakers(after)
    ends: list[Action] = [StopText(leg_id=leg_id) for leg_id in had if leg_id not in has]
    return ends + begin(after, now, but=frozenset(had))


def begin(call: Call, now: float, but: frozenset[LegId] = frozenset()) -> list[Action]:
    """Timed from the first connection. Harmless for those whose words are written down already."""
    offset_ms = since_connected_ms(call, now)
    return [
        StartText(leg_id=leg_id, speaker=speaker, language=call.language, offset_ms=offset_ms)
        for leg_id, speaker in speakers(call).items()
        if leg_id not in but
    ]


def since_connected_ms(call: Call, now: float) -> int:
    return round((now - call.connected_at) * 1000) if call.connected_at is not None else 0

"""A call's sound as one picture: who hears whom, what whoever hears nobody hears, and what is recorded."""

from __future__ import annotations

from core.commands import MixRecording, SetMix
from core.ids import LegId
from core.model import Value
from core.parties import Mode, Party, PartyState, Role
from telephony.calls.call import Call, Phase
from telephony.calls.mix import Sound, mix, sounds

CUSTOMERS_SIDE = frozenset({Role.CUSTOMER})
OUR_SIDE = frozenset({Role.AGENT, Role.CONSULTANT, Role.SUPERVISOR})


class SoundFiles(Value, frozen=True, kw_only=True):
    """Relative to the data directory."""

    music: str
    ringing: str
    """What is heard while somebody's phone rings."""


def set_mix(call: Call, files: SoundFiles) -> SetMix:
    """What the call's node is told of it."""
    in_flow = call.phase is Phase.FLOW
    hears = mix(call.parties, in_flow=in_flow)
    played = {Sound.MUSIC: files.music, Sound.RINGING: files.ringing}
    instead = sounds(call.parties, in_flow=in_flow)
    return SetMix(
        call_id=call.call_id,
        version=call.mix_version,
        hears={leg: tuple(sorted(sources)) for leg, sources in hears.items()},
        sounds={leg: played[sound] for leg, sound in instead.items() if sound in played},
        recordings=_recordings(call, waits=not hears.get(call.customer_leg)),
    )


def over(call: Call) -> SetMix:
    """Nobody hears anybody any more."""
    return SetMix(call_id=call.call_id, version=call.mix_version, hears={})


def _recordings(call: Call, *, waits: bool) -> tuple[MixRecording, ...]:
    """The customer's side on the left, ours on the right. While the customer waits it runs on, and hears nobody."""
    if call.recording_id is None or call.recording_path is None:
        return ()
    heard = () if waits else call.parties
    left, right = _legs(heard, CUSTOMERS_SIDE), _legs(heard, OUR_SIDE)
    return (MixRecording(recording_id=call.recording_id, path=call.recording_path, left=left, right=right),)


def _legs(parties: tuple[Party, ...], roles: frozenset[Role]) -> tuple[LegId, ...]:
    """Of those who are heard by all."""
    return tuple(
        party.leg_id
        for party in parties
        if party.leg_id is not None and party.role in roles and party.state is PartyState.JOINED and party.mode is Mode.TALK
    )

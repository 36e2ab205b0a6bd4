"""A call's sound as one picture: who hears whom, what whoever hears nobody hears, and what is recorded."""

from __future__ import annotations

from core.commands import MixRecording, SetMix
from core.ids import LegId, NodeId
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
    """What the call's own node is told of it. Whoever is on another node is named by the link to there."""
    in_flow = call.phase is Phase.FLOW
    hears = mix(call.parties, in_flow=in_flow)
    played = {Sound.MUSIC: files.music, Sound.RINGING: files.ringing}
    instead = sounds(call.parties, in_flow=in_flow)
    here = _names_here(call)
    return SetMix(
        call_id=call.call_id,
        version=call.mix_version,
        hears={here[leg]: tuple(sorted(here[source] for source in sources)) for leg, sources in hears.items()},
        sounds={here[leg]: played[sound] for leg, sound in instead.items() if sound in played},
        recordings=_recordings(call, here, waits=not hears.get(call.customer_leg)),
    )


def far_mixes(call: Call) -> dict[NodeId, SetMix]:
    """What other nodes are told: their legs hear the call through links, and are heard; the call's own node mixes."""
    hears: dict[NodeId, dict[LegId, tuple[LegId, ...]]] = {node_id: {} for node_id in call.far_nodes}
    for party in call.parties:
        if party.node_id is not None and party.leg_id is not None:
            link_id = link_of(call, party.leg_id)
            hears[party.node_id] |= {party.leg_id: (link_id,), link_id: (party.leg_id,)}
    return {
        node_id: SetMix(call_id=call.call_id, version=call.mix_version, hears=legs) for node_id, legs in sorted(hears.items())
    }


def link_of(call: Call, leg_id: LegId) -> LegId:
    """Made of both ids: the same when it is decided twice."""
    return LegId(f"link_{call.call_id.partition('_')[2]}_{leg_id.partition('_')[2][:12]}")


def over(call: Call) -> SetMix:
    """Nobody hears anybody any more."""
    return SetMix(call_id=call.call_id, version=call.mix_version, hears={})


def _names_here(call: Call) -> dict[LegId, LegId]:
    """What each leg is called on the call's own node."""
    return {
        party.leg_id: party.leg_id if party.node_id is None else link_of(call, party.leg_id)
        for party in call.parties
        if party.leg_id is not None
    }


def _recordings(call: Call, here: dict[LegId, LegId], *, waits: bool) -> tuple[MixRecording, ...]:
    """The customer's side on the left, ours on the right. While the customer waits it runs on, and hears nobody."""
    if call.recording_id is None or call.recording_path is None:
        return ()
    heard = () if waits else call.parties
    left, right = _legs(heard, here, CUSTOMERS_SIDE), _legs(heard, here, OUR_SIDE)
    return (MixRecording(recording_id=call.recording_id, path=call.recording_path, left=left, right=right),)


def _legs(parties: tuple[Party, ...], here: dict[LegId, LegId], roles: frozenset[Role]) -> tuple[LegId, ...]:
    """Of those who are heard by all."""
    return tuple(
        here[party.leg_id]
        for party in parties
        if party.leg_id is not None and party.role in roles and party.state is PartyState.JOINED and party.mode is Mode.TALK
    )

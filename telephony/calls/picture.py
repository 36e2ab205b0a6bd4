"""A call's sound as one picture: its parties, who hears whom, and what is recorded."""

from __future__ import annotations

from core.commands import MixRecording, SetMix
from core.ids import LegId, PartyId
from core.model import Value
from core.parties import Party, PartyState, Role
from telephony.calls.call import Call, CallState
from telephony.calls.mix import Sound, mix, sounds


class SoundFiles(Value, frozen=True, kw_only=True):
    """Relative to the data directory."""

    music: str
    ringing: str
    """What is heard while somebody's phone rings."""


CUSTOMER: dict[CallState, PartyState] = {
    CallState.DIALLING: PartyState.RINGING,
    CallState.FLOW: PartyState.JOINED,
    CallState.TALKING: PartyState.JOINED,
    CallState.HELD: PartyState.HELD,
    CallState.AGENT_AWAY: PartyState.JOINED,
}
"""What the customer of a call does in each of its states; before them nobody hears anything."""


def parties(call: Call) -> tuple[Party, ...]:
    """The customer, and the agent if there is one."""
    state = CUSTOMER.get(call.state)
    if state is None:
        return ()
    leg = None if state is PartyState.RINGING else call.customer_leg
    customer = Party(party_id=PartyId("customer"), role=Role.CUSTOMER, state=state, leg_id=leg)
    if call.agent_id is None:
        return (customer,)
    there = PartyState.AWAY if call.agent_leg is None else PartyState.JOINED
    agent = Party(party_id=PartyId(call.agent_id), role=Role.AGENT, state=there, leg_id=call.agent_leg, agent_id=call.agent_id)
    return customer, agent


def set_mix(call: Call, files: SoundFiles) -> SetMix:
    """What the call's node is told of it."""
    everybody, in_flow = parties(call), call.state is CallState.FLOW
    played = {Sound.MUSIC: files.music, Sound.RINGING: files.ringing}
    instead = sounds(everybody, in_flow=in_flow)
    return SetMix(
        call_id=call.call_id,
        version=call.mix_version,
        hears={leg: tuple(sorted(sources)) for leg, sources in mix(everybody, in_flow=in_flow).items()},
        sounds={leg: played[sound] for leg, sound in instead.items() if sound in played},
        recordings=_recordings(call),
    )


def over(call: Call) -> SetMix:
    """Nobody hears anybody any more."""
    return SetMix(call_id=call.call_id, version=call.mix_version, hears={})


def _recordings(call: Call) -> tuple[MixRecording, ...]:
    """The customer's side on the left, ours on the right; it goes on while the customer waits for another agent."""
    if call.recording_id is None or call.recording_path is None:
        return ()
    ours: tuple[LegId, ...] = (call.agent_leg,) if call.agent_leg is not None else ()
    left = (call.customer_leg,)
    return (MixRecording(recording_id=call.recording_id, path=call.recording_path, left=left, right=ours),)

"""The batches of actions that call control is made of: how a call begins, is connected, goes on with another leg, and ends."""

from __future__ import annotations

from core.causes import EndCause
from core.commands import HangUpLeg, PlayPrompt, SetMix
from core.events import Alert, CallConnected, CallEnded, CallHandedBack, CallStarted, CallTransferred, PartiesChanged
from core.ids import FlowId, NodeId, PlaybackId
from core.ports import ANSWER_WITHIN_S
from telephony.calls import texts
from telephony.calls.actions import Action, Ask, Batch, Link, Publish, StopText
from telephony.calls.call import Call
from telephony.calls.picture import SoundFiles, far_mixes, link_of, over, set_mix

DEAD_WITHIN_S = 0.5


def batch(call: Call, *actions: Action) -> Batch:
    return Batch(call_id=call.call_id, actions=actions)


def started(call: Call, now: float) -> CallStarted:
    """The record begins: of a caller who can hear us, or of somebody whom we call."""
    return CallStarted(
        at=now,
        call_id=call.call_id,
        leg_id=call.customer_leg,
        node_id=call.node_id,
        kind=call.kind,
        caller=call.caller,
        called=call.called,
        display_name=call.display_name,
        flow_id=call.flow_id or FlowId(""),
        language=call.language,
        customer_token=call.customer_token,
        facts=call.facts,
        outbound=call.outbound,
        agent_id=call.agent_id,
        work_id=call.work_id,
        queue_id=call.queue_id,
        customer_id=call.customer_id,
        origin_call_id=call.origin_call_id,
    )


def begin(call: Call, now: float) -> Batch:
    """The caller can hear us: the flow may speak."""
    assert call.flow_id is not None
    return batch(call, Publish(event=started(call, now)))


def connect(before: Call, call: Call, files: SoundFiles, now: float) -> Batch:
    """Customer and agent hear each other and are recorded; text begins after that, so that sound comes first."""
    told = Publish(event=_connected(call, now)), Publish(event=picture(call, now))
    return batch(call, *mixed(call, files), *told, *texts.changes(before, call, now))


def back_to_the_flow(call: Call, files: SoundFiles) -> tuple[Action, ...]:
    """Music at once, for as long as the flow has nothing else to play."""
    playback_id = PlaybackId(f"play_hold_{call.call_id}_{call.mix_version}")
    music = PlayPrompt(leg_id=call.customer_leg, playback_id=playback_id, files=(files.music,), loop=True)
    return _try(call, music), *mixed(call, files)


def hand_back(call: Call, files: SoundFiles, now: float) -> tuple[Action, ...]:
    """The agent has left: music, and then whoever leads the caller on is told. Harmless when repeated."""
    assert call.work_id is not None
    assert call.queue_id is not None
    assert call.left_by is not None
    told: CallHandedBack | CallTransferred
    if call.left_work is None:
        told = CallHandedBack(at=now, call_id=call.call_id, work_id=call.work_id, agent_id=call.left_by, queue_id=call.queue_id)
    else:
        told = CallTransferred(
            at=now,
            call_id=call.call_id,
            work_id=call.left_work,
            agent_id=call.left_by,
            to_work_id=call.work_id,
            queue_id=call.queue_id,
        )
    return *back_to_the_flow(call, files), Publish(event=told), Publish(event=picture(call, now))


def picture(call: Call, now: float) -> PartiesChanged:
    """Who takes part, for screens."""
    return PartiesChanged(at=now, call_id=call.call_id, parties=call.parties, version=call.mix_version)


def recording_stopped(call: Call, reason: str, now: float) -> Batch:
    """Somebody must look after the disk."""
    text = f"A recording stopped ({reason}). The call goes on without it."
    details: dict[str, str | int | float] = {"call_id": call.call_id, "reason": reason}
    alert = Alert(at=now, key="recording", severity="critical", text=text, code="recording_stopped", details=details)
    return batch(call, Publish(event=alert))


def finish(call: Call, cause: EndCause, now: float, *, hang_up: bool) -> Batch:
    """Everything that ends with a call; the agent's leg stays up."""
    actions: list[Action] = []
    if hang_up:
        actions.append(_try(call, HangUpLeg(leg_id=call.customer_leg, cause=cause)))
    if call.mix_version:
        nodes = (call.node_id, *call.far_nodes)
        actions += (Ask(node_id=node_id, command=over(call), essential=False) for node_id in nodes)
    if call.connected_at is not None:
        legs = {call.customer_leg, *(party.leg_id for party in call.parties if party.leg_id is not None)}
        actions += [StopText(leg_id=leg_id) for leg_id in sorted(legs)]
    if call.started_at is not None:
        actions.append(Publish(event=_ended(call, call.started_at, cause, now)))
    return batch(call, *actions)


def mixed(call: Call, files: SoundFiles) -> tuple[Action, ...]:
    """While customer and agent talk there is nothing to go on with if they cannot be brought together."""
    links = tuple(
        Link(link_id=link_of(call, party.leg_id), near=call.node_id, far=party.node_id)
        for party in call.parties
        if party.node_id is not None and party.leg_id is not None
    )
    far = tuple(_tell_far(node_id, command) for node_id, command in far_mixes(call).items())
    return *links, Ask(node_id=call.node_id, command=set_mix(call, files), essential=call.is_talking), *far


def _tell_far(node_id: NodeId, mix: SetMix) -> Ask:
    """One that has nobody of the call any more may be dead, and the call does not wait for it: its ways end by themselves."""
    return Ask(node_id=node_id, command=mix, essential=False, within_s=ANSWER_WITHIN_S if mix.hears else DEAD_WITHIN_S)


def _try(call: Call, command: HangUpLeg | PlayPrompt) -> Ask:
    """A command whose failure is logged and changes nothing."""
    return Ask(node_id=call.node_id, command=command, essential=False)


def _connected(call: Call, now: float) -> CallConnected:
    assert call.work_id is not None
    assert call.agent_id is not None
    assert call.queue_id is not None
    assert call.agent_leg is not None
    return CallConnected(
        at=now,
        call_id=call.call_id,
        work_id=call.work_id,
        agent_id=call.agent_id,
        queue_id=call.queue_id,
        customer_leg=call.customer_leg,
        agent_leg=call.agent_leg,
        waited_s=call.waited_s,
        origin_call_id=call.origin_call_id,
    )


def _ended(call: Call, started_at: float, cause: EndCause, now: float) -> CallEnded:
    recorded_s = now - call.connected_at if call.connected_at is not None and call.recording_path else 0.0
    return CallEnded(
        at=now,
        call_id=call.call_id,
        cause=cause,
        started_at=started_at,
        connected_at=call.connected_at,
        queue_id=call.queue_id,
        agent_id=call.agent_id,
        recording_path=call.recording_path,
        recording_ms=round(recorded_s * 1000),
    )

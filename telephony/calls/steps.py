"""The batches of actions that call control is made of: how a call begins, is connected, goes on with another leg, and ends."""

from __future__ import annotations

from core.causes import EndCause
from core.commands import HangUpLeg, PlayPrompt, SetMix
from core.events import CallConnected, CallEnded, CallHandedBack, CallStarted
from core.ids import FlowId, LegId, PlaybackId
from core.model import Speaker
from telephony.calls.actions import Action, Ask, Batch, Publish, StartText, StopText
from telephony.calls.call import Call
from telephony.calls.picture import SoundFiles, over, set_mix


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


def connect(call: Call, files: SoundFiles, now: float, *, since_ms: int = 0) -> Batch:
    """Customer and agent hear each other and are recorded; text begins after that, so that sound comes first.

    `since_ms`: since the first connection, after an agent who left. The recording goes on, and what is said is timed from there.
    """
    return batch(call, mixed(call, files), Publish(event=_connected(call, now)), *begin_texts(call, since_ms))


def back_to_the_flow(call: Call, files: SoundFiles) -> tuple[Action, ...]:
    """Music at once, for as long as the flow has nothing else to play."""
    playback_id = PlaybackId(f"play_hold_{call.call_id}")
    music = PlayPrompt(leg_id=call.customer_leg, playback_id=playback_id, files=(files.music,), loop=True)
    return _try(call, music), mixed(call, files)


def hand_back(call: Call, files: SoundFiles, now: float) -> Batch:
    """The agent has left: music, and then whoever leads the caller on is told. Harmless when repeated."""
    assert call.work_id is not None
    assert call.queue_id is not None
    assert call.left_by is not None
    told = CallHandedBack(at=now, call_id=call.call_id, work_id=call.work_id, agent_id=call.left_by, queue_id=call.queue_id)
    return batch(call, *back_to_the_flow(call, files), Publish(event=told))


def go_on(call: Call, files: SoundFiles, old: LegId | None, now: float) -> Batch:
    """The agent's new leg takes the place of the old one: in sound, and while both talk in recording and text."""
    actions: list[Action] = [mixed(call, files)]
    if old is not None:
        actions += end_texts(old)
    if call.is_talking:
        customer, agent = begin_texts(call, since_connected_ms(call, now))
        actions += (agent,) if old is not None else (customer, agent)
    return batch(call, *actions)


def begin_texts(call: Call, since_ms: int) -> tuple[StartText, StartText]:
    """From here on what both say is written down."""
    texts = zip(both_legs(call), (Speaker.CUSTOMER, Speaker.AGENT), strict=True)
    customer, agent = (
        StartText(leg_id=leg, speaker=speaker, language=call.language, offset_ms=since_ms) for leg, speaker in texts
    )
    return customer, agent


def end_texts(*legs: LegId | None) -> list[StopText]:
    """What is said while somebody waits is nobody's business."""
    return [StopText(leg_id=leg) for leg in legs if leg is not None]


def finish(call: Call, cause: EndCause, now: float, *, hang_up: bool) -> Batch:
    """Everything that ends with a call; the agent's leg stays up."""
    actions: list[Action] = []
    if hang_up:
        actions.append(_try(call, HangUpLeg(leg_id=call.customer_leg, cause=cause)))
    if call.mix_version:
        actions.append(_try(call, over(call)))
    if call.connected_at is not None:
        actions += end_texts(call.customer_leg, call.agent_leg)
    if call.started_at is not None:
        actions.append(Publish(event=_ended(call, call.started_at, cause, now)))
    return batch(call, *actions)


def mixed(call: Call, files: SoundFiles) -> Ask:
    """While customer and agent talk there is nothing to go on with if they cannot be brought together."""
    return Ask(node_id=call.node_id, command=set_mix(call, files), essential=call.is_talking)


def both_legs(call: Call) -> tuple[LegId, LegId]:
    """Customer's and agent's leg of a call that has both."""
    assert call.agent_leg is not None
    return call.customer_leg, call.agent_leg


def _try(call: Call, command: HangUpLeg | SetMix | PlayPrompt) -> Ask:
    """A command whose failure is logged and changes nothing."""
    return Ask(node_id=call.node_id, command=command, essential=False)


def _connected(call: Call, now: float) -> CallConnected:
    assert call.work_id is not None
    assert call.agent_id is not None
    assert call.queue_id is not None
    customer_leg, agent_leg = both_legs(call)
    return CallConnected(
        at=now,
        call_id=call.call_id,
        work_id=call.work_id,
        agent_id=call.agent_id,
        queue_id=call.queue_id,
        customer_leg=customer_leg,
        agent_leg=agent_leg,
        waited_s=call.waited_s,
        origin_call_id=call.origin_call_id,
    )


def since_connected_ms(call: Call, now: float) -> int:
    return round((now - call.connected_at) * 1000) if call.connected_at is not None else 0


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

"""Customer and agent: how they come together, what happens while they talk, and how the agent goes. Pure.

Invariant: whoever loses the agent hears music in the same step, and has another one or an end within the grace; each change of
who hears whom is followed by its picture in the same batch.
"""

from __future__ import annotations

import msgspec

from core.causes import EndCause
from core.commands import HangUpLeg, SendDigits
from core.events import CallHeld, DigitPressed, LegConnected, LegEnded, OfferAccepted, OfferWithdrawn
from core.ids import AgentId, CallId, LegId, RecordingId
from core.model import LegKind, LegPurpose
from core.old_news import is_old_news
from core.ports import PassDigitOn
from telephony.calls import steps
from telephony.calls.actions import Ask, Batch, Publish, StopText
from telephony.calls.call import AgentLeg, Call, CallState
from telephony.calls.living import Living

WITH_AGENT = frozenset({CallState.TALKING, CallState.HELD, CallState.AGENT_AWAY})


class WithAgent:
    """Decides over calls that an agent has taken, and over agents' legs."""

    def __init__(self, living: Living, pass_digit_on: PassDigitOn) -> None:
        self._living = living
        self._pass_digit_on = pass_digit_on

    # ── together ──────────────────────────────────────────────────────────────────────────────────────────────

    def accepted(self, event: OfferAccepted, now: float) -> list[Batch]:
        """Of a caller who waits."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.state is not CallState.FLOW or event.offer_id in call.accepted_offers:
            return []
        facts = {
            "accepted_offers": (*call.accepted_offers, event.offer_id),
            "work_id": event.work_id,
            "queue_id": event.queue_id,
            "agent_id": event.agent_id,
            "waited_s": event.waited_s,
            "connected_at": now if call.connected_at is None else call.connected_at,
        }
        return [self._joined(msgspec.structs.replace(call, **facts), now)]

    def customer_answered(self, call: Call, now: float) -> Batch:
        """Whom we called."""
        return self._joined(msgspec.structs.replace(call, connected_at=now), now)

    def _joined(self, call: Call, now: float) -> Batch:
        living = self._living
        agent_leg = living.agents_leg_for(call)
        if agent_leg is None:
            away_until = now + living.limits.agent_grace_s
            call = living.remix(living.move(call, CallState.AGENT_AWAY, deadline=away_until, agent_leg=None))
            return steps.batch(call, living.mixed(call))
        call = living.move(call, CallState.TALKING, deadline=now + living.limits.max_call_s, agent_leg=agent_leg)
        return self._connect(call, now)

    def _connect(self, call: Call, now: float) -> Batch:
        living = self._living
        if call.recording_path is not None:
            call = living.remix(call, left_by=None)
            return steps.connect(call, living.files, now, since_ms=steps.since_connected_ms(call, now))
        recording_id = RecordingId(f"rec_{call.call_id}")
        path = f"recordings/{call.call_id}.wav"
        call = living.remix(call, recording_id=recording_id, recording_path=path, left_by=None)
        return steps.connect(call, living.files, now)

    # ── while they talk ───────────────────────────────────────────────────────────────────────────────────────

    def hold(self, call_id: CallId, agent_id: AgentId, held: bool, now: float) -> list[Batch] | str:
        """The agent asks; a string says why not."""
        call = self._living.calls.get(call_id)
        if call is None or call.agent_id != agent_id or call.agent_leg is None:
            return "this call is not with you"
        wanted = CallState.HELD if held else CallState.TALKING
        if call.state is wanted:
            return []
        if call.state not in {CallState.TALKING, CallState.HELD}:
            return "the call cannot be held now"
        call = self._living.remix(self._living.move(call, wanted, deadline=call.deadline))
        told = Publish(event=CallHeld(at=now, call_id=call_id, agent_id=agent_id, held=held))
        return [steps.batch(call, self._living.mixed(call), told)]

    def digit_pressed(self, event: DigitPressed, now: float) -> list[Batch]:
        """The agent's keypad: telephone events end at the bridge, so a digit is sent on to the customer's phone."""
        for call in self._living.calls.values():
            if call.agent_leg == event.leg_id and call.state is CallState.TALKING and call.kind is LegKind.SIP:
                if is_old_news(event.at, call.keys_until, now):
                    return []
                sealed = self._pass_digit_on(event, call.node_id, call.customer_leg)
                if sealed is None:
                    return []
                self._living.put(msgspec.structs.replace(call, keys_until=event.at))
                send = SendDigits(leg_id=call.customer_leg, sealed=sealed)
                return [steps.batch(call, Ask(node_id=call.node_id, command=send, essential=False))]
        return []

    # ── the agent's leg comes and goes ────────────────────────────────────────────────────────────────────────

    def leg_connected(self, event: LegConnected, now: float) -> list[Batch]:
        if event.purpose is not LegPurpose.AGENT or event.agent_id is None:
            return []
        old = self._living.agent_legs.get(event.agent_id)
        if old is not None and old.leg_id != event.leg_id and is_old_news(event.at, old.connected_at, now):
            return []
        new = AgentLeg(agent_id=event.agent_id, leg_id=event.leg_id, node_id=event.node_id, connected_at=event.at)
        self._living.agent_legs[event.agent_id] = new
        batches = [
            self._back(call, event.leg_id, now)
            for call in self._living.of_agent(event.agent_id)
            if call.node_id == event.node_id and call.agent_leg != event.leg_id
        ]
        if old is not None and old.leg_id != event.leg_id:
            hang_up = HangUpLeg(leg_id=old.leg_id, cause=EndCause.AGENT_HUNG_UP)
            batches.append(Batch(call_id=None, actions=(Ask(node_id=old.node_id, command=hang_up, essential=False),)))
        return batches

    def leg_ended(self, event: LegEnded, agent_id: AgentId, now: float) -> list[Batch]:
        """Of an agent."""
        known = self._living.agent_legs.get(agent_id)
        dialling: list[Batch] = []
        if known is not None and known.leg_id == event.leg_id:
            del self._living.agent_legs[agent_id]
            dialling = [
                self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)
                for call in self._living.of_agent(agent_id)
                if call.state is CallState.DIALLING
            ]
        return dialling + [
            self.gone(call, now)
            for call in list(self._living.calls.values())
            if call.agent_leg == event.leg_id and call.state in {CallState.TALKING, CallState.HELD}
        ]

    def gone(self, call: Call, now: float) -> Batch:
        """The agent's sound is, for a while perhaps."""
        living, old = self._living, call.agent_leg
        away_until = now + living.limits.agent_grace_s
        call = living.remix(living.move(call, CallState.AGENT_AWAY, deadline=away_until, agent_leg=None))
        stop = (StopText(leg_id=old),) if old else ()
        return steps.batch(call, living.mixed(call), *stop)

    def _back(self, call: Call, new_leg: LegId, now: float) -> Batch:
        living, old = self._living, call.agent_leg
        if call.state is CallState.DIALLING:
            call = living.remix(call, agent_leg=new_leg)
            return steps.batch(call, living.mixed(call))
        if call.state is CallState.AGENT_AWAY:
            call = living.move(call, CallState.TALKING, deadline=now + living.limits.max_call_s)
        if call.recording_path is None or call.left_by is not None:
            return self._connect(msgspec.structs.replace(call, agent_leg=new_leg), now)
        call = living.remix(call, agent_leg=new_leg)
        return steps.go_on(call, living.files, old, now)

    # ── the agent leaves ──────────────────────────────────────────────────────────────────────────────────────

    def hand_back(self, agent_id: AgentId, now: float) -> list[Batch]:
        """The agent leaves: whoever is in conversation with that agent hears music and waits in the queue again."""
        return [self.handed_back(call, agent_id, now) for call in self._living.of_agent(agent_id) if call.state in WITH_AGENT]

    def handed_back(self, call: Call, agent_id: AgentId, now: float) -> Batch:
        """The music comes at once; the flow, which is told after it, speaks when it is ready."""
        if call.work_id is None or call.queue_id is None:  # of an earlier release: nobody knows where it came from
            return self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)
        texts = [StopText(leg_id=leg) for leg in (call.customer_leg, call.agent_leg) if leg]
        call = self._wait_on(call, now, left_by=agent_id)
        done = steps.hand_back(call, self._living.files, now)
        return msgspec.structs.replace(done, actions=(*done.actions, *texts))

    def withdrawn(self, event: OfferWithdrawn, now: float) -> list[Batch]:
        """The agent who accepted never had audio: the call waits for another one, with the music it hears already."""
        for call in self._living.of_agent(event.agent_id):
            if call.work_id != event.work_id:
                continue
            never_talked = call.state in {CallState.DIALLING, CallState.AGENT_AWAY} and call.recording_path is None
            if call.outbound and never_talked:
                return [self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)]
            if call.state is CallState.AGENT_AWAY:
                waits = self._wait_on(call, now)
                return [steps.batch(waits, *steps.back_to_the_flow(waits, self._living.files))]
        return []

    def _wait_on(self, call: Call, now: float, left_by: AgentId | None = None) -> Call:
        """For another agent, with the music it hears. A recording that has begun goes on, with silence on the agent's side."""
        waiting = self._living.move(
            call,
            CallState.FLOW,
            deadline=now + self._living.limits.max_call_s,
            agent_id=None,
            agent_leg=None,
            connected_at=call.connected_at if call.recording_path is not None else None,
            left_by=left_by or call.left_by,
            hand_back_told=call.hand_back_told and left_by is None,
        )
        return self._living.remix(waiting)

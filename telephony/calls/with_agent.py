"""Customer and agent: how they come together, what happens while they talk, and how the agent goes. Pure.

Invariant: whoever loses the agent hears music in the same step, and has another one or an end within the grace; each change of
who hears whom is followed by its picture in the same batch.
"""

from __future__ import annotations

import msgspec

from core.causes import EndCause
from core.commands import HangUpLeg, SendDigits, TalkWith
from core.events import DigitPressed, LegConnected, LegEnded, OfferAccepted, OfferWithdrawn
from core.ids import AgentId, QueueId, RecordingId, WorkId
from core.model import LegKind, LegPurpose, Purpose
from core.old_news import is_old_news
from core.parties import Party, PartyState, moved
from core.ports import PassDigitOn
from telephony.calls import steps, texts
from telephony.calls.actions import Ask, Batch, Publish
from telephony.calls.call import AgentLeg, Call, Phase, agent_of, at_leg, with_party
from telephony.calls.living import Living
from telephony.calls.supervising import without_agent

WAIT_OR_TALK = frozenset({PartyState.JOINED, PartyState.HELD})


class WithAgent:
    """Decides over calls that an agent has taken, and over agents' legs."""

    def __init__(self, living: Living, pass_digit_on: PassDigitOn) -> None:
        self._living = living
        self._pass_digit_on = pass_digit_on

    # ── together ──────────────────────────────────────────────────────────────────────────────────────────────

    def accepted(self, event: OfferAccepted, now: float) -> list[Batch]:
        """Of a caller who waits. What a colleague was asked with means nothing when nobody asks any more."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.phase is not Phase.FLOW or event.offer_id in call.accepted_offers:
            return []
        if event.purpose is not Purpose.CONTACT and event.work_id != call.work_id:
            return []
        call = msgspec.structs.replace(
            call,
            accepted_offers=(*call.accepted_offers, event.offer_id),
            work_id=event.work_id,
            queue_id=event.queue_id,
            waited_s=event.waited_s,
            connected_at=now if call.connected_at is None else call.connected_at,
        )
        return [self._joined(call, agent_of(event.offer_id, event.agent_id, event.work_id, event.queue_id), now)]

    def customer_answered(self, call: Call, now: float) -> Batch:
        """Whom we called."""
        assert call.customer is not None
        assert call.agent is not None
        agent, customer = call.agent, moved(call.customer, PartyState.JOINED, leg_id=call.customer_leg, joined_at=now)
        call = msgspec.structs.replace(call, connected_at=now, parties=with_party(call.parties, customer))
        return self._joined(call, agent, now)

    def _joined(self, before: Call, agent: Party, now: float) -> Batch:
        living = self._living
        call = living.move(before, Phase.CONVERSATION, now + living.limits.max_call_s)
        there = living.with_sound(call, agent)
        if there is None:
            return self._away(call, agent, now)
        if there.state is not PartyState.JOINED:
            there = moved(there, PartyState.JOINED, joined_at=now)
        return self._connect(before, call, there, now)

    def _connect(self, before: Call, call: Call, agent: Party, now: float) -> Batch:
        living = self._living
        changes: dict[str, object] = {"left_by": None, "left_work": None}
        if call.recording_path is None:
            changes["recording_id"] = RecordingId(f"rec_{call.call_id}")
            changes["recording_path"] = f"recordings/{call.call_id}.wav"
        return steps.connect(before, living.remix(call, agent, **changes), living.files, now)

    # ── while they talk ───────────────────────────────────────────────────────────────────────────────────────

    def talk_with(self, command: TalkWith, now: float) -> list[Batch] | str:
        """Whom the agent wants to talk with; whoever else is there waits. A string says why not."""
        call = self._living.calls.get(command.call_id)
        if call is None or call.agent_id != command.agent_id or call.agent_leg is None:
            return "this call is not with you"
        if call.phase is not Phase.CONVERSATION:
            return "the call cannot be held now"
        others = [party for party in (call.customer, call.consultant) if party is not None]
        if not set(command.party_ids) <= {party.party_id for party in others}:
            return "whom you want to talk with is not in this call"
        changed = [
            moved(party, wanted)
            for party in others
            if party.state in WAIT_OR_TALK
            and (wanted := PartyState.JOINED if party.party_id in command.party_ids else PartyState.HELD) is not party.state
        ]
        return [self._living.told(call, self._living.remix(call, *changed), now)] if changed else []

    def digit_pressed(self, event: DigitPressed, now: float) -> list[Batch]:
        """The agent's keypad: telephone events end at the bridge, so a digit is sent on to the customer's phone."""
        for call in self._living.calls.values():
            if call.agent_leg == event.leg_id and call.is_talking and call.kind is LegKind.SIP:
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
        self._living.has_leg(new)
        batches = [
            self._back(call, at_leg(call, call.agent, event.leg_id, event.node_id), now)
            for call in self._living.of_agent(event.agent_id)
            if call.agent is not None and call.agent.leg_id != event.leg_id
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
            self._living.has_no_leg(agent_id)
            dialling = [
                self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)
                for call in self._living.of_agent(agent_id)
                if call.phase is Phase.DIALLING
            ]
        return dialling + [
            self.gone(call, now)
            for call in list(self._living.calls.values())
            if call.agent_leg == event.leg_id and call.phase is Phase.CONVERSATION
        ]

    def gone(self, call: Call, now: float) -> Batch:
        """The agent's sound is, for a while perhaps."""
        assert call.agent is not None
        return self._away(call, call.agent, now)

    def _away(self, call: Call, agent: Party, now: float) -> Batch:
        living = self._living
        away = moved(agent, PartyState.AWAY, until=now + living.limits.agent_grace_s, leg_id=None, node_id=None)
        return living.told(call, living.remix(call, away), now)

    def _back(self, call: Call, agent: Party, now: float) -> Batch:
        """With another leg."""
        living = self._living
        if agent.state is PartyState.AWAY:
            agent = moved(agent, PartyState.JOINED, joined_at=agent.joined_at or now)
        if call.phase is Phase.CONVERSATION and (call.recording_path is None or call.left_by is not None):
            return self._connect(call, call, agent, now)
        return living.told(call, living.remix(call, agent), now)

    # ── the agent leaves ──────────────────────────────────────────────────────────────────────────────────────

    def handed_back(self, call: Call, agent_id: AgentId, now: float) -> Batch:
        """The customer waits in the queue again. The music comes at once; the flow, told after it, speaks when it is ready."""
        if call.work_id is None or call.queue_id is None:  # of an earlier release: nobody knows where it came from
            return self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)
        return self._left(call, now, left_by=agent_id, left_work=None)

    def handed_on(self, call: Call, work_id: WorkId, queue_id: QueueId, now: float) -> Batch:
        """The agent has left it to other work, which has its place in line: the customer waits for whoever takes that."""
        goes_on = {"work_id": work_id, "queue_id": queue_id, "work_since": now}
        return self._left(call, now, left_by=call.agent_id, left_work=call.work_id, **goes_on)

    def _left(self, call: Call, now: float, *, left_by: AgentId | None, **changes: object) -> Batch:
        """In mid-conversation: what the call is without that agent is told to everybody."""
        waits = self._wait_on(msgspec.structs.replace(call, handing_on=False, **changes), now, left_by=left_by)
        return steps.batch(waits, *steps.hand_back(waits, self._living.files, now), *texts.changes(call, waits, now))

    def withdrawn(self, event: OfferWithdrawn, now: float) -> list[Batch]:
        """The agent who accepted never had audio: the call waits for another one, with the music it hears already."""
        for call in self._living.of_agent(event.agent_id):
            if call.work_id != event.work_id or call.agent is None:
                continue
            is_away = call.agent.state is PartyState.AWAY
            never_talked = call.recording_path is None and (is_away or call.phase is Phase.DIALLING)
            if call.outbound and never_talked:
                return [self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)]
            if is_away:
                waits = self._wait_on(call, now)
                picture = Publish(event=steps.picture(waits, now))
                return [steps.batch(waits, *steps.back_to_the_flow(waits, self._living.files), picture)]
        return []

    def _wait_on(self, call: Call, now: float, left_by: AgentId | None = None) -> Call:
        """For another agent, with the music it hears. A recording that has begun goes on, with silence on the agent's side."""
        customer = call.customer
        if customer is not None and customer.state is PartyState.HELD:
            customer = moved(customer, PartyState.JOINED)
        waiting = self._living.move(
            call,
            Phase.FLOW,
            now + self._living.limits.max_call_s,
            parties=without_agent(call.parties if customer is None else with_party(call.parties, customer)),
            connected_at=call.connected_at if call.recording_path is not None else None,
            left_by=left_by or call.left_by,
            hand_back_told=call.hand_back_told and left_by is None,
        )
        return self._living.remix(waiting)

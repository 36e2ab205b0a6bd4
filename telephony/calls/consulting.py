"""A colleague is asked: while the customer waits, with the customer, and in the agent's stead. Pure.

Invariants: a call has one colleague at most; whoever loses the colleague goes on where they were, and the customer is taken up
again by the agent alone. The agent leaves only when somebody else has the conversation, or its work has a place in line. The
agent whose connection is lost for good leaves it to a colleague who is there.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from core.causes import EndCause, WorkEnd
from core.commands import Consult, EndConsultation, EnqueueWork, HandOver, Transfer
from core.events import CallTransferred, ColleagueAsked, LegEnded, OfferAccepted, PartyJoined, PartyLeft, WorkEnded, WorkEnqueued
from core.ids import AgentId, LegId, QueueId, WorkId
from core.model import Channel, Purpose
from core.parties import Party, PartyState, Role, moved
from telephony.calls import steps
from telephony.calls.actions import Action, AskAcd, Batch, Publish
from telephony.calls.call import Call, Phase, colleague_of, with_party
from telephony.calls.living import Living
from telephony.calls.supervising import without_agent
from telephony.calls.with_agent import WAIT_OR_TALK, WithAgent

ASKED_FOR_AT_MOST_S = 3600.0
"""The ACD ends the asking long before, by its queue's rules: the guard against an end that was never told."""
IN_VAIN: Mapping[WorkEnd, EndCause] = {
    WorkEnd.DECLINED: EndCause.AGENT_DECLINED,
    WorkEnd.NOT_ANSWERED: EndCause.AGENT_NO_ANSWER,
}
"""Why nobody came; for every other end nobody could."""


class Consulting:
    """Decides over colleagues in calls."""

    def __init__(self, living: Living, with_agent: WithAgent) -> None:
        self._living = living
        self._with_agent = with_agent

    # ── the agent's wishes; a string says why not ─────────────────────────────────────────────────────────────

    def consult(self, command: Consult, now: float) -> list[Batch] | str:
        call = self._living.calls.get(command.call_id)
        if call is not None and command == call.asked_for:  # whatever has become of it
            return []
        checked = self._may_ask(call, command)
        if isinstance(checked, str):
            return checked
        call, queue_id = checked
        asked = colleague_of(command.work_id, command.to_agent, queue_id, now + ASKED_FOR_AT_MOST_S)
        waits = [moved(call.customer, PartyState.HELD)] if call.customer and call.customer.state is PartyState.JOINED else []
        after = self._living.remix(call, asked, *waits, asked_for=command)
        rings = self._living.told(call, after, now)
        return [msgspec.structs.replace(rings, actions=(*_ask(call, command, queue_id, now), *rings.actions))]

    def transfer(self, command: Transfer, now: float) -> list[Batch] | str:
        """Whoever hands a call on leaves it when its work has a place in line (`has_its_place`), and not if it has none."""
        call = self._living.calls.get(command.call_id)
        if call is not None and (command == call.asked_for or command.work_id == call.work_id):
            return []
        checked = self._may_ask(call, command)
        if isinstance(checked, str):
            return checked
        call, queue_id = checked
        call = msgspec.structs.replace(call, asked_for=command, handing_on=True)
        self._living.put(call)
        return [steps.batch(call, *_ask(call, command, queue_id, now))]

    def hand_over(self, command: HandOver, now: float) -> list[Batch] | str:
        call = self._living.calls.get(command.call_id)
        if call is None or call.agent_id != command.agent_id or call.phase is not Phase.CONVERSATION:
            return "this call is not with you"
        colleague = call.consultant
        if colleague is None:
            return "there is no colleague to leave it to"
        if colleague.state is PartyState.AWAY:
            return "your colleague's connection is lost"
        if colleague.state in WAIT_OR_TALK:
            return [self._handed_over(call, now)]
        assert colleague.work_id is not None
        assert colleague.queue_id is not None
        return [self._with_agent.handed_on(_without(call, colleague), colleague.work_id, colleague.queue_id, now)]

    def end(self, command: EndConsultation, now: float) -> list[Batch] | str:
        """The agent who asked is back with the customer at once; when the colleague leaves, the agent takes the customer up."""
        call = self._living.calls.get(command.call_id)
        colleague = call.consultant if call is not None else None
        if call is None or command.agent_id not in (call.agent_id, colleague.agent_id if colleague is not None else None):
            return "this call is not with you"
        if colleague is None:
            return []
        return [self._left(call, EndCause.AGENT_HUNG_UP, now, back=command.agent_id == call.agent_id)]

    def _may_ask(self, call: Call | None, command: Consult | Transfer) -> tuple[Call, QueueId] | str:
        """The call, and in whose line the asking is."""
        if call is None or call.agent_id != command.agent_id or call.agent_leg is None or call.customer is None:
            return "this call is not with you"
        if call.phase is not Phase.CONVERSATION:
            return "nobody talks in this call now"
        if call.consultant is not None:
            return "a colleague is asked already"
        if call.handing_on:
            return "this call is being handed on"
        if (command.to_agent is None) == (command.queue_id is None):
            return "either a colleague or a queue is asked"
        if command.to_agent == command.agent_id:
            return "nobody asks themselves"
        queue_id = command.queue_id or call.queue_id
        return (call, queue_id) if queue_id is not None else "nobody knows which queue this call is of"

    # ── what the ACD says ─────────────────────────────────────────────────────────────────────────────────────

    def is_asked(self, event: OfferAccepted) -> bool:
        """Whether what was accepted is a consultation."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        return call is not None and call.consultant is not None and call.consultant.work_id == event.work_id

    def accepted(self, event: OfferAccepted, now: float) -> list[Batch]:
        """The colleague has answered. Who finds the agent talking with the customer waits for them."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.consultant is None or call.consultant.state is not PartyState.INVITING:
            return []
        if event.agent_id == call.agent_id:  # nobody asks themselves
            return []
        colleague = msgspec.structs.replace(call.consultant, agent_id=event.agent_id, queue_id=event.queue_id)
        there = self._living.with_sound(call, colleague)
        return [self._away(call, colleague, now) if there is None else self._joined(call, there, now)]

    def work_ended(self, event: WorkEnded, now: float) -> list[Batch]:
        """Nobody came, or the consultation was taken from its colleague."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.consultant is None or call.consultant.work_id != event.work_id:
            return []
        return [self._left(call, IN_VAIN.get(event.cause, EndCause.AGENT_NOT_AVAILABLE), now)]

    def has_its_place(self, call: Call, event: WorkEnqueued, now: float) -> list[Batch]:
        """The work that goes on with a conversation waits: its agent leaves."""
        if not is_handed_on_with(call, event.work_id):
            return []
        return [self._with_agent.handed_on(call, event.work_id, event.queue_id, now)]

    def not_in_line(self, call: Call, command: EnqueueWork, now: float) -> list[Batch]:
        """The ACD does not take what was asked for."""
        if call.consultant is not None and call.consultant.work_id == command.work_id:
            return [self._left(call, EndCause.AGENT_NOT_AVAILABLE, now)]
        if not is_handed_on_with(call, command.work_id):
            return []
        call = msgspec.structs.replace(call, handing_on=False)
        self._living.put(call)
        in_vain = colleague_of(command.work_id, command.only_agent, command.queue_id, now)
        return [steps.batch(call, Publish(event=_party_left(call, in_vain, EndCause.AGENT_NOT_AVAILABLE, now)))]

    # ── the colleague's leg, and the agent's, come and go ─────────────────────────────────────────────────────

    def leg_connected(self, agent_id: AgentId, now: float) -> list[Batch]:
        """Of an agent who is a colleague in some call."""
        return [
            self._joined(call, there, now)
            for call in self._living.that_ask(agent_id)
            if call.consultant is not None
            and call.consultant.state in WAIT_OR_TALK | {PartyState.AWAY}
            and (there := self._living.with_sound(call, call.consultant)) is not None
            and there.leg_id != call.consultant.leg_id
        ]

    def leg_ended(self, event: LegEnded, now: float) -> list[Batch]:
        return self.is_missing(event.leg_id, now)

    def is_missing(self, leg_id: LegId, now: float) -> list[Batch]:
        """The colleague's sound is gone, for a while perhaps."""
        return [
            self._away(call, call.consultant, now)
            for call in list(self._living.calls.values())
            if call.consultant is not None and call.consultant.leg_id == leg_id
        ]

    def waited_long_enough(self, call: Call, now: float) -> Batch:
        """The colleague's time is over: did not come back, or was never heard of again."""
        cause = EndCause.AGENT_LOST if call.consultant and call.consultant.state is PartyState.AWAY else EndCause.AGENT_NO_ANSWER
        return self._left(call, cause, now)

    def agent_gone(self, call: Call, now: float) -> Batch | None:
        """The agent will not come back: a colleague who is there has the conversation. None: there is none."""
        if call.consultant is not None and call.consultant.state in WAIT_OR_TALK:
            return self._handed_over(call, now)
        return None

    def without_colleague(self, call: Call, now: float) -> list[Batch]:
        """Nobody is asked any more: the agent leaves in another way."""
        return [self._left(call, EndCause.AGENT_HUNG_UP, now)] if call.consultant is not None else []

    def leaves(self, agent_id: AgentId, now: float) -> list[Batch]:
        """A colleague who signs out."""
        return [self._left(call, EndCause.AGENT_HUNG_UP, now) for call in self._living.that_ask(agent_id)]

    # ── done ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _joined(self, call: Call, colleague: Party, now: float) -> Batch:
        is_new = colleague.joined_at is None
        talks = call.customer is None or call.customer.state is not PartyState.JOINED
        wanted = colleague.resumes or (PartyState.JOINED if talks else PartyState.HELD)
        if colleague.state in WAIT_OR_TALK:
            wanted = colleague.state
        else:
            colleague = moved(colleague, PartyState.JOINED, joined_at=colleague.joined_at or now, resumes=None)
        if wanted is PartyState.HELD and colleague.state is not PartyState.HELD:
            colleague = moved(colleague, PartyState.HELD)
        told = [_party_joined(call, colleague, now)] if is_new else []
        return self._living.told(call, self._living.remix(call, colleague), now, *told)

    def _away(self, call: Call, colleague: Party, now: float) -> Batch:
        resumes = colleague.state if colleague.state in WAIT_OR_TALK else None
        until = now + self._living.limits.agent_grace_s
        colleague = moved(colleague, PartyState.AWAY, until=until, leg_id=None, node_id=None, resumes=resumes)
        return self._living.told(call, self._living.remix(call, colleague), now)

    def _left(self, call: Call, cause: EndCause, now: float, *, back: bool = False) -> Batch:
        assert call.consultant is not None
        told = _party_left(call, call.consultant, cause, now)
        after = _without(call, call.consultant)
        customer = after.customer
        if back and customer is not None and customer.state is PartyState.HELD:
            after = msgspec.structs.replace(after, parties=with_party(after.parties, moved(customer, PartyState.JOINED)))
        return self._living.told(call, self._living.remix(after), now, told)

    def _handed_over(self, call: Call, now: float) -> Batch:
        """The colleague's conversation it is from now on, and the customer is with them at once."""
        agent, colleague, customer = call.agent, call.consultant, call.customer
        assert agent is not None
        assert colleague is not None
        assert customer is not None
        assert colleague.work_id is not None
        assert colleague.queue_id is not None
        conferenced = customer.state is colleague.state is PartyState.JOINED
        takes = colleague if colleague.state is PartyState.JOINED else moved(colleague, PartyState.JOINED)
        takes = msgspec.structs.replace(takes, role=Role.AGENT)
        stay = with_party(without_agent(call.parties, takes), takes)
        if customer.state is PartyState.HELD:
            stay = with_party(stay, moved(customer, PartyState.JOINED))
        after = self._living.remix(
            msgspec.structs.replace(call, parties=stay),
            work_id=takes.work_id,
            queue_id=takes.queue_id,
            work_since=now,
            left_by=None,
        )
        told = CallTransferred(
            at=now,
            call_id=call.call_id,
            work_id=agent.work_id or call.work_id or colleague.work_id,
            agent_id=agent.agent_id or AgentId(""),
            to_work_id=colleague.work_id,
            to_agent_id=colleague.agent_id,
            queue_id=colleague.queue_id,
            conferenced=conferenced,
        )
        return self._living.told(call, after, now, told)


def is_handed_on_with(call: Call, work_id: WorkId) -> bool:
    """Whether the call's agent leaves when this work has its place in line."""
    return call.handing_on and call.asked_for is not None and call.asked_for.work_id == work_id


def asked_again(call: Call, now: float) -> tuple[Action, ...]:
    """After a restart: what was decided and perhaps not done. Asked for twice it is asked for once."""
    rings = call.consultant is not None and call.consultant.state is PartyState.INVITING
    if call.asked_for is None or not (rings or call.handing_on):
        return ()
    queue_id = call.asked_for.queue_id or call.queue_id
    return () if queue_id is None else _ask(call, call.asked_for, queue_id, now)


def _ask(call: Call, command: Consult | Transfer, queue_id: QueueId, now: float) -> tuple[Action, ...]:
    """What whoever it rings at should know is told before it rings."""
    purpose = Purpose.CONSULTATION if isinstance(command, Consult) else Purpose.TRANSFER
    told = ColleagueAsked(
        at=now,
        call_id=call.call_id,
        work_id=command.work_id,
        purpose=purpose,
        agent_id=command.agent_id,
        to_agent_id=command.to_agent,
        queue_id=queue_id,
        note=command.note,
    )
    enqueue = EnqueueWork(
        work_id=command.work_id,
        call_id=call.call_id,
        channel=Channel.CALL,
        queue_id=queue_id,
        customer_id=call.customer_id,
        purpose=purpose,
        asked_by=command.agent_id,
        only_agent=command.to_agent,
        continues=call.work_id if purpose is Purpose.TRANSFER else None,
    )
    return Publish(event=told), AskAcd(command=enqueue)


def _without(call: Call, party: Party) -> Call:
    return msgspec.structs.replace(call, parties=tuple(other for other in call.parties if other.party_id != party.party_id))


def _party_joined(call: Call, party: Party, now: float) -> PartyJoined:
    return PartyJoined(
        at=now,
        call_id=call.call_id,
        party_id=party.party_id,
        role=party.role,
        mode=party.mode,
        agent_id=party.agent_id,
        work_id=party.work_id,
    )


def _party_left(call: Call, party: Party, cause: EndCause, now: float) -> PartyLeft:
    return PartyLeft(
        at=now,
        call_id=call.call_id,
        party_id=party.party_id,
        role=party.role,
        cause=cause,
        agent_id=party.agent_id,
        work_id=party.work_id,
    )

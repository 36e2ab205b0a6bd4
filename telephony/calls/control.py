"""Call control, purely: events and requests in, batches of actions out; time is an argument.

Invariants
- A call ends exactly once: `CallEnded` is published when the call is removed, and only for calls whose `CallStarted` was, or
  that the ACD has named (callbacks).
- Each call is in one `Phase`, and each phase has a deadline; so has whatever a party waits for.
- The customer always hears something: the flow, music, or the agent.
- The agent's nailed-up leg is never hung up by the end of a call.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Set

import msgspec

from core.causes import EndCause
from core.commands import (
    AnswerLeg,
    Consult,
    DialLeg,
    EndConsultation,
    EnqueueWork,
    HandOver,
    HangUpLeg,
    RejectLeg,
    SetMix,
    StopSupervising,
    Supervise,
    TalkWith,
    Transfer,
)
from core.events import (
    AnyEvent,
    CallbackRequested,
    CallHandedBack,
    CallTransferred,
    CallUnassigned,
    DigitPressed,
    LegAnswered,
    LegConnected,
    LegEnded,
    LegOffered,
    NodeLost,
    NodeStarted,
    OfferAccepted,
    OfferWithdrawn,
    RecordingFailed,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, LegId, NodeId
from core.model import Channel, LegPurpose, LegSnapshot, Purpose
from core.old_news import is_old_news
from core.parties import PartyState, Role
from core.ports import CallbackTarget, NumberEntry, PassDigitOn
from telephony.calls import outbound, steps, texts
from telephony.calls.actions import Action, Ask, Batch, EndElsewhere, LookUpNumber, Publish
from telephony.calls.call import AgentLeg, Call, Phase, customer_of, is_missing, legs_of
from telephony.calls.consulting import Consulting, asked_again
from telephony.calls.living import CallLimits, Changed, Living
from telephony.calls.picture import SoundFiles, link_of
from telephony.calls.supervising import Supervising
from telephony.calls.with_agent import WithAgent

CLAIM_LIMIT_S = 5.0
"""A call whose number is not looked up by then is forgotten; its node has refused it already (3 s)."""
ACKNOWLEDGE_LIMIT_S = 35.0
"""64·T1 of RFC 3261 §13.3.1.4, after which the node gives the leg up, and a little more."""
OVERDUE = {Phase.DIALLING: EndCause.PEER_NO_ANSWER}
"""How a call ends when its phase lasts too long; every other one is a flow that never came to an end."""


class CallControl:
    """The living calls of this process and all agents' audio legs."""

    def __init__(
        self,
        hold_music: str,
        ringing_tone: str,
        limits: CallLimits | None = None,
        pass_digit_on: PassDigitOn = lambda *_: None,
        owns: Callable[[CallId], bool] = lambda _: True,
    ) -> None:
        """Files relative to the data directory; the tone is what an agent hears while a customer's phone rings. `owns`: whether
        a call is this process's, or would be."""
        self._living = Living(SoundFiles(music=hold_music, ringing=ringing_tone), limits or CallLimits())
        self._with_agent = WithAgent(self._living, pass_digit_on)
        self._consulting = Consulting(self._living, self._with_agent)
        self._supervising = Supervising(self._living)
        self._owns = owns
        self._settled: set[CallId] = set()
        self._handlers: dict[type, Callable[..., list[Batch]]] = {
            LegOffered: self._leg_offered,
            LegAnswered: self._leg_answered,
            WorkEnqueued: self._work_enqueued,
            WorkEnded: self._work_ended,
            CallbackRequested: self._callback_requested,
            CallHandedBack: self._hand_back_told,
            CallTransferred: self._hand_back_told,
            OfferAccepted: self._offer_accepted,
            OfferWithdrawn: self._with_agent.withdrawn,
            LegConnected: self._leg_connected,
            LegEnded: self._leg_ended,
            NodeLost: self._node_gone,
            NodeStarted: self._node_gone,
            RecordingFailed: self._recording_failed,
            DigitPressed: self._with_agent.digit_pressed,
        }

    # ── what the shell and the tests may see ──────────────────────────────────────────────────────────────────

    @property
    def calls(self) -> dict[CallId, Call]:
        """Living calls; a copy."""
        return dict(self._living.calls)

    @property
    def agent_legs(self) -> dict[AgentId, AgentLeg]:
        """Agents' audio; a copy."""
        return dict(self._living.agent_legs)

    def call(self, call_id: CallId) -> Call | None:
        """As it is now; None: it is over."""
        return self._living.calls.get(call_id)

    def agent_leg(self, agent_id: AgentId) -> AgentLeg | None:
        """An agent's audio now."""
        return self._living.agent_legs.get(agent_id)

    def over_until(self, call_id: CallId) -> float | None:
        """Of a call that has ended: until when it must not begin again; None: it will not."""
        return self._living.over.get(call_id)

    def let_go(self, now: float) -> None:
        """Ended calls that can no longer be heard of as new ones."""
        self._living.let_go(now)

    def take_changed(self) -> Changed:
        """What has changed since this was asked for last: to be saved."""
        return self._living.take_changed()

    def restore(
        self,
        calls: Iterable[Call],
        agent_legs: Iterable[AgentLeg],
        *,
        settled: Iterable[CallId] = (),
        over: Mapping[CallId, float] = {},
    ) -> None:
        """What another process saved; `over`: what has just ended. What the `settled` ones left undone is known and will be
        done; for others whatever was decided is done once more."""
        self._settled |= set(settled)
        self._living.restore(calls, agent_legs, over)

    def drop(self, is_gone: Callable[[CallId], bool]) -> None:
        """Another process has these calls from now on."""
        self._settled = {call_id for call_id in self._settled if not is_gone(call_id)}
        self._living.drop(is_gone)

    def next_deadline(self) -> float | None:
        """When `handle_timer` must run, or None."""
        return min((call.until for call in self._living.calls.values()), default=None)

    # ── inputs ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def wanted(self) -> frozenset[type]:
        """The kinds of events that `handle` does something for."""
        return frozenset(self._handlers)

    def handle(self, event: AnyEvent, now: float) -> list[Batch]:
        """Any event of the system; those that do not concern call control change nothing."""
        handler = self._handlers.get(type(event))
        return handler(event, now) if handler else []

    def number_found(self, call_id: CallId, entry: NumberEntry | None, now: float) -> list[Batch]:
        """The number plan's answer for an offered call."""
        call = self._living.calls.get(call_id)
        if call is None or call.phase is not Phase.OFFERED:
            return []
        if entry is None:
            self._living.forget(call, now)
            reject = RejectLeg(leg_id=call.customer_leg, cause=EndCause.REFUSED_UNKNOWN_NUMBER)
            told = CallUnassigned(at=now, call_id=call_id, caller=call.caller, called=call.called, trunk=call.trunk)
            return [steps.batch(call, Ask(node_id=call.node_id, command=reject, essential=False), Publish(event=told))]
        deadline = now + ACKNOWLEDGE_LIMIT_S
        call = self._living.move(call, Phase.ANSWERING, deadline, flow_id=entry.flow_id, language=entry.language)
        return [steps.batch(call, Ask(node_id=call.node_id, command=AnswerLeg(leg_id=call.customer_leg)))]

    def callback_found(
        self, call_id: CallId, target: CallbackTarget | None, now: float, cause: EndCause = EndCause.REFUSED_UNKNOWN_NUMBER
    ) -> list[Batch]:
        """The book's answer for a call that is to be made; `cause` says why there is none."""
        call = self._living.calls.get(call_id)
        if call is None or call.phase is not Phase.DIALLING or call.caller:
            return []
        if target is None:
            return [self._living.end(call, cause, now, hang_up=False)]
        call = self._living.remix(outbound.with_target(call, target))
        return [*self._end_origin(call, now), outbound.dial(call, self._living.files, now)]

    def _end_origin(self, call: Call, now: float) -> list[Batch]:
        """Who still hears the goodbye: a line that is busy cannot ring."""
        origin = call.origin_call_id
        if origin is None:
            return []
        if not self._owns(origin):
            return [steps.batch(call, EndElsewhere(call_id=origin, cause=EndCause.CALLBACK_PROMISED))]
        ended = self.end(origin, EndCause.CALLBACK_PROMISED, now)
        return ended if isinstance(ended, list) else []

    def talk_with(self, command: TalkWith, now: float) -> list[Batch] | str:
        """Whom the agent of a call talks with; a string says why not."""
        return self._with_agent.talk_with(command, now)

    def consult(self, command: Consult, now: float) -> list[Batch] | str:
        """The agent asks a colleague; a string says why not."""
        return self._consulting.consult(command, now)

    def transfer(self, command: Transfer, now: float) -> list[Batch] | str:
        """The agent hands the call on without asking; a string says why not."""
        return self._consulting.transfer(command, now)

    def hand_over(self, command: HandOver, now: float) -> list[Batch] | str:
        """The agent leaves the call to the colleague who was asked; a string says why not."""
        return self._consulting.hand_over(command, now)

    def end_consultation(self, command: EndConsultation, now: float) -> list[Batch] | str:
        """The colleague leaves; a string says why not."""
        return self._consulting.end(command, now)

    def not_in_line(self, call_id: CallId, command: EnqueueWork, now: float) -> list[Batch]:
        """The ACD did not take what call control asked for."""
        call = self._living.calls.get(call_id)
        return [] if call is None else self._consulting.not_in_line(call, command, now)

    def supervise(self, command: Supervise, now: float) -> list[Batch] | str:
        """Somebody listens, whispers or joins; a string says why not."""
        return self._supervising.supervise(command, now)

    def stop_supervising(self, command: StopSupervising, now: float) -> list[Batch]:
        return self._supervising.stop(command.call_id, command.user_id, now)

    def hand_back(self, agent_id: AgentId, now: float) -> list[Batch]:
        """The agent leaves: whoever is in conversation with that agent goes on with the colleague who is there, or hears music
        and waits in the queue again."""
        left = self._consulting.leaves(agent_id, now)
        calls = [call for call in self._living.of_agent(agent_id) if call.phase is Phase.CONVERSATION]
        return left + [batch for call in calls for batch in self._without_agent(call, agent_id, now)]

    def _without_agent(self, call: Call, agent_id: AgentId, now: float) -> list[Batch]:
        """For good."""
        if (handed_over := self._consulting.agent_gone(call, now)) is not None:
            return [handed_over]
        left = self._consulting.without_colleague(call, now)
        return [*left, self._with_agent.handed_back(self._living.calls[call.call_id], agent_id, now)]

    def end(self, call_id: CallId, cause: EndCause, now: float) -> list[Batch] | str:
        """Hangs up on the customer at somebody's request; a string says why not. Because a callback is promised only on whoever
        has that promise and does nothing but listen to the goodbye."""
        call = self._living.calls.get(call_id)
        if call is None or (cause is EndCause.CALLBACK_PROMISED and not call.callback_promised):
            return "this call is over"
        return [self._living.end(call, cause, now, hang_up=True)]

    def ask_failed(self, call_id: CallId, ask: Ask, reason: str, now: float) -> list[Batch]:
        """An essential command was refused: the leg is gone or its node is."""
        call = self._living.calls.get(call_id)
        if call is None:
            return []
        if isinstance(ask.command, SetMix) and call.is_talking and ask.command.version == call.mix_version:
            return [self._with_agent.gone(call, now)]
        if isinstance(ask.command, DialLeg):
            return [outbound.refused(call, reason, now), self._living.end(call, EndCause.TRANSPORT_FAILED, now, hang_up=False)]
        if isinstance(ask.command, AnswerLeg):
            self._living.forget(call, now)
        return []

    def legs_missing(self, call_id: CallId, command: SetMix, missing: Set[LegId], now: float) -> tuple[list[Batch], bool]:
        """The node has mixed without these: they had just gone. False when what was to follow makes no sense without them."""
        call = self._living.calls.get(call_id)
        if call is None or command.version != call.mix_version:
            return [], call is not None
        missing = missing | {leg_id for leg_id in legs_of(call) if link_of(call, leg_id) in missing}
        left = [batch for leg_id in sorted(missing) for batch in self._supervising.is_missing(leg_id, now)]
        left += [batch for leg_id in sorted(missing) for batch in self._consulting.is_missing(leg_id, now)]
        call = self._living.calls[call_id]
        if call.agent_leg in missing and call.phase is Phase.CONVERSATION:
            return [*left, self._with_agent.gone(call, now)], False
        return left, call.customer_leg not in missing

    def handle_timer(self, now: float) -> list[Batch]:
        """Ends what is overdue. Whose agent does not return goes on with a colleague, or waits in the queue again."""
        batches: list[Batch] = []
        for call in [call for call in self._living.calls.values() if call.until <= now]:
            if call.deadline > now:
                batches += self._party_overdue(call, now)
                continue
            cause = OVERDUE.get(call.phase, EndCause.FLOW_FAILED)
            batches.append(self._living.end(call, cause, now, hang_up=call.phase is not Phase.OFFERED))
        return batches

    def _party_overdue(self, call: Call, now: float) -> list[Batch]:
        late = next(party for party in call.parties if party.until is not None and party.until <= now)
        if late.role is Role.CONSULTANT:
            return [self._consulting.waited_long_enough(call, now)]
        assert call.agent_id is not None
        return self._without_agent(call, call.agent_id, now)

    def put_off(self, by_s: float, unjumped: float) -> None:
        """The clock was set by so much and would show `unjumped` otherwise: every call keeps the time that it had left.

        One that has begun since has its deadline by the new clock already, and no time left, or too much, by the old one.
        """
        latest = unjumped + self._living.limits.max_call_s

        def later(until: float) -> float:
            return until + by_s if unjumped <= until <= latest else until

        for call in list(self._living.calls.values()):
            parties = tuple(
                party if party.until is None else msgspec.structs.replace(party, until=later(party.until))
                for party in call.parties
            )
            self._living.put(msgspec.structs.replace(call, deadline=later(call.deadline), parties=parties))

    def reconcile(
        self, node_id: NodeId, legs: Iterable[LegSnapshot], now: float, among: Container[CallId] | None = None
    ) -> list[Batch]:
        """What a node says it has, after a restart of this process, or when it has taken over the calls `among`.

        Calls whose legs are gone end, and the others' nodes are told once more who hears whom.
        """
        calls = [call for call in self._living.calls.values() if among is None or call.call_id in among]
        present = {leg.leg_id: leg for leg in legs}
        if among is None:  # else events tell of them, and may be ahead of what the node said
            self._living.forget_legs(lambda leg: leg.node_id == node_id and leg.leg_id not in present)
        for snapshot in present.values():
            if snapshot.purpose is LegPurpose.AGENT and snapshot.agent_id and snapshot.answered:
                leg = AgentLeg(agent_id=snapshot.agent_id, leg_id=LegId(snapshot.leg_id), node_id=node_id)
                if snapshot.agent_id not in self._living.agent_legs:
                    self._living.has_leg(leg)
        batches: list[Batch] = []
        for call in [call for call in calls if call.node_id == node_id]:
            if call.customer_leg not in present:
                batches.append(self._living.end(call, EndCause.NODE_LOST, now, hang_up=False))
            elif self._left_untold(call):
                batches.append(steps.batch(call, *steps.hand_back(call, self._living.files, now)))
            elif call.phase is Phase.CONVERSATION and is_missing(call.agent, None, present):
                batches += [steps.batch(call, *self._asked_again(call, now)), self._with_agent.gone(call, now)]
            elif call.mix_version and call.phase is not Phase.FLOW:  # the node ignores what it has
                mixed = self._living.mixed(call)
                batches.append(steps.batch(call, *self._asked_again(call, now), *mixed, *texts.begin(call, now)))
        far = [call for call in calls if node_id in call.far_nodes]
        return batches + self._reconcile_far(far, node_id, present, now)

    def _left_untold(self, call: Call) -> bool:
        left = call.phase is Phase.FLOW and call.left_by is not None
        return left and not call.hand_back_told and call.call_id not in self._settled

    def _asked_again(self, call: Call, now: float) -> tuple[Action, ...]:
        return () if call.call_id in self._settled else asked_again(call, now)

    def _reconcile_far(self, calls: Iterable[Call], node_id: NodeId, present: Container[str], now: float) -> list[Batch]:
        """Of calls of other nodes: whose legs here are gone."""
        batches: list[Batch] = []
        for call in calls:
            if call.phase is Phase.CONVERSATION and is_missing(call.agent, node_id, present):
                batches.append(self._with_agent.gone(call, now))
            if call.consultant is not None and is_missing(call.consultant, node_id, present) and call.consultant.leg_id:
                batches += self._consulting.is_missing(call.consultant.leg_id, now)
        return batches

    # ── events ────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_known(self, call_id: CallId) -> bool:
        """Has begun, and may have ended: what is heard twice must not answer, or ring, twice."""
        return call_id in self._living.calls or call_id in self._living.over

    def _leg_offered(self, event: LegOffered, now: float) -> list[Batch]:
        if self._is_known(event.call_id) or now - event.at > CLAIM_LIMIT_S:
            return []
        call = Call(
            call_id=event.call_id,
            node_id=event.node_id,
            kind=event.kind,
            caller=event.caller,
            called=event.called,
            display_name=event.display_name,
            customer_token=event.customer_token,
            trunk=event.trunk,
            facts=event.facts,
            customer_leg=event.leg_id,
            phase=Phase.OFFERED,
            offered_at=event.at,
            deadline=now + CLAIM_LIMIT_S,
        )
        self._living.put(call)
        return [steps.batch(call, LookUpNumber(called=event.called, trunk=event.trunk))]

    def _leg_answered(self, event: LegAnswered, now: float) -> list[Batch]:
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.customer_leg != event.leg_id:
            return []
        if call.phase is Phase.DIALLING:
            return [self._with_agent.customer_answered(call, now)]
        if call.phase is not Phase.ANSWERING:
            return []
        customer = customer_of(call.call_id, call.customer_leg, PartyState.JOINED, now)
        deadline = now + self._living.limits.max_call_s
        call = self._living.move(call, Phase.FLOW, deadline, parties=(customer,), started_at=now)
        return [steps.begin(call, now)]

    def _work_enqueued(self, event: WorkEnqueued, now: float) -> list[Batch]:
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None:
            return []
        if event.purpose is Purpose.TRANSFER:
            return self._consulting.has_its_place(call, event, now)
        if call.phase is Phase.FLOW and event.purpose is Purpose.CONTACT and event.at > call.work_since:
            changes = {"work_id": event.work_id, "queue_id": event.queue_id, "work_since": event.at}
            self._living.put(msgspec.structs.replace(call, **changes))
        return []

    def _work_ended(self, event: WorkEnded, now: float) -> list[Batch]:
        """Nobody took up a conversation that we began and an agent left: no flow leads its customer on."""
        if consulted := self._consulting.work_ended(event, now):
            return consulted
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or not call.outbound or call.phase is not Phase.FLOW or call.work_id != event.work_id:
            return []
        return [self._living.end(call, EndCause.AGENT_LOST, now, hang_up=True)]

    def _callback_requested(self, event: CallbackRequested, now: float) -> list[Batch]:
        """The caller is about to leave, and has not given up."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is not None and call.phase is Phase.FLOW:
            self._living.put(msgspec.structs.replace(call, work_id=None, callback_promised=True))
        return []

    def _hand_back_told(self, event: CallHandedBack | CallTransferred, now: float) -> list[Batch]:
        """Our own word comes back: from here on the flow leads, and a restart must not play music over its voice."""
        call = self._living.calls.get(event.call_id)
        if call is not None and call.phase is Phase.FLOW and call.left_by == event.agent_id:
            self._living.put(msgspec.structs.replace(call, hand_back_told=True))
        return []

    def _make_call(self, event: OfferAccepted, now: float) -> list[Batch]:
        """An agent has taken a callback: the customer is called."""
        call_id = event.call_id
        if call_id is None or not self._owns(call_id) or self._is_known(call_id) or now - event.at > outbound.ACCEPTED_WITHIN_S:
            return []
        leg = self._living.agent_legs.get(event.agent_id)
        if leg is None:
            return [outbound.not_begun(event, call_id, now)]
        call = outbound.new_call(event, call_id, leg, now)
        self._living.put(call)
        return [outbound.look_up(call)]

    def _offer_accepted(self, event: OfferAccepted, now: float) -> list[Batch]:
        leg = self._living.agent_legs.get(event.agent_id)
        left = self._supervising.takes_a_call(leg.leg_id, now) if leg is not None else []
        if event.channel is Channel.CALLBACK:
            return [*left, *self._make_call(event, now)]
        taken = self._consulting if self._consulting.is_asked(event) else self._with_agent
        return [*left, *taken.accepted(event, now)]

    def _leg_connected(self, event: LegConnected, now: float) -> list[Batch]:
        """A colleague's new leg is mixed in before the old one, which has its place, is hung up."""
        of_agent = self._with_agent.leg_connected(event, now)
        if event.agent_id is None or event.purpose is not LegPurpose.AGENT:
            return of_agent
        return [*self._consulting.leg_connected(event.agent_id, now), *of_agent]

    def _link_ended(self, event: LegEnded, now: float) -> list[Batch]:
        """One on which nothing came: whoever was heard on it is waited for, and had better open another leg."""
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or event.cause is not EndCause.MEDIA_TIMEOUT:
            return []
        lost = [
            (party.node_id, party.leg_id)
            for party in call.parties
            if party.node_id is not None and party.leg_id is not None and link_of(call, party.leg_id) == event.leg_id
        ]
        left = [batch for _, leg_id in lost for batch in self._far_leg_gone(leg_id, now)]
        hang_ups = (
            Ask(node_id=node, command=HangUpLeg(leg_id=leg, cause=EndCause.AGENT_LOST), essential=False) for node, leg in lost
        )
        return [*left, *(Batch(call_id=None, actions=(hang_up,)) for hang_up in hang_ups)]

    def _leg_ended(self, event: LegEnded, now: float) -> list[Batch]:
        if event.purpose is LegPurpose.LINK:
            return self._link_ended(event, now)
        if event.purpose is not LegPurpose.CALLER:
            supervising = [*self._supervising.leg_ended(event, now), *self._consulting.leg_ended(event, now)]
            of_agent = self._with_agent.leg_ended(event, event.agent_id, now) if event.agent_id is not None else []
            return [*supervising, *of_agent]
        call = self._living.calls.get(event.call_id) if event.call_id else None
        if call is None or call.customer_leg != event.leg_id:
            return []
        cause = event.cause
        if cause is EndCause.CALLER_HUNG_UP and call.work_id is not None and call.phase is Phase.FLOW and not call.outbound:
            cause = EndCause.CALLER_ABANDONED
        return [self._living.end(call, cause, now, hang_up=False)]

    def _node_gone(self, event: NodeLost | NodeStarted, now: float) -> list[Batch]:
        """A node that starts has no legs: what it carried before is gone as surely as with a lost one."""

        def has_gone(node_id: NodeId, began_at: float) -> bool:
            """What began later belongs to a later life of the node."""
            return node_id == event.node_id and not is_old_news(event.at, began_at, now)

        self._living.forget_legs(lambda leg: has_gone(leg.node_id, leg.connected_at))
        gone = [call for call in self._living.calls.values() if has_gone(call.node_id, call.offered_at)]
        ended = [self._living.end(call, EndCause.NODE_LOST, now, hang_up=False) for call in gone]
        lost = [
            party.leg_id
            for call in self._living.calls.values()
            for party in call.parties
            if party.leg_id is not None and party.node_id is not None and has_gone(party.node_id, party.joined_at or 0.0)
        ]
        return [*ended, *(batch for leg_id in lost for batch in self._far_leg_gone(leg_id, now))]

    def _far_leg_gone(self, leg_id: LegId, now: float) -> list[Batch]:
        """With its node; the call goes on."""
        left = [*self._supervising.is_missing(leg_id, now), *self._consulting.is_missing(leg_id, now)]
        agents = [call for call in self._living.calls.values() if call.agent_leg == leg_id and call.phase is Phase.CONVERSATION]
        return [*left, *(self._with_agent.gone(call, now) for call in agents)]

    def _recording_failed(self, event: RecordingFailed, now: float) -> list[Batch]:
        call = self._living.calls.get(event.call_id)
        if call is None or call.recording_id != event.recording_id:
            return []
        call = msgspec.structs.replace(call, recording_id=None)
        self._living.put(call)
        return [steps.recording_stopped(call, event.reason, now)]

"""Wishes, answers, hang-ups, losses and restarts in any order: every ear hears what the parties say, and every stay ends once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from core.causes import EndCause, WorkEnd
from core.commands import Consult, EndConsultation, EnqueueWork, HandOver, SetMix, TalkWith, Transfer
from core.events import (
    CallEnded,
    CallTransferred,
    LegConnected,
    LegEnded,
    OfferAccepted,
    PartyJoined,
    PartyLeft,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, WorkId
from core.model import Channel, LegPurpose, LegSnapshot
from core.parties import PartyState
from telephony.calls.actions import Batch, StartText, StopText
from telephony.calls.call import Phase
from telephony.calls.control import CallControl
from telephony.calls.texts import speakers
from tests.peers import digits
from tests.telephony.calls.installation import MEI, MEI_LEG, MUSIC, NODE, RINGING, snapshot
from tests.telephony.calls.test_control import CALLS, AnyOrderOfEvents

JON, EVA = AgentId("agent_jon"), AgentId("agent_eva")
AGENTS = [MEI, JON, EVA]
LEGS = {MEI: MEI_LEG, JON: LegId("leg_jon"), EVA: LegId("leg_eva")}
BILLING = QueueId("queue_billing")
WHICH = st.sampled_from([CALLS[0], *CALLS])
WHO = st.sampled_from([None, None, *AGENTS])
"""None: whoever has the call."""


class AnyOrderWithColleagues(AnyOrderOfEvents):
    """Three agents, each of whom may be asked; the ACD says what it pleases about work that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.wishes = 0
        self.asked: list[EnqueueWork] = []

    @initialize(up=st.sets(st.sampled_from([JON, EVA])))
    def a_call_is_with_mei(self, up: set[AgentId]) -> None:
        call = CALLS[0]
        for agent in (MEI, *sorted(up)):
            self.somebody_is_up(agent, again=False)
        self.ring(call)
        self.known(call)
        self.answered(call)
        self.wait(call)
        self.accept(call)

    def _granted(self, decided: list[Batch] | str) -> None:
        self.installation.take([] if isinstance(decided, str) else decided)
        self.asked += self.installation.in_line
        self.installation.in_line.clear()

    def _by(self, call: CallId, agent: AgentId | None) -> AgentId:
        known = self.installation.control.calls.get(call)
        return agent or (known.agent_id if known is not None else None) or MEI

    def _new_work(self) -> WorkId:
        self.wishes += 1
        return WorkId(f"work_wish_{self.wishes}")

    # ── wishes ────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(call=WHICH, by=WHO, to=st.sampled_from([*AGENTS, None]))
    def consult(self, call: CallId, by: AgentId | None, to: AgentId | None) -> None:
        queue_id = BILLING if to is None else None
        wish = Consult(call_id=call, agent_id=self._by(call, by), work_id=self._new_work(), to_agent=to, queue_id=queue_id)
        self._granted(self.installation.control.consult(wish, self.installation.now))

    @rule(call=WHICH, by=WHO, to=st.sampled_from([*AGENTS, None]))
    def transfer(self, call: CallId, by: AgentId | None, to: AgentId | None) -> None:
        queue_id = BILLING if to is None else None
        wish = Transfer(call_id=call, agent_id=self._by(call, by), work_id=self._new_work(), to_agent=to, queue_id=queue_id)
        self._granted(self.installation.control.transfer(wish, self.installation.now))

    @rule(call=WHICH, customer=st.booleans(), colleague=st.booleans())
    def talk_with(self, call: CallId, customer: bool, colleague: bool) -> None:
        known = self.installation.control.calls.get(call)
        if known is None or known.agent_id is None:
            return
        wanted = [known.customer] * customer + [known.consultant] * colleague
        party_ids = tuple(party.party_id for party in wanted if party is not None)
        wish = TalkWith(call_id=call, agent_id=known.agent_id, party_ids=party_ids)
        self._granted(self.installation.control.talk_with(wish, self.installation.now))

    @rule(call=WHICH, by=WHO)
    def hand_over(self, call: CallId, by: AgentId | None) -> None:
        self._granted(
            self.installation.control.hand_over(HandOver(call_id=call, agent_id=self._by(call, by)), self.installation.now)
        )

    @rule(call=WHICH, by=WHO)
    def end_consultation(self, call: CallId, by: AgentId | None) -> None:
        wish = EndConsultation(call_id=call, agent_id=self._by(call, by))
        self._granted(self.installation.control.end_consultation(wish, self.installation.now))

    @rule(by=st.sampled_from(AGENTS))
    def sign_out(self, by: AgentId) -> None:
        self._granted(self.installation.control.hand_back(by, self.installation.now))

    @rule(to=st.sampled_from(AGENTS), waits=st.booleans())
    def a_colleague_comes(self, to: AgentId, waits: bool) -> None:
        """What single steps seldom come to: somebody who has the call, a colleague who is up, asked and there."""
        self.somebody_is_up(to, again=False)
        self.consult(CALLS[0], None, to)
        if waits:
            self.talk_with(CALLS[0], customer=True, colleague=False)
        self.somebody_answers(0, to)

    @rule(call=WHICH, hands_over=st.booleans(), customer=st.booleans(), colleague=st.booleans())
    def who_has_it_goes_on(self, call: CallId, hands_over: bool, customer: bool, colleague: bool) -> None:
        self.talk_with(call, customer, colleague)
        if hands_over:
            self.hand_over(call, None)

    # ── what the ACD says of what was asked for ───────────────────────────────────────────────────────────────

    @rule(which=st.integers(0, 2), agent=st.sampled_from(AGENTS))
    def somebody_answers(self, which: int, agent: AgentId) -> None:
        if (work := self._work(which)) is not None and not self.talks_elsewhere(work.only_agent or agent, work.call_id):
            self.installation.happens(
                OfferAccepted(
                    at=self.installation.now,
                    offer_id=OfferId(f"offer_{work.work_id}_{agent}"),
                    work_id=work.work_id,
                    call_id=work.call_id,
                    queue_id=work.queue_id,
                    agent_id=work.only_agent or agent,
                    waited_s=1.0,
                    purpose=work.purpose,
                )
            )

    @rule(which=st.integers(0, 2))
    def has_its_place(self, which: int) -> None:
        if (work := self._work(which)) is not None:
            self.installation.happens(
                WorkEnqueued(
                    at=self.installation.now,
                    work_id=work.work_id,
                    call_id=work.call_id,
                    channel=Channel.CALL,
                    queue_id=work.queue_id,
                    customer_id=None,
                    priority=0,
                    position=1,
                    purpose=work.purpose,
                )
            )

    @rule(which=st.integers(0, 2), cause=st.sampled_from([WorkEnd.DECLINED, WorkEnd.NOT_ANSWERED, WorkEnd.WITHDRAWN]))
    def its_work_ends(self, which: int, cause: WorkEnd) -> None:
        if (work := self._work(which)) is not None:
            self.installation.happens(
                WorkEnded(
                    at=self.installation.now,
                    work_id=work.work_id,
                    call_id=work.call_id,
                    queue_id=work.queue_id,
                    agent_id=None,
                    cause=cause,
                    waited_s=1.0,
                    purpose=work.purpose,
                )
            )

    @rule(which=st.integers(0, 2))
    def it_is_refused(self, which: int) -> None:
        if (work := self._work(which)) is not None and work.call_id is not None:
            self._granted(self.installation.control.not_in_line(work.call_id, work, self.installation.now))

    def _work(self, which: int) -> EnqueueWork | None:
        return self.asked[-1 - which] if which < len(self.asked) else None

    # ── connections, processes ────────────────────────────────────────────────────────────────────────────────

    @rule(agent=st.sampled_from(AGENTS), again=st.booleans())
    def somebody_is_up(self, agent: AgentId, again: bool) -> None:
        leg = LegId(f"{LEGS[agent]}_again") if again else LEGS[agent]
        self.installation.happens(
            LegConnected(at=self.installation.now, leg_id=leg, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=agent)
        )

    @rule(agent=st.sampled_from(AGENTS), again=st.booleans())
    def somebodys_page_is_gone(self, agent: AgentId, again: bool) -> None:
        leg = LegId(f"{LEGS[agent]}_again") if again else LEGS[agent]
        self.installation.happens(
            LegEnded(
                at=self.installation.now,
                leg_id=leg,
                node_id=NODE,
                call_id=None,
                purpose=LegPurpose.AGENT,
                agent_id=agent,
                cause=EndCause.MEDIA_TIMEOUT,
            )
        )

    @rule()
    def restart(self) -> None:
        """Another process takes the calls from what was saved, and from the node, which has all legs still."""
        before = self.installation.control
        after = CallControl(MUSIC, RINGING, pass_digit_on=digits.passed_on)
        after.restore(list(before.calls.values()), list(before.agent_legs.values()))
        callers = [snapshot(call.customer_leg, LegPurpose.CALLER) for call in before.calls.values()]
        agents = [
            LegSnapshot(
                leg_id=leg.leg_id,
                call_id=None,
                kind=callers[0].kind if callers else snapshot(MEI_LEG, LegPurpose.AGENT).kind,
                purpose=LegPurpose.AGENT,
                agent_id=agent_id,
                answered=True,
            )
            for agent_id, leg in before.agent_legs.items()
        ]
        self.installation.control = after
        running = list(self.installation.texts)
        self._granted(after.reconcile(NODE, [*callers, *agents], self.installation.now))
        again = self.installation.texts[len(running) :]
        open_legs = self._open_texts(running)
        self.installation.texts = running + [
            text for text in again if not (isinstance(text, StartText) and text.leg_id in open_legs)
        ]  # the shell begins none that is on

    # ── what always holds ─────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def pictures_of_a_call_follow_each_other(self) -> None:
        for call in CALLS:
            versions = [mix.version for mix in self.installation.asked(SetMix) if mix.call_id == call]
            for before, version in zip([0, *versions], versions, strict=False):
                assert version in (1, before, before + 1), "after a restart the last one is said again"

    @invariant()
    def whoever_is_written_down_talks(self) -> None:
        wanted = [leg for call in self.installation.control.calls.values() for leg in speakers(call)]
        assert sorted(self._open_texts(self.installation.texts)) == sorted(wanted)

    def _open_texts(self, texts: Sequence[StartText | StopText]) -> list[LegId]:
        open_texts: list[LegId] = []
        for text in texts:
            leg_id = text.leg_id
            if isinstance(text, StartText):
                assert leg_id not in open_texts
                open_texts.append(leg_id)
            elif leg_id in open_texts:
                open_texts.remove(leg_id)
        return open_texts

    @invariant()
    def no_customer_hears_silence(self) -> None:
        newest = {mix.call_id: mix for mix in self.installation.asked(SetMix)}
        for call_id, call in self.installation.control.calls.items():
            if call.phase is Phase.CONVERSATION and call_id in newest:
                mix = newest[call_id]
                assert mix.hears[call.customer_leg] or mix.sounds.get(call.customer_leg)

    @invariant()
    def every_conversation_has_one_agent(self) -> None:
        for call in self.installation.control.calls.values():
            if call.phase is Phase.CONVERSATION:
                assert call.agent is not None
                assert call.agent_id != (call.consultant.agent_id if call.consultant is not None else None)
                assert call.agent.work_id == call.work_id

    @invariant()
    def a_colleague_comes_once_and_goes_once(self) -> None:
        told = self.installation
        came = Counter(joined.work_id for joined in told.told(PartyJoined))
        assert all(count == 1 for count in came.values())
        went = Counter(left.work_id for left in told.told(PartyLeft))
        took = Counter(handed.to_work_id for handed in told.told(CallTransferred) if handed.to_agent_id is not None)
        ended = {event.call_id for event in told.told(CallEnded)}
        assert all(count == 1 for count in (went + took).values())
        for joined in told.told(PartyJoined):
            call = self.installation.control.calls.get(joined.call_id)
            there = call is not None and call.consultant is not None and call.consultant.work_id == joined.work_id
            gone = [work_id for work_id in (*went.elements(), *took.elements()) if work_id == joined.work_id]
            assert there + len(gone) == 1 or joined.call_id in ended

    @invariant()
    def nobody_has_a_conversation_with_work_that_came_to_nothing(self) -> None:
        in_vain = {left.work_id for left in self.installation.told(PartyLeft) if left.work_id is not None}
        for call in self.installation.control.calls.values():
            assert call.agent is None or call.agent.work_id not in in_vain

    @invariant()
    def who_is_asked_is_there_or_waited_for(self) -> None:
        for call in self.installation.control.calls.values():
            colleague = call.consultant
            if colleague is not None:
                assert call.phase is Phase.CONVERSATION
                assert (colleague.leg_id is None) == (colleague.state in {PartyState.INVITING, PartyState.AWAY})
                assert (colleague.until is None) == (colleague.leg_id is not None)


AnyOrderWithColleagues.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestAnyOrderWithColleagues = AnyOrderWithColleagues.TestCase

"""Call control beside the queues, with everything late that can be: when it has all arrived, both say the same of every call.

No customer waits for nobody, no agent is kept by a call that is not there, nothing waits that nobody wants.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from acd.model.work import IN_LINE, WorkState
from core.commands import Consult, EndConsultation, HandOver, TalkWith, Transfer
from core.ids import AgentId, CallId, QueueId
from core.model import Purpose
from telephony.calls.call import Call, Phase
from tests.telephony.calls.center import AGENTS, ANN, QUEUES, Center

WHO = st.sampled_from(AGENTS)
PICK = st.integers(0, 20)
TARGET = st.sampled_from([*AGENTS, *QUEUES])
LATE_AT_MOST_S = 5.0
LATE = st.integers(0, 6)
"""How much of what is on its way arrives before the next thing happens."""


class AnyDay(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.center = Center()

    @initialize(up=st.sets(st.sampled_from(AGENTS), min_size=1))
    def a_call_is_with_ann(self, up: set[AgentId]) -> None:
        self.center.comes(ANN)
        self.center.rings()
        self.center.settle()
        self.center.answers(ANN)
        self.center.settle()
        for agent in sorted(up - {ANN}):
            self.center.comes(agent)

    # ── arrives ───────────────────────────────────────────────────────────────────────────────────────────────

    @rule(times=LATE)
    def control_reads(self, times: int) -> None:
        for _ in range(times):
            self.center.control_reads()

    @rule(times=LATE)
    def queues_read(self, times: int) -> None:
        for _ in range(times):
            self.center.engine_reads()

    @rule(times=LATE, pick=PICK, before=st.booleans(), after=st.booleans(), lost=st.booleans())
    def control_acts(self, times: int, pick: int, before: bool, after: bool, lost: bool) -> None:
        known = sorted(self.center.mailboxes, key=str)
        for _ in range(times if known else 0):
            self.center.acts(known[pick % len(known)], lost_before=lost and before, lost_after=lost and after)

    @rule()
    def everything_arrives(self) -> None:
        self.center.settle()

    @rule(seconds=st.sampled_from([0.5, 3.0, 11.0, 16.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        if seconds > LATE_AT_MOST_S:
            self.center.settle()
        self.center.later(seconds)

    @rule(again=st.integers(0, 10))
    def control_restarts(self, again: int) -> None:
        self.center.restarts(again)

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────

    @rule()
    def somebody_calls(self) -> None:
        if len(self.center.control.calls) < 2:
            self.center.rings()

    @rule(agent=WHO, declines=st.booleans())
    def answers(self, agent: AgentId, declines: bool) -> None:
        self.center.answers(agent, declines)

    @rule(agent=WHO)
    def comes(self, agent: AgentId) -> None:
        self.center.comes(agent)

    @rule(agent=WHO)
    def connection_is_lost(self, agent: AgentId) -> None:
        self.center.loses_connection(agent)

    @rule(agent=WHO)
    def signs_out(self, agent: AgentId) -> None:
        self.center.signs_out(agent)

    @rule(pick=PICK)
    def customer_hangs_up(self, pick: int) -> None:
        call = self._call(pick)
        if call is not None and pick % 3 == 0:
            self.center.customer_hangs_up(call)

    @rule(pick=PICK, to=TARGET)
    def consults(self, pick: int, to: AgentId | QueueId) -> None:
        call = self._call(pick)
        if call is not None and call.agent_id is not None:
            agent_id, queue_id = _target(to)
            wish = Consult(
                call_id=call.call_id, agent_id=call.agent_id, work_id=self.center.new_work(), to_agent=agent_id, queue_id=queue_id
            )
            self.center.take(self.center.control.consult(wish, self.center.now))

    @rule(pick=PICK, to=TARGET)
    def transfers(self, pick: int, to: AgentId | QueueId) -> None:
        call = self._call(pick)
        if call is not None and call.agent_id is not None:
            agent_id, queue_id = _target(to)
            wish = Transfer(
                call_id=call.call_id, agent_id=call.agent_id, work_id=self.center.new_work(), to_agent=agent_id, queue_id=queue_id
            )
            self.center.take(self.center.control.transfer(wish, self.center.now))

    @rule(pick=PICK, to=TARGET)
    def transfers_twice(self, pick: int, to: AgentId | QueueId) -> None:
        self.transfers(pick, to)
        self.transfers(pick, to)

    @rule(pick=PICK, to=TARGET)
    def consults_and_hands_over(self, pick: int, to: AgentId | QueueId) -> None:
        self.consults(pick, to)
        self.hands_over(pick)

    @rule(pick=PICK)
    def hands_over(self, pick: int) -> None:
        call = self._call(pick)
        if call is not None and call.agent_id is not None:
            wish = HandOver(call_id=call.call_id, agent_id=call.agent_id)
            self.center.take(self.center.control.hand_over(wish, self.center.now))

    @rule(pick=PICK, by=WHO)
    def ends_consultation(self, pick: int, by: AgentId) -> None:
        call = self._call(pick)
        if call is not None:
            wish = EndConsultation(call_id=call.call_id, agent_id=by)
            self.center.take(self.center.control.end_consultation(wish, self.center.now))

    @rule(pick=PICK, customer=st.booleans(), colleague=st.booleans())
    def talks_with(self, pick: int, customer: bool, colleague: bool) -> None:
        call = self._call(pick)
        if call is not None and call.agent_id is not None:
            wanted = [call.customer] * customer + [call.consultant] * colleague
            party_ids = tuple(party.party_id for party in wanted if party is not None)
            wish = TalkWith(call_id=call.call_id, agent_id=call.agent_id, party_ids=party_ids)
            self.center.take(self.center.control.talk_with(wish, self.center.now))

    def _call(self, pick: int) -> Call | None:
        calls = sorted(self.center.control.calls.values(), key=lambda call: call.call_id)
        return calls[pick % len(calls)] if calls else None

    # ── what is so when it has all arrived ────────────────────────────────────────────────────────────────────

    def teardown(self) -> None:
        self.center.settle()
        for seconds in (31.0, 11.0):  # who was lost is given up; whoever accepted and was not connected is relieved
            self.center.later(seconds)
            self.center.settle()
        self.both_say_the_same()

    def both_say_the_same(self) -> None:
        calls = self.center.control.calls
        for call in calls.values():
            self._is_looked_after(call)
        for work in self.center.engine.registry.work_items.values():
            if work.state is WorkState.WRAP_UP:
                continue
            known = calls.get(work.call_id or CallId(""))
            assert known is not None, f"{work.purpose} {work.state} of a call that is over"
            wanted = {known.work_id, known.consultant.work_id if known.consultant is not None else None}
            assert work.work_id in wanted, f"{work.purpose} {work.state} that nobody wants"

    def _is_looked_after(self, call: Call) -> None:
        work = self.center.work(call.work_id)
        if call.phase is Phase.CONVERSATION:
            assert call.agent is not None
            assert work is not None, "a conversation without work"
            assert (work.state, work.agent_id) == (WorkState.ACTIVE, call.agent_id), "whose conversation it is"
            assert not call.handing_on, "handed on, and nobody goes"
        elif call.phase is Phase.FLOW:
            assert work is not None, "the customer waits for nobody"
            assert work.state in IN_LINE | {WorkState.ACCEPTED}, "the customer waits for nobody"
        if call.consultant is not None:
            asked = self.center.work(call.consultant.work_id)
            assert asked is not None, "a colleague is waited for who will not come"
            assert asked.purpose is Purpose.CONSULTATION
            assert (asked.state is WorkState.ACTIVE) == (
                call.consultant.leg_id is not None or call.consultant.resumes is not None
            )


def _target(to: AgentId | QueueId) -> tuple[AgentId | None, QueueId | None]:
    return (None, QueueId(to)) if to in QUEUES else (AgentId(to), None)


AnyDay.TestCase.settings = settings(max_examples=150, stateful_step_count=25)
TestAnyDay = AnyDay.TestCase

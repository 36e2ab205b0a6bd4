"""Call control as people experience it: who hears whom, what is recorded, and that a call ends exactly once."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.causes import EndCause
from core.commands import (
    AnswerLeg,
    HangUpLeg,
    PlayPrompt,
    RejectLeg,
    SendDigits,
    SetMix,
)
from core.events import (
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallUnassigned,
    LegOffered,
    NodeLost,
    NodeStarted,
    OfferWithdrawn,
)
from core.ids import AgentId, CallId, LegId, OfferId, WorkId
from core.model import LegKind, LegPurpose
from telephony.calls.actions import Ask, StartText, StopText
from telephony.calls.call import IllegalTransition, Phase, check_transition
from telephony.calls.picture import SoundFiles, set_mix
from tests.peers import digits
from tests.telephony.calls.installation import (
    CALL,
    CUSTOMER,
    MEI,
    MEI_LEG,
    MUSIC,
    NODE,
    RINGING,
    Installation,
    both_talk,
    snapshot,
    stands,
)


def test_a_known_number_is_answered_and_its_flow_begins() -> None:
    installation = Installation()
    installation.caller_rings()
    assert installation.looked_up == ["1000"]
    installation.number_is_known()
    assert installation.asked(AnswerLeg) == [AnswerLeg(leg_id=CUSTOMER)]
    assert installation.told(CallStarted) == []
    installation.is_answered()
    assert [event.flow_id for event in installation.told(CallStarted)] == ["flow_demo"]


def test_an_unknown_number_is_refused_and_leaves_no_call() -> None:
    installation = Installation()
    installation.caller_rings()
    installation.take(installation.control.number_found(CALL, None, installation.now))
    assert installation.asked(RejectLeg) == [RejectLeg(leg_id=CUSTOMER, cause=EndCause.REFUSED_UNKNOWN_NUMBER)]
    assert installation.control.calls == {}
    assert [(told.called, told.call_id) for told in installation.told(CallUnassigned)] == [("1000", CALL)]
    installation.customer_goes()
    assert installation.told(CallEnded) == []


def test_an_offer_that_is_too_old_is_not_answered() -> None:
    installation = Installation()
    offered = LegOffered(
        at=installation.now - 60, call_id=CALL, leg_id=CUSTOMER, node_id=NODE, kind=LegKind.SIP, caller="", called="1000"
    )
    installation.happens(offered)
    assert installation.looked_up == []


def test_accepting_brings_both_together_records_and_transcribes_them(talking: Installation) -> None:
    assert len(talking.asked(SetMix)) == 1
    assert talking.mix.hears == both_talk()
    assert (talking.recording.left, talking.recording.right) == ((CUSTOMER,), (MEI_LEG,))
    assert [(text.leg_id, text.speaker) for text in talking.texts if isinstance(text, StartText)] == [
        (CUSTOMER, "customer"),
        (MEI_LEG, "agent"),
    ]
    (connected,) = talking.told(CallConnected)
    assert (connected.agent_id, connected.waited_s) == (MEI, 7.0)


def test_hanging_up_ends_the_call_once_and_keeps_the_agents_leg(talking: Installation) -> None:
    talking.now += 30
    talking.forget()
    talking.customer_goes()
    talking.customer_goes()
    (ended,) = talking.told(CallEnded)
    assert ended.cause is EndCause.CALLER_HUNG_UP
    assert ended.recording_ms == 30_000
    assert talking.asked(HangUpLeg) == []
    assert (talking.mix.hears, talking.mix.recordings) == ({}, ())
    assert {text.leg_id for text in talking.texts} == {CUSTOMER, MEI_LEG}
    assert MEI in talking.control.agent_legs


def test_a_caller_who_leaves_the_queue_has_abandoned() -> None:
    installation = Installation()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.customer_goes()
    assert [event.cause for event in installation.told(CallEnded)] == [EndCause.CALLER_ABANDONED]


def test_reloading_the_page_does_not_end_the_call(talking: Installation) -> None:
    talking.forget()
    talking.agent_leg_drops()
    assert stands(talking.control.calls[CALL]) == "agent away"
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: ()}, {CUSTOMER: MUSIC})
    talking.now += 3
    talking.agent_is_up(LegId("leg_mei_2"))
    assert talking.mix.hears == both_talk(LegId("leg_mei_2"))
    assert talking.recording.right == ("leg_mei_2",)
    assert talking.told(CallConnected) == []


def test_a_second_leg_of_the_same_agent_takes_over_and_the_first_is_closed(talking: Installation) -> None:
    talking.forget()
    talking.agent_is_up(LegId("leg_mei_2"))
    assert talking.mix.hears == both_talk(LegId("leg_mei_2"))
    assert [command.leg_id for command in talking.asked(HangUpLeg)] == [MEI_LEG]
    talking.agent_leg_drops(MEI_LEG)
    assert talking.control.calls[CALL].is_talking


def test_who_was_on_hold_is_so_when_the_agent_returns(talking: Installation) -> None:
    """Before, the customer was taken off hold by a reloaded page, while the desk went on showing the hold."""
    talking.holds(True)
    talking.agent_leg_drops()
    assert talking.mix.sounds == {CUSTOMER: MUSIC}
    again = LegId("leg_mei_2")
    talking.agent_is_up(again)
    assert stands(talking.control.calls[CALL]) == "held"
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: (), again: ()}, {CUSTOMER: MUSIC})
    talking.holds(False)
    assert talking.mix.hears == both_talk(again)


def test_whose_agent_does_not_return_waits_for_another_one(talking: Installation) -> None:
    """Before, the customer was hung up on: for the agent's browser."""
    talking.agent_leg_drops()
    deadline = talking.control.next_deadline()
    assert deadline is not None
    talking.now = deadline
    talking.take(talking.control.handle_timer(talking.now))
    assert [event.agent_id for event in talking.told(CallHandedBack)] == [MEI]
    assert (talking.told(CallEnded), talking.asked(HangUpLeg)) == ([], [])
    assert talking.control.calls[CALL].phase is Phase.FLOW


def test_an_acceptance_heard_again_after_the_agent_left_connects_nobody(talking: Installation) -> None:
    """As a restart hands it in: the caller waited for an agent who was gone, and was hung up on after 30 s."""
    talking.take(talking.control.hand_back(MEI, talking.now))
    talking.control.restore(talking.control.calls.values(), talking.control.agent_legs.values())
    talking.forget()
    talking.agent_accepts(offer=talking.offers)
    assert (talking.control.calls[CALL].phase, talking.commands) == (Phase.FLOW, [])


def test_accepting_without_audio_lets_the_customer_hear_music_until_it_is_there() -> None:
    installation = Installation()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.agent_accepts()
    assert (installation.mix.hears, installation.mix.sounds) == ({CUSTOMER: ()}, {CUSTOMER: MUSIC})
    assert installation.told(CallConnected) == []
    installation.agent_is_up()
    assert installation.mix.hears == both_talk()
    assert len(installation.told(CallConnected)) == 1


def test_an_agent_who_never_had_audio_loses_the_call_to_the_next_one() -> None:
    installation = Installation()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.agent_accepts()
    installation.happens(
        OfferWithdrawn(at=installation.now, offer_id=OfferId("offer_1"), work_id=WorkId(f"work_{CALL}"), agent_id=MEI)
    )
    assert installation.control.calls[CALL].phase is Phase.FLOW
    assert [(play.leg_id, play.files, play.loop) for play in installation.asked(PlayPrompt)] == [(CUSTOMER, (MUSIC,), True)]
    assert installation.mix.sounds == {}, "the flow has this ear for itself again"
    installation.agent_is_up()
    assert installation.mix.hears == {CUSTOMER: ()}
    installation.agent_accepts()
    assert installation.mix.hears == both_talk()


def test_hold_plays_music_and_taking_back_brings_both_together_again(talking: Installation) -> None:
    talking.forget()
    batches = talking.hold(True)
    assert not isinstance(batches, str)
    talking.take(batches)
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: (), MEI_LEG: ()}, {CUSTOMER: MUSIC})
    batches = talking.hold(False)
    assert not isinstance(batches, str)
    talking.take(batches)
    assert talking.mix.hears == both_talk()
    assert [mix.version for mix in talking.asked(SetMix)] == [2, 3]


def test_the_agents_keypad_reaches_the_customers_phone(talking: Installation) -> None:
    pressed = digits.pressed("7", MEI_LEG, CALL, at=talking.now)
    talking.happens(pressed)
    (sent,) = talking.asked(SendDigits)
    assert (sent.leg_id, digits.NODES_OPENER.open(sent.sealed, CUSTOMER)) == (CUSTOMER, "7")


def test_what_is_said_on_hold_is_neither_recorded_nor_written_down(talking: Installation) -> None:
    talking.forget()
    talking.now += 20
    talking.holds(True)
    assert (talking.recording.left, talking.recording.right) == ((), ())
    assert talking.texts == [StopText(leg_id=CUSTOMER), StopText(leg_id=MEI_LEG)]
    talking.forget()
    talking.now += 10
    talking.holds(False)
    assert (talking.recording.left, talking.recording.right) == ((CUSTOMER,), (MEI_LEG,))
    assert [(text.leg_id, text.offset_ms) for text in talking.texts if isinstance(text, StartText)] == [
        (CUSTOMER, 30_000),
        (MEI_LEG, 30_000),
    ]


def test_somebody_elses_call_cannot_be_held(talking: Installation) -> None:
    assert talking.hold(True, AgentId("agent_jonas")) == "this call is not with you"


def test_hanging_up_for_the_agent_hangs_up_on_the_customer_only(talking: Installation) -> None:
    talking.forget()
    batches = talking.control.end(CALL, EndCause.AGENT_HUNG_UP, talking.now)
    assert not isinstance(batches, str)
    talking.take(batches)
    assert [command.leg_id for command in talking.asked(HangUpLeg)] == [CUSTOMER]
    assert [event.cause for event in talking.told(CallEnded)] == [EndCause.AGENT_HUNG_UP]
    assert talking.control.end(CALL, EndCause.AGENT_HUNG_UP, talking.now) == "this call is over"


@pytest.mark.parametrize("gone", [NodeLost(at=1001.0, node_id=NODE, reason="died"), NodeStarted(at=1001.0, node_id=NODE, pid=2)])
def test_a_dead_node_ends_its_calls_and_frees_its_agents(talking: Installation, gone: NodeLost | NodeStarted) -> None:
    talking.happens(gone)
    assert [event.cause for event in talking.told(CallEnded)] == [EndCause.NODE_LOST]
    assert talking.control.agent_legs == {}


def test_after_a_restart_the_node_is_told_again_and_a_missing_caller_ended(talking: Installation) -> None:
    """What the process before had decided, and perhaps not done; a node that has it changes nothing."""
    reborn = Installation()
    reborn.control.restore(talking.control.calls.values(), talking.control.agent_legs.values())
    legs = [snapshot(CUSTOMER, LegPurpose.CALLER), snapshot(MEI_LEG, LegPurpose.AGENT)]
    reborn.take(reborn.control.reconcile(NODE, legs, reborn.now))
    assert reborn.commands == [talking.mix]
    assert [text.leg_id for text in reborn.texts] == [CUSTOMER, MEI_LEG], "whoever is transcribed already stays so"
    assert reborn.control.calls == talking.control.calls
    reborn.take(reborn.control.reconcile(NODE, [snapshot(MEI_LEG, LegPurpose.AGENT)], reborn.now))
    assert [event.cause for event in reborn.told(CallEnded)] == [EndCause.NODE_LOST]


def test_of_refused_pictures_only_the_newest_means_something(talking: Installation) -> None:
    """An older one was refused for what the call has left behind already."""
    older = Ask(node_id=NODE, command=talking.mix)
    talking.agent_is_up(LegId("leg_mei_2"))
    assert talking.control.ask_failed(CALL, older, "the node is silent", talking.now) == []
    assert talking.control.calls[CALL].is_talking
    newest = Ask(node_id=NODE, command=talking.mix)
    talking.take(talking.control.ask_failed(CALL, newest, "the node is silent", talking.now))
    assert stands(talking.control.calls[CALL]) == "agent away"
    assert talking.mix.sounds == {CUSTOMER: MUSIC}


def test_an_agents_leg_that_had_just_gone_leaves_the_customer_with_music(talking: Installation) -> None:
    """Nobody is told that they are connected."""
    batches, goes_on = talking.control.legs_missing(CALL, talking.mix, {MEI_LEG}, talking.now)
    talking.take(batches)
    assert not goes_on
    assert stands(talking.control.calls[CALL]) == "agent away"
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: ()}, {CUSTOMER: MUSIC})


def test_a_customers_leg_that_had_just_gone_is_told_by_its_end(talking: Installation) -> None:
    assert talking.control.legs_missing(CALL, talking.mix, {CUSTOMER}, talking.now) == ([], False)


def test_what_an_older_picture_misses_means_nothing(talking: Installation) -> None:
    older = talking.mix
    talking.agent_is_up(LegId("leg_mei_2"))
    assert talking.control.legs_missing(CALL, older, {MEI_LEG}, talking.now) == ([], True)
    assert talking.control.calls[CALL].is_talking


def test_an_illegal_move_raises() -> None:
    with pytest.raises(IllegalTransition, match="offered to conversation"):
        check_transition(Phase.OFFERED, Phase.CONVERSATION)


CALLS = [CallId("call_1"), CallId("call_2")]


class AnyOrderOfEvents(RuleBasedStateMachine):
    """Whatever happens in whatever order: nothing raises, each started call ends at most once, each living one has a deadline."""

    def __init__(self) -> None:
        super().__init__()
        self.installation = Installation()

    @rule(call=st.sampled_from(CALLS))
    def ring(self, call: CallId) -> None:
        self.installation.caller_rings(call, LegId(f"leg_{call}"))

    @rule(call=st.sampled_from(CALLS))
    def known(self, call: CallId) -> None:
        self.installation.number_is_known(call)

    @rule(call=st.sampled_from(CALLS))
    def answered(self, call: CallId) -> None:
        self.installation.is_answered(call, LegId(f"leg_{call}"))

    @rule(call=st.sampled_from(CALLS))
    def wait(self, call: CallId) -> None:
        self.installation.waits(call)

    @rule(call=st.sampled_from(CALLS))
    def accept(self, call: CallId) -> None:
        if not self.talks_elsewhere(MEI, call):
            self.installation.agent_accepts(call)

    def talks_elsewhere(self, agent: AgentId, call: CallId | None) -> bool:
        """The ACD gives nobody a second call who is on one."""
        calls = self.installation.control.calls.values()
        return any(known.is_with(agent) and known.call_id != call for known in calls)

    @rule(call=st.sampled_from(CALLS))
    def leave(self, call: CallId) -> None:
        self.installation.customer_goes(call, LegId(f"leg_{call}"))

    @rule(leg=st.sampled_from([MEI_LEG, LegId("leg_mei_2")]))
    def agent_up(self, leg: LegId) -> None:
        self.installation.agent_is_up(leg)

    @rule(leg=st.sampled_from([MEI_LEG, LegId("leg_mei_2")]))
    def agent_down(self, leg: LegId) -> None:
        self.installation.agent_leg_drops(leg)

    @rule(call=st.sampled_from(CALLS), held=st.booleans())
    def hold(self, call: CallId, held: bool) -> None:
        batches = self.installation.hold(held, call=call)
        self.installation.take([] if isinstance(batches, str) else batches)

    @rule(seconds=st.floats(0.1, 20_000))
    def time_passes(self, seconds: float) -> None:
        self.installation.now += seconds
        self.installation.take(self.installation.control.handle_timer(self.installation.now))

    @invariant()
    def each_call_ends_at_most_once_per_start(self) -> None:
        for call in CALLS:
            started = sum(1 for event in self.installation.told(CallStarted) if event.call_id == call)
            ended = sum(1 for event in self.installation.told(CallEnded) if event.call_id == call)
            assert ended <= started

    @invariant()
    def pictures_of_a_call_follow_each_other(self) -> None:
        for call in CALLS:
            versions = [mix.version for mix in self.installation.asked(SetMix) if mix.call_id == call]
            assert all(version in (1, before + 1) for before, version in zip([0, *versions], versions, strict=False))

    @invariant()
    def the_last_picture_is_what_the_call_is_now(self) -> None:
        """Whatever has happened: who hears whom follows from the call alone, and the node was told."""
        newest = {mix.call_id: mix for mix in self.installation.asked(SetMix)}
        for call_id, call in self.installation.control.calls.items():
            if call.mix_version:
                assert newest[call_id] == set_mix(call, SoundFiles(music=MUSIC, ringing=RINGING))

    @invariant()
    def whoever_is_written_down_talks(self) -> None:
        """One stream for a leg at a time, and none while the customer waits."""
        open_texts: list[LegId] = []
        for text in self.installation.texts:
            if isinstance(text, StartText):
                assert text.leg_id not in open_texts
                open_texts.append(text.leg_id)
            elif text.leg_id in open_texts:
                open_texts.remove(text.leg_id)
        calls = self.installation.control.calls.values()
        wanted = [leg for call in calls if call.is_talking for leg in (call.customer_leg, call.agent_leg)]
        assert sorted(open_texts) == sorted(filter(None, wanted))

    @invariant()
    def every_living_call_has_a_deadline(self) -> None:
        deadline = self.installation.control.next_deadline()
        assert (deadline is None) == (not self.installation.control.calls)


AnyOrderOfEvents.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestAnyOrderOfEvents = AnyOrderOfEvents.TestCase


@pytest.mark.parametrize("jump_s", [86_400.0, -86_400.0, 3_600.0])
def test_a_clock_that_is_set_takes_no_time_from_a_conversation(talking: Installation, jump_s: float) -> None:
    """Before, a day's jump ended every conversation as too long."""
    left_s = talking.control.calls[CALL].until - talking.now
    talking.control.put_off(jump_s, talking.now)
    talking.now += jump_s
    assert talking.control.handle_timer(talking.now) == []
    assert talking.control.calls[CALL].until - talking.now == left_s


@pytest.mark.parametrize("jump_s", [86_400.0, -86_400.0])
def test_what_began_after_the_clock_was_set_keeps_its_deadline(talking: Installation, jump_s: float) -> None:
    before, talking.now = talking.now, talking.now + jump_s
    talking.agent_leg_drops()
    agent = talking.control.calls[CALL].agent
    talking.control.put_off(jump_s, before)
    assert talking.control.calls[CALL].agent == agent

"""A colleague is asked, swapped with, talked with together, and left the customer: who hears whom, and who is told what."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from core.causes import EndCause, WorkEnd
from core.commands import Consult, EndConsultation, HandOver, PlayPrompt, TalkWith, Transfer
from core.events import (
    CallConnected,
    CallHandedBack,
    CallTransferred,
    ColleagueAsked,
    LegConnected,
    LegEnded,
    OfferAccepted,
    PartiesChanged,
    PartyJoined,
    PartyLeft,
    WorkEnded,
    WorkEnqueued,
)
from core.ids import AgentId, LegId, OfferId, PartyId, QueueId, WorkId
from core.model import Channel, LegPurpose, Purpose
from core.parties import PartyState
from telephony.calls.actions import Batch, StartText, StopText
from telephony.calls.call import Phase
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, MUSIC, NODE, RINGING, Installation, done, snapshot

JON, JON_LEG = AgentId("agent_jon"), LegId("leg_jon")
MEIS_WORK, JONS_WORK, EARLIER = WorkId(f"work_{CALL}"), WorkId("work_jon"), WorkId("work_earlier")
BILLING, TECH = QueueId("queue_billing"), QueueId("queue_tech")
C, J = PartyId("party_customer_1"), PartyId("party_colleague_jon")
GRACE_S = 30.0

Ears = dict[LegId, tuple[LegId, ...] | str]


def ears(installation: Installation) -> Ears:
    """What each leg hears: people, or one file; silence is nobody."""
    mix = installation.mix
    return {leg: sources or mix.sounds.get(leg, ()) for leg, sources in mix.hears.items()}


def asks(installation: Installation, to_agent: AgentId | None = JON, queue_id: QueueId | None = None) -> list[Batch] | str:
    wish = Consult(call_id=CALL, agent_id=MEI, work_id=JONS_WORK, to_agent=to_agent, queue_id=queue_id, note="where is it?")
    return installation.control.consult(wish, installation.now)


def talks_with(installation: Installation, *parties: PartyId) -> None:
    wish = TalkWith(call_id=CALL, agent_id=MEI, party_ids=parties)
    installation.take(done(installation.control.talk_with(wish, installation.now)))


def hands_over(installation: Installation) -> None:
    installation.take(done(installation.control.hand_over(HandOver(call_id=CALL, agent_id=MEI), installation.now)))


def jon_is_up(installation: Installation, leg: LegId = JON_LEG) -> None:
    installation.happens(LegConnected(at=installation.now, leg_id=leg, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=JON))


def leg_drops(installation: Installation, agent: AgentId, leg: LegId) -> None:
    installation.happens(
        LegEnded(
            at=installation.now,
            leg_id=leg,
            node_id=NODE,
            call_id=None,
            purpose=LegPurpose.AGENT,
            agent_id=agent,
            cause=EndCause.MEDIA_TIMEOUT,
        )
    )


def jon_accepts(installation: Installation, work_id: WorkId = JONS_WORK, queue_id: QueueId = BILLING) -> None:
    installation.happens(
        OfferAccepted(
            at=installation.now,
            offer_id=OfferId("offer_jon_1"),
            work_id=work_id,
            call_id=CALL,
            queue_id=queue_id,
            agent_id=JON,
            waited_s=2.0,
            purpose=Purpose.CONSULTATION,
        )
    )


def asking_ends(installation: Installation, cause: WorkEnd, work_id: WorkId = JONS_WORK) -> None:
    installation.happens(
        WorkEnded(at=installation.now, work_id=work_id, call_id=CALL, queue_id=BILLING, agent_id=None, cause=cause, waited_s=9.0)
    )


def has_a_place(installation: Installation, queue_id: QueueId = BILLING, work_id: WorkId = JONS_WORK) -> None:
    installation.happens(
        WorkEnqueued(
            at=installation.now,
            work_id=work_id,
            call_id=CALL,
            channel=Channel.CALL,
            queue_id=queue_id,
            customer_id=None,
            priority=0,
            position=1,
            purpose=Purpose.TRANSFER,
        )
    )


@pytest.fixture
def asked(talking: Installation) -> Installation:
    jon_is_up(talking)
    talking.now += 10
    talking.forget()
    talking.take(done(asks(talking)))
    return talking


@pytest.fixture
def consulting(asked: Installation) -> Installation:
    asked.now += 3
    jon_accepts(asked)
    return asked


# ── the table ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_while_the_colleague_rings_the_customer_hears_music_and_the_agent_the_ringing(asked: Installation) -> None:
    assert ears(asked) == {CUSTOMER: MUSIC, MEI_LEG: RINGING}
    (work,) = asked.in_line
    assert (work.work_id, work.purpose, work.asked_by, work.only_agent) == (JONS_WORK, Purpose.CONSULTATION, MEI, JON)
    assert (work.queue_id, work.continues) == (BILLING, None)
    (told,) = asked.told(ColleagueAsked)
    assert (told.note, told.agent_id, told.to_agent_id) == ("where is it?", MEI, JON)
    assert {text.leg_id for text in asked.texts if isinstance(text, StopText)} == {CUSTOMER, MEI_LEG}, "nobody's business"
    assert (asked.recording.left, asked.recording.right) == ((), ())


def test_the_colleague_who_answers_talks_with_the_agent_while_the_customer_hears_music(consulting: Installation) -> None:
    assert ears(consulting) == {CUSTOMER: MUSIC, MEI_LEG: (JON_LEG,), JON_LEG: (MEI_LEG,)}
    (joined,) = consulting.told(PartyJoined)
    assert (joined.agent_id, joined.work_id, joined.role) == (JON, JONS_WORK, "consultant")
    assert consulting.told(CallConnected) == [], "the customer hears nobody else"
    assert [text for text in consulting.texts if isinstance(text, StartText)] == []


def test_swapping_back_and_forth(consulting: Installation) -> None:
    talks_with(consulting, C)
    assert ears(consulting) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,), JON_LEG: MUSIC}
    talks_with(consulting, J)
    assert ears(consulting) == {CUSTOMER: MUSIC, MEI_LEG: (JON_LEG,), JON_LEG: (MEI_LEG,)}
    talks_with(consulting)
    assert ears(consulting) == {CUSTOMER: MUSIC, MEI_LEG: (), JON_LEG: MUSIC}, "both wait"


def test_in_a_conference_everybody_hears_everybody_is_recorded_and_written_down(consulting: Installation) -> None:
    """The one who made it is heard in it too (Browser-Phone#191)."""
    consulting.forget()
    talks_with(consulting, C, J)
    assert ears(consulting) == {
        CUSTOMER: (JON_LEG, MEI_LEG),
        MEI_LEG: (CUSTOMER, JON_LEG),
        JON_LEG: (CUSTOMER, MEI_LEG),
    }
    assert set(consulting.recording.right) == {MEI_LEG, JON_LEG}
    assert {text.leg_id: text.offset_ms for text in consulting.texts if isinstance(text, StartText)} == {
        CUSTOMER: 13_000,
        MEI_LEG: 13_000,
        JON_LEG: 13_000,
    }


@pytest.mark.parametrize("conference", [False, True])
def test_handing_over_leaves_the_customer_with_the_colleague(consulting: Installation, conference: bool) -> None:
    """The hold of before is nobody's any more (Browser-Phone#230)."""
    if conference:
        talks_with(consulting, C, J)
    consulting.forget()
    hands_over(consulting)
    assert ears(consulting) == {CUSTOMER: (JON_LEG,), JON_LEG: (CUSTOMER,)}
    (told,) = consulting.told(CallTransferred)
    assert (told.work_id, told.agent_id, told.to_work_id, told.to_agent_id) == (MEIS_WORK, MEI, JONS_WORK, JON)
    assert told.conferenced is conference
    call = consulting.control.calls[CALL]
    assert (call.agent_id, call.work_id, call.consultant) == (JON, JONS_WORK, None)
    (changed,) = consulting.told(PartiesChanged)
    assert {(party.role, party.state) for party in changed.parties} == {("customer", "joined"), ("agent", "joined")}
    hold = TalkWith(call_id=CALL, agent_id=JON, party_ids=())
    consulting.take(done(consulting.control.talk_with(hold, consulting.now)))
    assert ears(consulting) == {CUSTOMER: MUSIC, JON_LEG: ()}, "it is Jon's call in everything"


def test_whoever_was_asked_in_another_queue_has_the_call_in_that_one(talking: Installation) -> None:
    jon_is_up(talking)
    talking.take(done(asks(talking, None, TECH)))
    jon_accepts(talking, queue_id=TECH)
    hands_over(talking)
    assert talking.control.calls[CALL].queue_id == TECH
    assert [told.queue_id for told in talking.told(CallTransferred)] == [TECH]


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (WorkEnd.DECLINED, EndCause.AGENT_DECLINED),
        (WorkEnd.NOT_ANSWERED, EndCause.AGENT_NO_ANSWER),
        (WorkEnd.TIMED_OUT, EndCause.AGENT_NOT_AVAILABLE),
        (WorkEnd.WITHDRAWN, EndCause.AGENT_NOT_AVAILABLE),
    ],
)
def test_asked_in_vain_the_customer_waits_until_the_agent_is_back_and_knows_why(
    asked: Installation, cause: WorkEnd, told: EndCause
) -> None:
    asked.forget()
    asking_ends(asked, cause)
    assert ears(asked) == {CUSTOMER: MUSIC, MEI_LEG: ()}
    (left,) = asked.told(PartyLeft)
    assert (left.cause, left.agent_id, left.work_id) == (told, JON, JONS_WORK)
    talks_with(asked, C)
    assert ears(asked) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,)}


def test_the_agent_who_asks_no_more_is_back_with_the_customer(asked: Installation) -> None:
    asked.take(done(asked.control.end_consultation(EndConsultation(call_id=CALL, agent_id=MEI), asked.now)))
    assert ears(asked) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,)}
    assert [left.work_id for left in asked.told(PartyLeft)] == [JONS_WORK]


def test_the_colleague_who_leaves_leaves_the_agent_to_take_the_customer_up(consulting: Installation) -> None:
    consulting.take(done(consulting.control.end_consultation(EndConsultation(call_id=CALL, agent_id=JON), consulting.now)))
    assert ears(consulting) == {CUSTOMER: MUSIC, MEI_LEG: ()}


def test_hold_before_a_consultation_stays_a_hold_and_is_taken_up_both_ways(talking: Installation) -> None:
    """One-way audio elsewhere (NethServer/dev#7462)."""
    jon_is_up(talking)
    talking.holds(True)
    talking.take(done(asks(talking)))
    jon_accepts(talking)
    assert ears(talking) == {CUSTOMER: MUSIC, MEI_LEG: (JON_LEG,), JON_LEG: (MEI_LEG,)}
    asking_ends(talking, WorkEnd.CONSULTED)
    talks_with(talking, C)
    assert ears(talking) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,)}


def test_the_colleague_who_answers_while_the_agent_is_back_with_the_customer_waits(asked: Installation) -> None:
    talks_with(asked, C)
    assert ears(asked) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,)}
    jon_accepts(asked)
    assert ears(asked) == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER,), JON_LEG: MUSIC}


# ── leaving while it rings, and without asking ──────────────────────────────────────────────────────────────────


def test_an_agent_who_leaves_while_it_rings_strands_nobody(asked: Installation) -> None:
    """The customer was left on hold, or cut off (flex-dialpad-addon-plugin#32, #35; plugin-flex-outbound-dialpad#39)."""
    asked.forget()
    hands_over(asked)
    call = asked.control.calls[CALL]
    assert (call.phase, call.work_id, call.agent) == (Phase.FLOW, JONS_WORK, None)
    assert [play.files for play in asked.asked(PlayPrompt)] == [(MUSIC,)]
    (told,) = asked.told(CallTransferred)
    assert (told.work_id, told.to_work_id, told.to_agent_id, told.queue_id) == (MEIS_WORK, JONS_WORK, None, BILLING)
    jon_accepts(asked)
    assert ears(asked) == {CUSTOMER: (JON_LEG,), JON_LEG: (CUSTOMER,)}
    assert [(connected.agent_id, connected.work_id) for connected in asked.told(CallConnected)] == [(JON, JONS_WORK)]


def transfers(installation: Installation) -> None:
    wish = Transfer(call_id=CALL, agent_id=MEI, work_id=JONS_WORK, queue_id=TECH, note="printer")
    installation.take(done(installation.control.transfer(wish, installation.now)))


def test_who_hands_a_call_on_leaves_it_when_it_has_its_place(talking: Installation) -> None:
    talking.forget()
    transfers(talking)
    (work,) = talking.in_line
    assert (work.purpose, work.continues, work.queue_id) == (Purpose.TRANSFER, MEIS_WORK, "queue_tech")
    assert talking.control.calls[CALL].is_talking, "until then the two talk on"
    has_a_place(talking, TECH)
    call = talking.control.calls[CALL]
    assert (call.phase, call.work_id, call.queue_id) == (Phase.FLOW, JONS_WORK, "queue_tech")
    (told,) = talking.told(CallTransferred)
    assert (told.work_id, told.agent_id, told.to_work_id) == (MEIS_WORK, MEI, JONS_WORK)
    assert {text.leg_id for text in talking.texts if isinstance(text, StopText)} == {CUSTOMER, MEI_LEG}
    has_a_place(talking)
    assert len(talking.told(CallTransferred)) == 1, "heard twice it is done once"


def test_the_same_wish_twice_asks_once(talking: Installation) -> None:
    transfers(talking)
    transfers(talking)
    assert len(talking.in_line) == 1


def test_a_call_that_is_being_handed_on_is_handed_on_once(talking: Installation) -> None:
    """A second place in line would ring for nobody: the first one's agent has left by then."""
    transfers(talking)
    again = Transfer(call_id=CALL, agent_id=MEI, work_id=WorkId("work_again"), queue_id=BILLING)
    assert talking.control.transfer(again, talking.now) == "this call is being handed on"
    consultation = Consult(call_id=CALL, agent_id=MEI, work_id=WorkId("work_again"), to_agent=JON)
    assert talking.control.consult(consultation, talking.now) == "this call is being handed on"
    has_a_place(talking)
    assert talking.control.calls[CALL].work_id == JONS_WORK


def test_a_place_that_comes_when_the_agent_has_signed_out_takes_nobody_elses_call(talking: Installation) -> None:
    transfers(talking)
    talking.take(talking.control.hand_back(MEI, talking.now))
    talking.agent_accepts()
    has_a_place(talking)
    assert talking.control.calls[CALL].is_talking


def test_a_refused_transfer_leaves_the_two_talking(talking: Installation) -> None:
    transfers(talking)
    (work,) = talking.in_line
    talking.forget()
    talking.take(talking.control.not_in_line(CALL, work, talking.now))
    assert talking.control.calls[CALL].is_talking
    (left,) = talking.told(PartyLeft)
    assert (left.cause, left.work_id) == (EndCause.AGENT_NOT_AVAILABLE, JONS_WORK)
    has_a_place(talking)
    assert talking.control.calls[CALL].is_talking, "what comes late after that means nothing"


def test_a_refused_consultation_is_over(asked: Installation) -> None:
    (work,) = asked.in_line
    asked.take(asked.control.not_in_line(CALL, work, asked.now))
    assert asked.control.calls[CALL].consultant is None
    assert [left.cause for left in asked.told(PartyLeft)] == [EndCause.AGENT_NOT_AVAILABLE]


# ── somebody's browser is gone ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["consulting", "swapped", "conference"])
def test_a_colleague_whose_page_is_loaded_anew_is_where_they_were(consulting: Installation, where: str) -> None:
    talks_with(consulting, *{"consulting": (J,), "swapped": (C,), "conference": (C, J)}[where])
    before = consulting.control.calls[CALL]
    leg_drops(consulting, JON, JON_LEG)
    assert JON_LEG not in consulting.mix.hears
    consulting.now += 5
    jon_is_up(consulting, LegId("leg_jon_2"))
    again = consulting.control.calls[CALL]
    assert again.consultant is not None
    assert before.consultant is not None
    assert (again.consultant.state, again.consultant.leg_id) == (before.consultant.state, "leg_jon_2")
    assert len(consulting.told(PartyJoined)) == 1


def test_a_colleague_who_does_not_come_back_has_left(consulting: Installation) -> None:
    leg_drops(consulting, JON, JON_LEG)
    consulting.now += GRACE_S
    consulting.take(consulting.control.handle_timer(consulting.now))
    assert [left.cause for left in consulting.told(PartyLeft)] == [EndCause.AGENT_LOST]
    assert ears(consulting) == {CUSTOMER: MUSIC, MEI_LEG: ()}


@pytest.mark.parametrize("conference", [False, True])
def test_an_agent_who_does_not_come_back_leaves_the_call_to_the_colleague_who_is_there(
    consulting: Installation, conference: bool
) -> None:
    if conference:
        talks_with(consulting, C, J)
    consulting.agent_leg_drops()
    assert ears(consulting) == ({CUSTOMER: (JON_LEG,), JON_LEG: (CUSTOMER,)} if conference else {CUSTOMER: MUSIC, JON_LEG: ()})
    consulting.now += GRACE_S
    consulting.take(consulting.control.handle_timer(consulting.now))
    assert ears(consulting) == {CUSTOMER: (JON_LEG,), JON_LEG: (CUSTOMER,)}
    assert [told.to_agent_id for told in consulting.told(CallTransferred)] == [JON]


def test_an_agent_who_signs_out_while_a_colleague_rings_hands_the_customer_back(asked: Installation) -> None:
    asked.take(asked.control.hand_back(MEI, asked.now))
    assert [left.work_id for left in asked.told(PartyLeft)] == [JONS_WORK]
    assert [told.work_id for told in asked.told(CallHandedBack)] == [MEIS_WORK]


def test_a_colleague_who_answers_when_nobody_asks_any_more_has_no_customer(asked: Installation) -> None:
    """The acceptance was on its way; the queues have heard that the asking is over, and ring for others."""
    asked.take(asked.control.hand_back(MEI, asked.now))
    jon_accepts(asked)
    call = asked.control.calls[CALL]
    assert (call.phase, call.agent) == (Phase.FLOW, None)
    asked.agent_accepts()
    assert asked.control.calls[CALL].agent_id == MEI


def test_a_colleague_who_signs_out_leaves(consulting: Installation) -> None:
    consulting.take(consulting.control.hand_back(JON, consulting.now))
    assert consulting.control.calls[CALL].consultant is None


def test_the_customer_who_hangs_up_ends_it_for_all(consulting: Installation) -> None:
    consulting.forget()
    consulting.customer_goes()
    assert consulting.control.calls == {}
    assert consulting.mix.hears == {}


@pytest.mark.parametrize("wishes", [lambda scene: scene.take(done(asks(scene))), transfers])
def test_what_is_told_of_other_work_concerns_nobody(talking: Installation, wishes: Callable[[Installation], None]) -> None:
    """Of what was asked earlier, and is told late."""
    wishes(talking)
    (enqueue,) = talking.in_line
    before = talking.control.calls
    jon_accepts(talking, EARLIER)
    asking_ends(talking, WorkEnd.DECLINED, EARLIER)
    has_a_place(talking, work_id=EARLIER)
    talking.take(talking.control.not_in_line(CALL, msgspec.structs.replace(enqueue, work_id=EARLIER), talking.now))
    assert talking.control.calls == before


# ── restarts and refusals ───────────────────────────────────────────────────────────────────────────────────────


def restarted(before: Installation) -> Installation:
    """Another process has taken up what was saved; perhaps nothing of it was done."""
    after = Installation()
    after.control.restore(list(before.control.calls.values()), list(before.control.agent_legs.values()))
    legs = [snapshot(CUSTOMER, LegPurpose.CALLER), snapshot(MEI_LEG, LegPurpose.AGENT)]
    after.take(after.control.reconcile(NODE, legs, after.now))
    return after


def test_after_a_restart_the_asking_goes_on(asked: Installation) -> None:
    after = restarted(asked)
    assert [(work.work_id, work.only_agent, work.asked_by) for work in after.in_line] == [(JONS_WORK, JON, MEI)]
    assert [told.note for told in after.told(ColleagueAsked)] == ["where is it?"]
    assert ears(after) == {CUSTOMER: MUSIC, MEI_LEG: RINGING}


def test_after_a_restart_a_call_is_still_handed_on(talking: Installation) -> None:
    transfers(talking)
    after = restarted(talking)
    (work,) = after.in_line
    assert (work.work_id, work.purpose, work.continues, work.queue_id) == (JONS_WORK, Purpose.TRANSFER, MEIS_WORK, "queue_tech")
    assert [told.note for told in after.told(ColleagueAsked)] == ["printer"]
    has_a_place(after)
    assert after.control.calls[CALL].work_id == JONS_WORK


def test_after_a_restart_the_asking_goes_on_while_the_agent_is_waited_for(asked: Installation) -> None:
    after = Installation()
    after.control.restore(list(asked.control.calls.values()), list(asked.control.agent_legs.values()))
    after.take(after.control.reconcile(NODE, [snapshot(CUSTOMER, LegPurpose.CALLER)], after.now))
    assert [work.work_id for work in after.in_line] == [JONS_WORK]


def test_after_a_restart_nothing_is_asked_that_is_over(consulting: Installation) -> None:
    assert restarted(consulting).in_line == []


def test_a_process_that_ended_in_the_middle_of_handing_on_does_it_again(asked: Installation) -> None:
    hands_over(asked)
    after = Installation()
    after.control.restore(list(asked.control.calls.values()), [])
    after.take(after.control.reconcile(NODE, [snapshot(CUSTOMER, LegPurpose.CALLER)], after.now))
    assert [(told.work_id, told.to_work_id) for told in after.told(CallTransferred)] == [(MEIS_WORK, JONS_WORK)]
    after.happens(after.told(CallTransferred)[0])
    again = Installation()
    again.control.restore(list(after.control.calls.values()), [])
    again.take(again.control.reconcile(NODE, [snapshot(CUSTOMER, LegPurpose.CALLER)], again.now))
    assert (again.told(CallTransferred), again.asked(PlayPrompt)) == ([], [])


def test_wishes_that_make_no_sense(asked: Installation) -> None:
    control, now = asked.control, asked.now
    other = Consult(call_id=CALL, agent_id=MEI, work_id=WorkId("work_other"), to_agent=AgentId("agent_x"))
    assert control.consult(other, now) == "a colleague is asked already"
    assert asks(asked) == [], "the same wish twice"
    assert control.hand_over(HandOver(call_id=CALL, agent_id=JON), now) == "this call is not with you"
    stranger = EndConsultation(call_id=CALL, agent_id=AgentId("agent_x"))
    assert control.end_consultation(stranger, now) == "this call is not with you"
    elsewhere = TalkWith(call_id=CALL, agent_id=MEI, party_ids=(PartyId("party_x"),))
    assert control.talk_with(elsewhere, now) == "whom you want to talk with is not in this call"


@pytest.mark.parametrize(
    ("to_agent", "queue_id", "why"),
    [
        (MEI, None, "nobody asks themselves"),
        (None, None, "either a colleague or a queue is asked"),
        (JON, BILLING, "either a colleague or a queue is asked"),
    ],
)
def test_nobody_to_ask(talking: Installation, to_agent: AgentId | None, queue_id: QueueId | None, why: str) -> None:
    assert asks(talking, to_agent, queue_id) == why


def test_a_colleague_without_sound_is_waited_for_and_then_given_up(asked: Installation) -> None:
    leg_drops(asked, JON, JON_LEG)
    jon_accepts(asked)
    call = asked.control.calls[CALL]
    assert call.consultant is not None
    assert (call.consultant.state, asked.told(PartyJoined)) == (PartyState.AWAY, [])
    jon_is_up(asked, LegId("leg_jon_2"))
    assert [joined.agent_id for joined in asked.told(PartyJoined)] == [JON]

"""Several people in a conversation, as the board and their desks see it: asked, joined, swapped, handed on, written up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.causes import EndCause, WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    CallConnected,
    CallHandedBack,
    CallTransferred,
    ColleagueAsked,
    OfferAccepted,
    OfferMade,
    PartiesChanged,
    PartyJoined,
    PartyLeft,
    WorkEnded,
    WrapUpFinished,
)
from core.ids import AgentId, LegId, OfferId, PartyId, QueueId, UserId, WorkId
from core.model import AgentState, Decision, Purpose, Strategy
from core.parties import Mode, Party, PartyState, Role
from server.live import messages as live
from server.live.calls import WRAP_UP_GRACE_S
from server.live.change import Change, told
from server.live.view import LiveView
from server.schemas import CallWrapUp
from server.sight import Sight
from tests.server.live.scene import (
    BILLING,
    CALL,
    ENDED,
    LEG,
    MEI,
    POP,
    SYSTEM,
    TALKING,
    WORK,
    QuietAcd,
    me,
    play,
    words,
)

AISHA, OFFER2, WORK2 = AgentId("agent_aisha"), OfferId("offer_2"), WorkId("work_2")
ORDERS = QueueId("queue_orders")
CUSTOMER = Party(party_id=PartyId("party_customer"), role=Role.CUSTOMER, state=PartyState.JOINED, leg_id=LEG)
AGENT = Party(party_id=PartyId("party_mei"), role=Role.AGENT, state=PartyState.JOINED, agent_id=MEI, work_id=WORK)
HELD = msgspec.structs.replace(CUSTOMER, state=PartyState.HELD)
INVITED = Party(
    party_id=PartyId("party_aisha"), role=Role.CONSULTANT, state=PartyState.INVITING, agent_id=AISHA, work_id=WORK2, until=40
)
COLLEAGUE = msgspec.structs.replace(INVITED, state=PartyState.JOINED, until=None)
CONSULT = ColleagueAsked(
    at=10,
    call_id=CALL,
    work_id=WORK2,
    purpose=Purpose.CONSULTATION,
    agent_id=MEI,
    to_agent_id=AISHA,
    queue_id=BILLING,
    note="second capture",
)
RINGS = OfferMade(
    at=10.1,
    offer_id=OFFER2,
    work_id=WORK2,
    call_id=CALL,
    queue_id=BILLING,
    agent_id=AISHA,
    expires_at=30,
    decision=Decision(strategy=Strategy.LONGEST_IDLE, candidates=(), summary="asked for"),
    purpose=Purpose.CONSULTATION,
    asked_by=MEI,
)
TAKEN = OfferAccepted(
    at=12,
    offer_id=OFFER2,
    work_id=WORK2,
    call_id=CALL,
    queue_id=BILLING,
    agent_id=AISHA,
    waited_s=2,
    purpose=Purpose.CONSULTATION,
)
JOINED = PartyJoined(
    at=12.1, call_id=CALL, party_id=COLLEAGUE.party_id, role=Role.CONSULTANT, mode=Mode.TALK, agent_id=AISHA, work_id=WORK2
)


def picture(version: int, *parties: Party, at: float = 10.0) -> PartiesChanged:
    return PartiesChanged(at=at, call_id=CALL, parties=parties, version=version)


def left(cause: EndCause) -> tuple[AnyEvent, ...]:
    """As it comes: the ACD says that the work is over, call control that the colleague is not there."""
    ended = WorkEnded(at=19, work_id=WORK2, call_id=CALL, queue_id=BILLING, agent_id=None, cause=WorkEnd.DECLINED, waited_s=9)
    gone = PartyLeft(
        at=19.1, call_id=CALL, party_id=INVITED.party_id, role=Role.CONSULTANT, cause=cause, agent_id=AISHA, work_id=WORK2
    )
    return ended, gone, picture(9, HELD, AGENT, at=19.1)


def transferred(to: AgentId | None, conferenced: bool = False) -> CallTransferred:
    return CallTransferred(
        at=50,
        call_id=CALL,
        work_id=WORK,
        agent_id=MEI,
        to_work_id=WORK2,
        to_agent_id=to,
        queue_id=BILLING if to else ORDERS,
        conferenced=conferenced,
    )


ALONE = picture(1, CUSTOMER, AGENT, at=5.1)
ASKED: tuple[AnyEvent, ...] = (CONSULT, picture(2, HELD, AGENT, INVITED), RINGS)
CONSULTING: tuple[AnyEvent, ...] = (*TALKING, ALONE, *ASKED, TAKEN, JOINED, picture(3, HELD, AGENT, COLLEAGUE, at=12.1))


def call_of(view: LiveView) -> Any:
    return view.calls.shown[CALL]


def told_to(agent_id: AgentId, changes: list[Change]) -> list[live.Message]:
    heard = (told(change, Sight(agent_id=agent_id)) for change in changes)
    return [message for message in heard if message is not None]


def desk_of(agent_id: AgentId, view: LiveView) -> live.Snapshot:
    return view.snapshot(me("agent"), SYSTEM, Sight(agent_id=agent_id))


def test_hold_and_swap_follow_from_what_the_customer_does(view: LiveView) -> None:
    play(view, *TALKING, ALONE)
    assert call_of(view).state == "talking"
    play(view, picture(2, HELD, AGENT, at=20))
    assert (call_of(view).state, call_of(view).parties[0].since) == ("held", 20)
    play(view, picture(3, HELD, msgspec.structs.replace(AGENT, state=PartyState.AWAY), at=25))
    assert call_of(view).parties[0].since == 20, "the customer has waited all the while"
    play(view, picture(4, CUSTOMER, AGENT, at=30))
    assert call_of(view).state == "talking"


def test_an_older_picture_that_comes_late_means_nothing(view: LiveView) -> None:
    play(view, *TALKING, ALONE, picture(3, HELD, AGENT))
    before = call_of(view)
    assert play(view, picture(2, CUSTOMER, AGENT), picture(3, HELD, AGENT)) == []
    assert call_of(view) == before


def test_an_offer_of_a_consultation_shows_who_asks_and_the_note_and_the_customer_before_the_answer(view: LiveView) -> None:
    play(view, *TALKING, ALONE)
    view.pop_ready(POP)
    messages = told_to(AISHA, play(view, *ASKED))
    assert [type(message) for message in messages] == [live.OfferMessage]
    offer = desk_of(AISHA, view).offers[0]
    assert offer.asked_by_name == "Mei"
    assert (offer.purpose, offer.asked_by, offer.note, offer.pop) == (Purpose.CONSULTATION, MEI, "second capture", POP)
    assert desk_of(AISHA, view).calls == (), "nothing of the talk while it only rings"
    assert (call_of(view).state, call_of(view).agent_id) == ("held", MEI)


def test_whoever_joins_is_told_everything_and_whoever_leaves_that_it_is_gone(view: LiveView) -> None:
    play(view, *TALKING, ALONE, words("I was charged twice"))
    view.pop_ready(POP)
    play(view, *ASKED)
    news = told_to(AISHA, play(view, TAKEN))
    assert {type(each) for each in news} >= {live.OfferEnded, live.CallMessage, live.PopMessage, live.SegmentMessage}
    play(view, JOINED, picture(3, HELD, AGENT, COLLEAGUE))
    assert [call.call_id for call in desk_of(AISHA, view).calls] == [CALL]
    assert (view.hands_of(AISHA).in_work, view.at_hand(AISHA, CALL)) == (True, True)
    gone = told_to(AISHA, play(view, *left(EndCause.AGENT_HUNG_UP)))
    assert live.CallRemoved(call_id=CALL) in gone
    assert desk_of(AISHA, view).calls == ()
    assert [call.call_id for call in desk_of(MEI, view).calls] == [CALL]


@pytest.mark.parametrize("cause", [EndCause.AGENT_DECLINED, EndCause.AGENT_NO_ANSWER, EndCause.AGENT_NOT_AVAILABLE])
def test_why_a_consultation_came_to_nothing_stands_until_the_agent_does_something(view: LiveView, cause: EndCause) -> None:
    play(view, *TALKING, ALONE, *ASKED, *left(cause))
    end = call_of(view).consultation_end
    assert (call_of(view).asked, end.cause, end.agent_id, call_of(view).state) == (None, cause, AISHA, "held")
    play(view, picture(10, CUSTOMER, AGENT))
    assert call_of(view).consultation_end is None
    play(view, *left(cause))
    assert call_of(view).consultation_end is None, "told twice"


def test_asking_somebody_else_is_doing_something(view: LiveView) -> None:
    play(view, *TALKING, ALONE, *ASKED, *left(EndCause.AGENT_DECLINED))
    play(view, msgspec.structs.replace(CONSULT, work_id=WorkId("work_3"), to_agent_id=None, queue_id=ORDERS))
    assert (call_of(view).consultation_end, call_of(view).asked.queue_id) == (None, ORDERS)


def test_handed_over_the_call_goes_on_with_the_colleague_while_the_first_agent_writes(view: LiveView) -> None:
    play(view, *CONSULTING, transferred(AISHA))
    call = call_of(view)
    assert (call.agent_id, call.work_id, call.state, call.ended_at) == (AISHA, WORK2, "held", None)
    assert call.wrap_ups == (CallWrapUp(agent_id=MEI, work_id=WORK, since=50),)
    assert call.names[MEI] == "Mei"
    assert (call.asked.note, call.asked.taken_by) == ("second capture", AISHA), "who went on has the note at hand"
    play(view, picture(11, CUSTOMER, msgspec.structs.replace(COLLEAGUE, role=Role.AGENT)))
    assert call_of(view).state == "talking"
    play(view, AgentStateChanged(at=50.1, agent_id=MEI, state=AgentState.WRAP_UP, since=50, until=110, work=(WORK,)))
    assert call_of(view).wrap_ups[0].until == 110
    assert [call.call_id for call in desk_of(MEI, view).calls] == [CALL]
    done = WrapUpFinished(at=60, call_id=CALL, work_id=WORK, agent_id=MEI, disposition="solved")
    assert live.CallRemoved(call_id=CALL) in told_to(MEI, play(view, done))
    assert [call.call_id for call in desk_of(AISHA, view).calls] == [CALL]


def test_a_wrap_up_beside_the_running_call_runs_out(view: LiveView, acd: QuietAcd) -> None:
    acd.in_hand = (WORK,)
    play(view, *CONSULTING, transferred(AISHA))
    view.refresh(50 + WRAP_UP_GRACE_S + 1, SYSTEM)
    assert call_of(view).wrap_ups != ()
    acd.in_hand = ()
    assert live.CallRemoved(call_id=CALL) in told_to(MEI, view.refresh(120, SYSTEM))
    assert call_of(view).wrap_ups == ()


def test_both_write_up_and_the_call_leaves_the_board_with_the_last(view: LiveView) -> None:
    play(view, *CONSULTING, transferred(AISHA), msgspec.structs.replace(ENDED, agent_id=AISHA))
    assert {each.agent_id for each in call_of(view).wrap_ups} == {MEI, AISHA}
    gone = play(view, WrapUpFinished(at=70, call_id=CALL, work_id=WORK2, agent_id=AISHA, disposition="solved"))
    assert live.CallRemoved(call_id=CALL) in told_to(AISHA, gone)
    assert CALL in view.calls.shown
    play(view, WrapUpFinished(at=71, call_id=CALL, work_id=WORK, agent_id=MEI, disposition="solved"))
    assert view.calls.shown == {}


ON = ColleagueAsked(
    at=40, call_id=CALL, work_id=WORK2, purpose=Purpose.TRANSFER, agent_id=MEI, queue_id=ORDERS, note="wants two lamps"
)
RINGS_ON = msgspec.structs.replace(RINGS, queue_id=ORDERS, purpose=Purpose.TRANSFER, at=50.1, expires_at=70)
ANSWERED = CallConnected(
    at=55,
    call_id=CALL,
    work_id=WORK2,
    agent_id=AISHA,
    queue_id=ORDERS,
    customer_leg=LEG,
    agent_leg=LegId("leg_3"),
    waited_s=5,
)


def test_a_transfer_waits_in_line_with_its_note_and_rings_as_any_caller(view: LiveView) -> None:
    play(view, *TALKING, ALONE, ON, transferred(None))
    call = call_of(view)
    assert (call.state, call.agent_id, call.work_id, call.queue_id) == ("waiting", None, WORK2, ORDERS)
    play(view, RINGS_ON)
    assert call_of(view).state == "ringing"
    assert desk_of(AISHA, view).offers[0].note == "wants two lamps"
    play(view, msgspec.structs.replace(TAKEN, queue_id=ORDERS, purpose=Purpose.TRANSFER), ANSWERED)
    assert (call_of(view).state, call_of(view).agent_id, call_of(view).asked.note) == ("talking", AISHA, "wants two lamps")
    assert [each.agent_id for each in call_of(view).wrap_ups] == [MEI]


def test_one_that_rings_before_the_agent_has_left_rings_still(view: LiveView) -> None:
    play(view, *TALKING, ALONE, ON, msgspec.structs.replace(RINGS_ON, at=40.1), transferred(None))
    assert call_of(view).state == "ringing"


def test_one_that_was_answered_before_the_agent_has_left_is_answered_still(view: LiveView) -> None:
    taken = msgspec.structs.replace(TAKEN, at=49, queue_id=ORDERS, purpose=Purpose.TRANSFER)
    play(view, *TALKING, ALONE, ON, msgspec.structs.replace(RINGS_ON, at=40.1), taken, transferred(None), ANSWERED)
    assert (call_of(view).state, call_of(view).agent_id, call_of(view).asked.taken_by) == ("talking", AISHA, AISHA)


def test_handed_over_while_the_colleague_still_rings(view: LiveView) -> None:
    play(view, *TALKING, ALONE, *ASKED, msgspec.structs.replace(transferred(None), queue_id=BILLING))
    call = call_of(view)
    assert (call.state, call.asked.purpose, call.consultation_end) == ("ringing", Purpose.TRANSFER, None)
    assert [party.role for party in call.parties] == ["customer"]


def test_a_caller_who_hangs_up_while_a_transfer_waits_leaves_the_wrap_up(view: LiveView) -> None:
    play(view, *TALKING, ALONE, ON, transferred(None), msgspec.structs.replace(ENDED, agent_id=None))
    assert (call_of(view).state, call_of(view).wrap_ups[0].agent_id) == ("wrap_up", MEI)


def test_a_transfer_that_nobody_takes_is_asked_of_nobody_any_more(view: LiveView) -> None:
    play(view, *TALKING, ALONE, ON, transferred(None))
    over = WorkEnded(at=90, work_id=WORK2, call_id=CALL, queue_id=ORDERS, agent_id=None, cause=WorkEnd.TIMED_OUT, waited_s=40)
    play(view, over)
    assert (call_of(view).state, call_of(view).asked) == ("ivr", None)


def test_handed_back_in_mid_conversation_only_supervisors_stay(view: LiveView) -> None:
    sam = Party(party_id=PartyId("party_sam"), role=Role.SUPERVISOR, state=PartyState.JOINED, user_id=UserId("user_sam"))
    play(view, *TALKING, picture(2, CUSTOMER, AGENT, sam))
    play(view, CallHandedBack(at=30, call_id=CALL, work_id=WORK, queue_id=BILLING, agent_id=MEI))
    assert [party.role for party in call_of(view).parties] == ["customer", "supervisor"]
    assert call_of(view).agent_id is None


LIVES = {
    "consulted": (*CONSULTING, *left(EndCause.AGENT_HUNG_UP)),
    "handed over": (*CONSULTING, transferred(AISHA), picture(11, CUSTOMER, msgspec.structs.replace(COLLEAGUE, role=Role.AGENT))),
    "transferred": (*TALKING, ALONE, ON, transferred(None), RINGS_ON),
}


@pytest.mark.parametrize("life", LIVES)
def test_everything_may_come_twice(view: LiveView, acd: QuietAcd, life: str) -> None:
    once = LiveView(acd)
    once.refresh(0, SYSTEM)
    for event in LIVES[life]:
        play(once, event)
        play(view, event)
        again = [change.message for change in play(view, event)]
        assert not [message for message in again if isinstance(message, live.CallMessage | live.CallRemoved)], event
        assert view.calls.shown == once.calls.shown, event


@pytest.mark.parametrize("late", [TAKEN, RINGS], ids=["accepted", "rings"])
def test_what_is_told_late_of_an_asking_that_is_over_gives_nobody_the_call(view: LiveView, late: AnyEvent) -> None:
    """Mei has signed out while Aisha rang: the caller waits in line with the call's own work."""
    back = CallHandedBack(at=19.2, call_id=CALL, work_id=WORK, agent_id=MEI, queue_id=BILLING)
    play(view, *TALKING, ALONE, *ASKED, *left(EndCause.AGENT_HUNG_UP)[:2], back)
    play(view, late)
    assert (call_of(view).state, call_of(view).agent_id) == ("waiting", None)
    assert desk_of(AISHA, view).calls == ()

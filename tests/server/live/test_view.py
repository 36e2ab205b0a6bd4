"""The board and the desk through the life of a call, message by message."""

from __future__ import annotations

import msgspec

from core.attention import Action, Entry, Severity, Subject
from core.causes import EndCause, WorkEnd
from core.events import (
    AgentStateChanged,
    AttentionChanged,
    CallEnded,
    LegMeasured,
    PartiesChanged,
    RecordingStarted,
    WorkEnded,
    WorkMoved,
    WrapUpFinished,
)
from core.ids import (
    AgentId,
    CallId,
    LegId,
    PartyId,
    QueueId,
    RecordingId,
)
from core.model import AgentState, Channel, LegPurpose, LegQuality
from core.parties import Party, PartyState
from core.parties import Role as PartyRole
from customers.callbacks import promise_of
from customers.identity import interaction_of_call
from server.live import messages as live
from server.live.calls import KEEP_ENDED_S, WRAP_UP_GRACE_S
from server.live.view import LiveView
from tests.server.live.scene import (
    ACCEPTED,
    BILLING,
    CALL,
    CONNECTED,
    ENDED,
    ENQUEUED,
    EXPIRED,
    IDENTIFIED,
    LEG,
    MADE,
    MEI,
    OFFER,
    POP,
    STARTED,
    STEPPED,
    SYSTEM,
    TALKING,
    WORK,
    QuietAcd,
    for_mei,
    play,
    seen_by,
    words,
)

HELD = PartiesChanged(
    at=7,
    call_id=CALL,
    version=2,
    parties=(
        Party(party_id=PartyId("party_customer_1"), role=PartyRole.CUSTOMER, state=PartyState.HELD),
        Party(party_id=PartyId("party_agent_1"), role=PartyRole.AGENT, state=PartyState.JOINED, agent_id=MEI),
    ),
)


def test_a_call_walks_over_the_board(view: LiveView) -> None:
    states = []
    for event in (*TALKING, HELD, ENDED):
        play(view, event)
        states.append(view.calls.shown[CALL].state)
    assert states == ["ivr", "ivr", "ivr", "waiting", "ringing", "ringing", "talking", "held", "wrap_up"]
    call = view.calls.shown[CALL]
    assert (call.customer_name, call.queue_id, call.agent_id, call.cause) == ("Dana Whitfield", BILLING, MEI, "caller:hung_up")
    assert [step.detail for step in call.path] == ["chose 2 (billing)"]


def test_the_offer_brings_the_pop_to_the_agent_before_anything_else_of_the_call(view: LiveView) -> None:
    before = for_mei(play(view, STARTED, IDENTIFIED, STEPPED, ENQUEUED) + view.pop_ready(POP))
    assert before == []
    messages = for_mei(play(view, MADE))
    assert isinstance(messages[0], live.OfferMessage)
    assert messages[0].offer.pop == POP
    assert messages[0].offer.reason == "longest idle of 1"


def test_an_offer_that_nobody_takes_sends_the_call_back_to_waiting(view: LiveView) -> None:
    play(view, STARTED, ENQUEUED, MADE)
    ended = [change.message for change in play(view, EXPIRED)]
    assert live.OfferEnded(offer_id=OFFER, cause="expired") in ended
    assert view.calls.shown[CALL].state == "waiting"
    assert view.offers.shown == {}


def test_the_agent_sees_the_words_of_the_own_call_and_partials_give_way_to_finals(view: LiveView) -> None:
    play(view, *TALKING)
    partial, final = for_mei(play(view, words("hel", final=False))), for_mei(play(view, words("hello there")))
    assert isinstance(partial[0], live.SegmentMessage)
    assert not partial[0].segment.final
    assert isinstance(final[0], live.SegmentMessage)
    assert final[0].segment.text == "hello there"
    assert view.calls.shown[CALL].last_words == "hello there"
    assert play(view, words("hel", final=False)) == [], "a late partial must not undo a final"


def test_another_agent_sees_nothing_of_it(view: LiveView) -> None:
    changes = play(view, *TALKING, words("hello"), RecordingStarted(at=7, call_id=CALL, recording_id=RecordingId("r"), path="p"))
    others = AgentId("agent_jonas")
    assert not [change for change in changes if change.agents is None or others in change.agents]


def test_everything_may_come_twice(view: LiveView) -> None:
    play(view, *TALKING, words("hello"))
    before = seen_by(view, "supervisor")
    for event in (STARTED, IDENTIFIED, STEPPED, ENQUEUED, CONNECTED, words("hello")):
        play(view, event)
    assert seen_by(view, "supervisor") == before


def test_a_finished_wrap_up_takes_the_call_off_the_board(view: LiveView) -> None:
    play(view, *TALKING, ENDED)
    until = AgentStateChanged(at=60.1, agent_id=MEI, state=AgentState.WRAP_UP, since=60, until=120, work=(WORK,))
    play(view, until)
    assert [each.until for each in view.calls.shown[CALL].wrap_ups] == [120]
    done = WrapUpFinished(at=70, call_id=CALL, work_id=WORK, agent_id=MEI, disposition="solved")
    assert live.CallRemoved(call_id=CALL) in for_mei(play(view, done))
    assert view.calls.shown == {}


def test_a_wrap_up_that_runs_out_takes_it_off_too(view: LiveView, acd: QuietAcd) -> None:
    play(view, *TALKING, ENDED)
    acd.in_hand = (WORK,)
    assert not view.refresh(60 + WRAP_UP_GRACE_S + 1, SYSTEM)
    acd.in_hand = ()
    removed = [change.message for change in view.refresh(121, SYSTEM)]
    assert removed == [live.CallRemoved(call_id=CALL)]


def test_a_caller_who_left_the_queue_stays_on_the_board_for_a_moment(view: LiveView) -> None:
    play(view, STARTED, ENQUEUED)
    play(view, CallEnded(at=10, call_id=CALL, cause=EndCause.CALLER_ABANDONED, started_at=1))
    assert view.calls.shown[CALL].state == "ended"
    assert view.refresh(10 + KEEP_ENDED_S - 1, SYSTEM) == []
    assert view.refresh(10 + KEEP_ENDED_S + 1, SYSTEM) != []
    assert view.calls.shown == {}


def test_an_agent_sees_only_the_own_things_and_a_supervisor_everything(view: LiveView) -> None:
    other = msgspec.structs.replace(STARTED, call_id=CallId("call_2"))
    play(view, *TALKING, words("hello"), other)
    view.pop_ready(POP)
    mine, all_of_it = seen_by(view, "agent"), seen_by(view, "supervisor")
    assert [call.call_id for call in mine.calls] == [CALL]
    assert {call.call_id for call in all_of_it.calls} == {CALL, "call_2"}
    assert list(mine.segments) == [CALL]
    assert list(mine.pops) == [call.interaction_id for call in mine.calls], "a conversation's, whatever its channel"


def test_what_needs_attention_is_shown_to_supervisors_until_it_is_cleared(view: LiveView) -> None:
    entry = Entry(
        entry_id="attention_1",
        code="disk_low",
        subject=Subject(kind="system"),
        severity=Severity.RED,
        since=1,
        raised_at=1,
        action=Action(code="open_system"),
    )
    play(view, AttentionChanged(at=1, entry=entry, what="raised"))
    assert seen_by(view, "admin").attention == (entry,)
    assert seen_by(view, "agent").attention == ()
    play(view, AttentionChanged(at=2, entry=msgspec.structs.replace(entry, cleared_at=2), what="cleared"))
    seen = seen_by(view, "admin")
    assert seen.attention == ()
    assert [each.entry_id for each in seen.cleared] == ["attention_1"]


def test_an_agent_who_is_no_longer_configured_leaves_the_board(view: LiveView, acd: QuietAcd) -> None:
    acd.people = ()
    gone = AgentStateChanged(at=5, agent_id=MEI, state=AgentState.SIGNED_OUT, reason="no longer configured", since=5)
    (change,) = play(view, gone)
    assert change.message == live.AgentRemoved(agent_id=MEI)
    assert change.board
    assert change.agents == frozenset({MEI})
    assert seen_by(view, "supervisor").agents == ()


def test_events_of_calls_nobody_knows_change_nothing(view: LiveView) -> None:
    assert play(view, IDENTIFIED, STEPPED, ENQUEUED, CONNECTED, ENDED, words("hello")) == []


def test_a_callback_is_offered_with_the_pop_of_its_first_call_and_dialled_on_the_agents_desk(view: LiveView) -> None:
    view.pop_ready(POP)
    offer = msgspec.structs.replace(MADE, call_id=None, channel=Channel.CALLBACK, origin_call_id=CALL)
    shown = for_mei(play(view, offer))[0]
    assert isinstance(shown, live.OfferMessage)
    assert (shown.offer.channel, shown.offer.call_id, shown.offer.pop) == (Channel.CALLBACK, None, POP)
    assert shown.offer.interaction_id == promise_of(CALL), "history has it under this name"
    dialled = CallId("call_2")
    accepted = msgspec.structs.replace(ACCEPTED, call_id=dialled, channel=Channel.CALLBACK, origin_call_id=CALL)
    play(view, accepted)
    started = msgspec.structs.replace(STARTED, call_id=dialled, outbound=True, agent_id=MEI, work_id=WORK, queue_id=BILLING)
    (told,) = for_mei(play(view, started))
    assert isinstance(told, live.CallMessage)
    assert (told.call.state, told.call.outbound, told.call.work_id) == ("dialling", True, WORK)
    assert told.call.interaction_id == interaction_of_call(dialled)
    play(view, msgspec.structs.replace(CONNECTED, call_id=dialled))
    assert view.calls.shown[dialled].state == "talking"


def test_how_a_call_sounds_is_how_its_customer_sounds_whoever_listens_in(view: LiveView) -> None:
    clear = LegQuality(packets_sent=1, packets_received=1, packets_lost=0, jitter_ms=1, round_trip_ms=20, codec="PCMA")
    measured = LegMeasured(at=7, leg_id=LEG, call_id=CALL, quality=clear)
    torn = msgspec.structs.replace(clear, packets_lost=500)
    play(view, *TALKING, measured)
    play(view, msgspec.structs.replace(measured, leg_id=LegId("leg_2"), purpose=LegPurpose.AGENT, agent_id=MEI, quality=torn))
    play(view, msgspec.structs.replace(measured, leg_id=LegId("leg_3"), purpose=LegPurpose.SUPERVISOR, quality=torn))
    assert view.calls.shown[CALL].quality == clear


def test_nothing_is_kept_of_calls_that_are_not_on_the_board(view: LiveView) -> None:
    """A pop may be ready only when its call has left: under load the news of both come late."""
    play(view, STARTED, IDENTIFIED, STEPPED)
    view.pop_ready(POP)
    play(view, words("hello"), ENDED)
    view.refresh(ENDED.at + 1, SYSTEM)
    assert view.calls.pops == {CALL: POP}
    view.refresh(ENDED.at + 60, SYSTEM)
    view.pop_ready(POP)
    play(view, words("hello again"))
    view.refresh(ENDED.at + 61, SYSTEM)
    assert (view.calls.shown, view.calls.pops, view.calls.words.of(CALL)) == ({}, {}, ())


def test_a_callers_work_that_is_taken_out_leaves_the_caller_in_the_flow(view: LiveView) -> None:
    play(view, STARTED, ENQUEUED)
    out = WorkEnded(at=9, work_id=WORK, call_id=CALL, queue_id=BILLING, agent_id=None, cause=WorkEnd.WITHDRAWN, waited_s=6)
    play(view, out)
    call = view.calls.shown[CALL]
    assert (call.state, call.work_id, call.queue_id, call.waiting_since) == ("ivr", None, None, None)


def test_a_moved_call_shows_its_new_queue(view: LiveView) -> None:
    orders = QueueId("queue_orders")
    play(view, STARTED, ENQUEUED)
    play(view, WorkMoved(at=9, work_id=WORK, call_id=CALL, from_queue_id=BILLING, queue_id=orders, by="user_sam"))
    assert view.calls.shown[CALL].queue_id == orders

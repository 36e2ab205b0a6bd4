"""Calls that we make: an agent takes a callback, the customer's phone rings, and every way it can go."""

from __future__ import annotations

import msgspec
import pytest

from core.causes import EndCause
from core.commands import DialLeg, HangUpLeg
from core.events import (
    Alert,
    CallbackRequested,
    CallConnected,
    CallEnded,
    CallStarted,
    LegAnswered,
    LegEnded,
    NodeLost,
    OfferAccepted,
    OfferWithdrawn,
)
from core.ids import CallId, CustomerId, LegId, OfferId, QueueId, WorkId
from core.model import Channel, LegKind, LegPurpose, LegSnapshot
from core.ports import CallbackTarget
from telephony.calls.actions import Ask, Batch, LookUpCallback
from telephony.calls.call import Phase
from telephony.calls.control import CallControl
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, MUSIC, NODE, RINGING, Installation

BACK = CallId("call_back")
PHONE = LegId("leg_back")
NUMBER = "+442079460180"
TARGET = CallbackTarget(number=NUMBER, name="Dana", language="en", customer_id=CustomerId("cust_dana"))
WORK = WorkId("work_back")


class Desk(Installation):
    """An installation with an agent who takes callbacks."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for: list[CallId | None] = []
        self.agent_is_up()

    def take(self, batches: list[Batch]) -> None:
        super().take(batches)
        self.asked_for += [
            action.origin_call_id for batch in batches for action in batch.actions if isinstance(action, LookUpCallback)
        ]

    def takes_callback(self, heard_after_s: float = 0.0) -> None:
        at = self.now
        self.now += heard_after_s
        self.happens(
            OfferAccepted(
                at=at,
                offer_id=OfferId("offer_back"),
                work_id=WORK,
                call_id=BACK,
                queue_id=QueueId("queue_billing"),
                agent_id=MEI,
                waited_s=120.0,
                channel=Channel.CALLBACK,
                origin_call_id=CALL,
            )
        )

    def number_is_found(self, target: CallbackTarget | None = TARGET) -> None:
        self.take(self.control.callback_found(BACK, target, self.now))

    def rings(self) -> None:
        self.takes_callback()
        self.number_is_found()

    def phone_answers(self) -> None:
        self.happens(LegAnswered(at=self.now, call_id=BACK, leg_id=PHONE, codec="PCMU"))

    def phone_ends(self, cause: EndCause) -> None:
        self.happens(LegEnded(at=self.now, leg_id=PHONE, node_id=NODE, call_id=BACK, purpose=LegPurpose.CALLER, cause=cause))

    def of(self, kind: type[msgspec.Struct]) -> list[msgspec.Struct]:
        return [message for message in (*self.commands, *self.events) if isinstance(message, kind)]

    @property
    def end(self) -> CallEnded:
        (ended,) = [event for event in self.events if isinstance(event, CallEnded) and event.call_id == BACK]
        return ended


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_number_is_looked_up_and_dialled_and_the_agent_hears_it_ring(desk: Desk) -> None:
    desk.takes_callback()
    assert (desk.asked_for, desk.commands) == ([CALL], [])
    desk.number_is_found()
    (dial,) = [command for command in desk.commands if isinstance(command, DialLeg)]
    assert (dial.leg_id, dial.call_id, dial.number) == (PHONE, BACK, NUMBER)
    assert (desk.mix.hears, desk.mix.sounds) == ({MEI_LEG: ()}, {MEI_LEG: RINGING})
    (started,) = [event for event in desk.events if isinstance(event, CallStarted)]
    assert (started.outbound, started.agent_id, started.caller) == (True, MEI, NUMBER)
    assert (started.customer_id, started.origin_call_id) == (CustomerId("cust_dana"), CALL)


def test_an_answered_phone_is_bridged_recorded_and_transcribed_like_any_call(desk: Desk) -> None:
    desk.rings()
    desk.phone_answers()
    assert desk.mix.hears == {PHONE: (MEI_LEG,), MEI_LEG: (PHONE,)}
    assert desk.recording.right == (MEI_LEG,)
    assert len(desk.texts) == 2
    (connected,) = [event for event in desk.events if isinstance(event, CallConnected)]
    assert (connected.work_id, connected.agent_id, connected.origin_call_id) == (WORK, MEI, CALL)
    desk.phone_ends(EndCause.CALLER_HUNG_UP)
    assert desk.end.cause is EndCause.CALLER_HUNG_UP
    assert desk.end.recording_path == f"recordings/{BACK}.wav"


@pytest.mark.parametrize("cause", [EndCause.PEER_BUSY, EndCause.PEER_NO_ANSWER, EndCause.PEER_REJECTED])
def test_who_cannot_be_reached_ends_the_call_and_frees_the_agent_s_ear(desk: Desk, cause: EndCause) -> None:
    desk.rings()
    desk.phone_ends(cause)
    assert desk.end.cause is cause
    assert desk.control.calls == {}
    assert desk.mix.hears == {}


def test_the_agent_may_hang_up_while_it_rings(desk: Desk) -> None:
    desk.rings()
    ended = desk.control.end(BACK, EndCause.AGENT_HUNG_UP, desk.now)
    assert not isinstance(ended, str)
    desk.take(ended)
    assert HangUpLeg(leg_id=PHONE, cause=EndCause.AGENT_HUNG_UP) in desk.commands
    assert desk.end.cause is EndCause.AGENT_HUNG_UP


def test_no_record_no_call(desk: Desk) -> None:
    desk.takes_callback()
    desk.number_is_found(None)
    assert desk.end.cause is EndCause.REFUSED_UNKNOWN_NUMBER
    assert desk.of(DialLeg) == []


def test_an_agent_without_audio_is_told_of_at_once(desk: Desk) -> None:
    desk.agent_leg_drops()
    desk.takes_callback()
    assert desk.end.cause is EndCause.AGENT_LOST


def test_an_agent_lost_while_it_rings_ends_the_ringing(desk: Desk) -> None:
    desk.rings()
    desk.agent_leg_drops()
    assert HangUpLeg(leg_id=PHONE, cause=EndCause.AGENT_LOST) in desk.commands
    assert desk.end.cause is EndCause.AGENT_LOST


def test_a_reloaded_page_is_bridged_when_the_customer_answers(desk: Desk) -> None:
    desk.rings()
    again = LegId("leg_mei_2")
    desk.agent_is_up(again)
    assert desk.mix.sounds == {again: RINGING}
    desk.phone_answers()
    assert desk.mix.hears == {PHONE: (again,), again: (PHONE,)}


def test_an_offer_taken_back_ends_the_ringing(desk: Desk) -> None:
    desk.rings()
    desk.happens(OfferWithdrawn(at=desk.now, offer_id=OfferId("offer_back"), work_id=WORK, agent_id=MEI))
    assert HangUpLeg(leg_id=PHONE, cause=EndCause.AGENT_LOST) in desk.commands
    assert desk.end.cause is EndCause.AGENT_LOST


def test_a_node_that_refuses_to_dial_is_told_to_people(desk: Desk) -> None:
    desk.rings()
    (dial,) = [command for command in desk.commands if isinstance(command, DialLeg)]
    desk.take(desk.control.ask_failed(BACK, Ask(node_id=NODE, command=dial), "no trunk takes calls from us", desk.now))
    assert desk.end.cause is EndCause.TRANSPORT_FAILED
    (alert,) = [event for event in desk.events if isinstance(event, Alert)]
    assert "no trunk takes calls from us" in alert.text


def test_an_acceptance_heard_twice_or_late_dials_nobody_again(desk: Desk) -> None:
    desk.rings()
    desk.phone_ends(EndCause.PEER_BUSY)
    desk.forget()
    desk.takes_callback()
    assert (desk.asked_for, desk.control.calls) == ([CALL], {})
    late = Desk()
    late.takes_callback(heard_after_s=60.0)
    assert (late.asked_for, late.control.calls) == ([], {})


def test_ringing_has_a_deadline_of_its_own(desk: Desk) -> None:
    desk.rings()
    deadline = desk.control.next_deadline()
    assert deadline is not None
    desk.now = deadline
    desk.take(desk.control.handle_timer(desk.now))
    assert desk.end.cause is EndCause.PEER_NO_ANSWER


def test_a_node_lost_while_it_rings_ends_the_call(desk: Desk) -> None:
    desk.rings()
    desk.now += 1
    desk.happens(NodeLost(at=desk.now, node_id=NODE, reason="killed"))
    assert desk.end.cause is EndCause.NODE_LOST


def test_a_restarted_server_goes_on_with_a_ringing_phone(desk: Desk) -> None:
    desk.rings()
    legs = [
        LegSnapshot(
            leg_id=PHONE,
            call_id=BACK,
            kind=LegKind.SIP,
            purpose=LegPurpose.CALLER,
            agent_id=None,
            answered=False,
        )
    ]
    desk.take(desk.control.reconcile(NODE, legs, desk.now))
    assert desk.control.calls[BACK].phase is Phase.DIALLING
    desk.take(desk.control.reconcile(NODE, [], desk.now))
    assert desk.end.cause is EndCause.NODE_LOST


# ── the call in which it was promised ─────────────────────────────────────────────────────────────────────────────


def waiting_caller(desk: Desk) -> None:
    desk.caller_rings()
    desk.number_is_known()
    desk.is_answered()
    desk.waits()


def promise(desk: Desk) -> None:
    queue = QueueId("queue_billing")
    desk.happens(CallbackRequested(at=desk.now, work_id=WorkId(f"work_{CALL}"), call_id=CALL, queue_id=queue, customer_id=None))


def test_a_caller_who_leaves_after_the_promise_has_not_given_up(desk: Desk) -> None:
    waiting_caller(desk)
    promise(desk)
    desk.customer_goes()
    assert [event.cause for event in desk.events if isinstance(event, CallEnded)] == [EndCause.CALLBACK_PROMISED]


def test_who_still_hears_the_goodbye_is_hung_up_before_the_phone_is_to_ring(desk: Desk) -> None:
    waiting_caller(desk)
    promise(desk)
    desk.rings()
    assert desk.commands.index(HangUpLeg(leg_id=CUSTOMER, cause=EndCause.CALLBACK_PROMISED)) < next(
        index for index, command in enumerate(desk.commands) if isinstance(command, DialLeg)
    )
    assert CALL not in desk.control.calls


def test_a_customer_who_answers_while_the_agent_is_gone_hears_music(desk: Desk) -> None:
    desk.rings()
    # The loss of the leg is noticed later than the answer when both happen at once: here the next process has not heard of it.
    before, desk.control = desk.control, CallControl(MUSIC, RINGING)
    desk.control.restore(before.calls.values(), [])
    desk.phone_answers()
    assert (desk.mix.hears, desk.mix.sounds) == ({PHONE: ()}, {PHONE: MUSIC})
    again = LegId("leg_mei_2")
    desk.agent_is_up(again)
    assert desk.mix.hears == {PHONE: (again,), again: (PHONE,)}

"""Agents come and go in mid-conversation: who hears what, and who waits where."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.commands import (
    PlayPrompt,
    SetMix,
)
from core.events import (
    CallConnected,
    CallEnded,
    CallHandedBack,
    LegConnected,
    OfferAccepted,
)
from core.ids import AgentId, CallId, LegId, OfferId, QueueId, WorkId
from core.model import LegPurpose
from telephony.calls.actions import StartText
from telephony.calls.call import Phase
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MUSIC, NODE, Installation, snapshot, stands

JON, JON_LEG = AgentId("agent_jon"), LegId("leg_jon")


def jon_accepts(installation: Installation, call: CallId = CALL) -> None:
    installation.happens(LegConnected(at=installation.now, leg_id=JON_LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=JON))
    installation.happens(
        OfferAccepted(
            at=installation.now,
            offer_id=OfferId("offer_2"),
            work_id=WorkId(f"work_{call}"),
            call_id=call,
            queue_id=QueueId("queue_billing"),
            agent_id=JON,
            waited_s=9.0,
        )
    )


@pytest.mark.parametrize("before", ["talking", "held", "agent away"])
def test_who_leaves_in_mid_conversation_leaves_the_customer_with_music_and_in_the_flow(
    talking: Installation, before: str
) -> None:
    if before == "held":
        talking.holds(True)
    elif before == "agent away":
        talking.agent_leg_drops()
    assert stands(talking.control.calls[CALL]) == before
    talking.forget()
    talking.take(talking.control.hand_back(MEI, talking.now))
    call = talking.control.calls[CALL]
    assert (call.phase, call.agent_id, call.agent_leg) == (Phase.FLOW, None, None)
    assert [(play.leg_id, play.files, play.loop) for play in talking.asked(PlayPrompt)] == [(CUSTOMER, (MUSIC,), True)]
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: ()}, {})
    (told,) = talking.told(CallHandedBack)
    assert (told.work_id, told.agent_id, told.queue_id) == (f"work_{CALL}", MEI, "queue_billing")
    assert (talking.recording.left, talking.recording.right) == ((), ()), "it runs on, and hears nobody"
    assert talking.control.hand_back(MEI, talking.now) == [], "a second time there is nothing to hand back"


def test_the_next_agent_goes_on_in_the_same_recording(talking: Installation) -> None:
    first = talking.recording
    talking.now += 20
    talking.take(talking.control.hand_back(MEI, talking.now))
    talking.forget()
    talking.now += 10
    jon_accepts(talking)
    again = talking.recording
    assert (again.recording_id, again.path, again.right) == (first.recording_id, first.path, (JON_LEG,))
    assert [text.offset_ms for text in talking.texts if isinstance(text, StartText)] == [30_000, 30_000]
    assert [event.agent_id for event in talking.told(CallConnected)] == [JON]
    talking.now += 5
    talking.customer_goes()
    (ended,) = talking.told(CallEnded)
    assert (ended.cause, ended.agent_id, ended.recording_ms) == (EndCause.CALLER_HUNG_UP, JON, 35_000)


def test_the_next_agent_whose_audio_is_late_is_connected_when_it_comes(talking: Installation) -> None:
    talking.take(talking.control.hand_back(MEI, talking.now))
    talking.forget()
    talking.happens(
        OfferAccepted(
            at=talking.now,
            offer_id=OfferId("offer_2"),
            work_id=WorkId(f"work_{CALL}"),
            call_id=CALL,
            queue_id=QueueId("queue_billing"),
            agent_id=JON,
            waited_s=9.0,
        )
    )
    assert stands(talking.control.calls[CALL]) == "agent away"
    talking.happens(LegConnected(at=talking.now, leg_id=JON_LEG, node_id=NODE, purpose=LegPurpose.AGENT, agent_id=JON))
    assert [event.agent_id for event in talking.told(CallConnected)] == [JON]


def test_who_hangs_up_after_being_handed_back_has_abandoned(talking: Installation) -> None:
    talking.take(talking.control.hand_back(MEI, talking.now))
    talking.customer_goes()
    assert [event.cause for event in talking.told(CallEnded)] == [EndCause.CALLER_ABANDONED]


def restarted(before: Installation) -> Installation:
    """Another process, which takes the call back from what was saved and from its node."""
    after = Installation()
    after.control.restore(list(before.control.calls.values()), [])
    after.take(after.control.reconcile(NODE, [snapshot(CUSTOMER, LegPurpose.CALLER)], after.now))
    return after


def test_after_a_hand_back_that_was_told_a_restart_leaves_the_caller_to_the_flow(talking: Installation) -> None:
    """Music over the flow's voice would leave the flow waiting for the end of what it was saying."""
    talking.take(talking.control.hand_back(MEI, talking.now))
    (told,) = talking.told(CallHandedBack)
    talking.happens(told)
    after = restarted(talking)
    assert (after.asked(PlayPrompt), after.told(CallHandedBack)) == ([], [])

    jon_accepts(after)
    after.take(after.control.hand_back(JON, after.now))
    again = restarted(after)
    assert [told.agent_id for told in again.told(CallHandedBack)] == [JON], "the next one who leaves is told of anew"


def test_a_process_that_ended_in_the_middle_of_a_hand_back_does_it_again(talking: Installation) -> None:
    talking.take(talking.control.hand_back(MEI, talking.now))
    after = restarted(talking)
    assert [type(command) for command in after.commands] == [PlayPrompt, SetMix]
    assert [told.agent_id for told in after.told(CallHandedBack)] == [MEI]

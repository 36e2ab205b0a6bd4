"""Supervisors in calls: who hears them, whom they hear, and how they leave."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.commands import StopSupervising, Supervise
from core.events import LegEnded, PartyJoined, PartyLeft
from core.ids import CallId, LegId, NodeId, UserId
from core.model import LegPurpose
from core.parties import Mode
from telephony.calls.call import Phase
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, NODE, Installation, both_talk
from tests.telephony.calls.test_with_agent import jon_accepts

SAM, SAM_LEG = UserId("user_sam"), LegId("leg_sam")
STOP = StopSupervising(call_id=CALL, user_id=SAM)
OTHER, OTHER_CUSTOMER = CallId("call_2"), LegId("leg_customer_2")


def talk(installation: Installation) -> None:
    installation.agent_is_up()
    installation.caller_rings()
    installation.number_is_known()
    installation.is_answered()
    installation.waits()
    installation.agent_accepts()


@pytest.fixture
def talking() -> Installation:
    installation = Installation()
    talk(installation)
    return installation


def supervises(installation: Installation, mode: Mode, call_id: CallId = CALL, node: str = NODE, leg: LegId = SAM_LEG) -> str:
    """Why not; empty when it is done."""
    command = Supervise(call_id=call_id, user_id=SAM, leg_id=leg, node_id=NodeId(node), mode=mode)
    result = installation.control.supervise(command, installation.now)
    if isinstance(result, str):
        return result
    installation.take(result)
    return ""


def test_whoever_listens_hears_both_and_is_heard_by_nobody(talking: Installation) -> None:
    assert supervises(talking, Mode.LISTEN) == ""
    assert talking.mix.hears == both_talk() | {SAM_LEG: (CUSTOMER, MEI_LEG)}
    assert [(told.user_id, told.mode) for told in talking.told(PartyJoined)] == [(SAM, Mode.LISTEN)]
    assert talking.recording.right == (MEI_LEG,)


def test_a_whisper_reaches_the_agent_alone_and_no_recording(talking: Installation) -> None:
    supervises(talking, Mode.WHISPER)
    assert talking.mix.hears == {CUSTOMER: (MEI_LEG,), MEI_LEG: (CUSTOMER, SAM_LEG), SAM_LEG: (CUSTOMER, MEI_LEG)}
    assert talking.recording.right == (MEI_LEG,)


def test_whoever_joins_is_heard_by_both_and_recorded_on_our_side(talking: Installation) -> None:
    supervises(talking, Mode.LISTEN)
    supervises(talking, Mode.TALK)
    assert talking.mix.hears[CUSTOMER] == (MEI_LEG, SAM_LEG)
    assert talking.mix.hears[MEI_LEG] == (CUSTOMER, SAM_LEG)
    assert talking.recording.right == (MEI_LEG, SAM_LEG)
    assert [told.mode for told in talking.told(PartyJoined)] == [Mode.LISTEN, Mode.TALK]
    assert len(talking.control.calls[CALL].parties) == 3


def test_whoever_joined_and_talks_on_while_the_agent_is_away_is_recorded(talking: Installation) -> None:
    supervises(talking, Mode.TALK)
    talking.agent_leg_drops()
    assert talking.mix.hears == {CUSTOMER: (SAM_LEG,), SAM_LEG: (CUSTOMER,)}
    assert (talking.recording.left, talking.recording.right) == ((CUSTOMER,), (SAM_LEG,))


def test_what_is_said_again_changes_nothing(talking: Installation) -> None:
    supervises(talking, Mode.LISTEN)
    talking.forget()
    assert supervises(talking, Mode.LISTEN) == ""
    assert (talking.commands, talking.events) == ([], [])


def test_on_hold_the_customer_hears_music_and_the_supervisor_the_agent(talking: Installation) -> None:
    supervises(talking, Mode.LISTEN)
    talking.holds(True)
    assert talking.mix.hears == {CUSTOMER: (), MEI_LEG: (), SAM_LEG: (MEI_LEG,)}


def test_stopping_leaves_both_as_they_were_and_twice_is_once(talking: Installation) -> None:
    supervises(talking, Mode.TALK)
    talking.take(talking.control.stop_supervising(STOP, talking.now))
    assert talking.mix.hears == both_talk()
    assert [told.cause for told in talking.told(PartyLeft)] == [EndCause.SUPERVISOR_ENDED]
    assert talking.control.stop_supervising(STOP, talking.now) == []


def test_a_supervisors_browser_that_goes_leaves_the_call(talking: Installation) -> None:
    supervises(talking, Mode.WHISPER)
    gone = LegEnded(
        at=talking.now,
        leg_id=SAM_LEG,
        node_id=NODE,
        call_id=CALL,
        purpose=LegPurpose.SUPERVISOR,
        cause=EndCause.MEDIA_TIMEOUT,
    )
    talking.happens(gone)
    assert talking.mix.hears == both_talk()
    assert [told.cause for told in talking.told(PartyLeft)] == [EndCause.MEDIA_TIMEOUT]
    assert talking.control.calls[CALL].is_talking


def test_a_supervisor_who_had_just_gone_disturbs_nobody(talking: Installation) -> None:
    supervises(talking, Mode.LISTEN)
    batches, goes_on = talking.control.legs_missing(CALL, talking.mix, {SAM_LEG}, talking.now)
    talking.take(batches)
    assert goes_on
    assert talking.control.calls[CALL].is_talking
    assert talking.mix.hears == both_talk()


def test_another_call_is_heard_instead_in_one_step(talking: Installation) -> None:
    talking.caller_rings(OTHER, OTHER_CUSTOMER)
    talking.number_is_known(OTHER)
    talking.is_answered(OTHER, OTHER_CUSTOMER)
    supervises(talking, Mode.LISTEN)
    assert supervises(talking, Mode.LISTEN, OTHER) == "nobody talks in this call now"
    talking.waits(OTHER)
    jon_accepts(talking, OTHER)
    assert supervises(talking, Mode.LISTEN, OTHER) == ""
    assert [(told.call_id, told.user_id) for told in talking.told(PartyLeft)] == [(CALL, SAM)]
    assert SAM_LEG in talking.mix.hears
    assert all(party.user_id is None for party in talking.control.calls[CALL].parties)


def test_when_the_agent_leaves_the_supervisor_waits_in_silence_and_hears_the_next_one(talking: Installation) -> None:
    supervises(talking, Mode.WHISPER)
    talking.take(talking.control.hand_back(MEI, talking.now))
    assert (talking.mix.hears, talking.mix.sounds) == ({CUSTOMER: (), SAM_LEG: ()}, {})
    jon_accepts(talking)
    assert set(talking.mix.hears[SAM_LEG]) == {CUSTOMER, "leg_jon"}
    assert SAM_LEG not in talking.mix.hears[CUSTOMER]
    assert SAM_LEG not in talking.mix.hears[LegId("leg_jon")], "a whisper was for the one who left"


def test_an_agent_who_supervises_and_takes_a_call_leaves(talking: Installation) -> None:
    supervises(talking, Mode.LISTEN, leg=LegId("leg_jon"))
    talking.caller_rings(OTHER, OTHER_CUSTOMER)
    talking.number_is_known(OTHER)
    talking.is_answered(OTHER, OTHER_CUSTOMER)
    talking.waits(OTHER)
    jon_accepts(talking, OTHER)
    assert [told.call_id for told in talking.told(PartyLeft)] == [CALL]
    assert talking.control.calls[OTHER].is_talking


@pytest.mark.parametrize(
    ("call_id", "node", "leg", "why"),
    [
        (CallId("call_gone"), NODE, SAM_LEG, "nobody talks in this call now"),
        (CALL, NODE, MEI_LEG, "this is your own call"),
    ],
)
def test_what_cannot_be_is_said(talking: Installation, call_id: CallId, node: str, leg: LegId, why: str) -> None:
    assert supervises(talking, Mode.LISTEN, call_id, node, leg) == why


def test_an_agent_on_a_call_supervises_nobody_else(talking: Installation) -> None:
    """The leg would have left the customer for it."""
    talking.caller_rings(OTHER, OTHER_CUSTOMER)
    talking.number_is_known(OTHER)
    talking.is_answered(OTHER, OTHER_CUSTOMER)
    talking.waits(OTHER)
    jon_accepts(talking, OTHER)
    assert supervises(talking, Mode.LISTEN, leg=LegId("leg_jon")) == "you are on a call yourself"


def test_after_a_restart_supervisors_are_where_they_were(talking: Installation) -> None:
    supervises(talking, Mode.WHISPER)
    reborn = Installation()
    reborn.control.restore(talking.control.calls.values(), talking.control.agent_legs.values())
    supervises(reborn, Mode.LISTEN)
    assert reborn.control.calls[CALL].phase is Phase.CONVERSATION
    assert reborn.mix.hears == both_talk() | {SAM_LEG: (CUSTOMER, MEI_LEG)}

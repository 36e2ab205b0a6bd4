"""A living call that a release before parties has saved goes on with the same people in the same places."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.causes import EndCause
from core.ids import CallId, LegId
from core.model import LegPurpose, LegSnapshot
from core.parties import PartyState
from telephony.calls.call import Call, Phase
from telephony.calls.saved import read_call, read_calls
from tests.telephony.calls.installation import CALL, CUSTOMER, MEI, MEI_LEG, MUSIC, NODE, Installation, both_talk, stands

BEFORE: dict[str, Any] = {
    "call_id": CALL,
    "node_id": NODE,
    "kind": "sip",
    "caller": "+442079460180",
    "called": "1000",
    "display_name": "",
    "customer_token": None,
    "trunk": "carrier",
    "customer_leg": CUSTOMER,
    "offered_at": 900.0,
    "deadline": 9000.0,
    "started_at": 901.0,
    "flow_id": "flow_demo",
    "work_id": "work_1",
    "queue_id": "queue_billing",
    "agent_id": MEI,
    "agent_leg": MEI_LEG,
    "connected_at": 950.0,
    "recording_id": "rec_call_1",
    "recording_path": "recordings/call_1.wav",
}
"""As 0.1 writes it, but for the state."""
NOBODY = {"agent_id": None, "agent_leg": None}


def read(state: str, **changes: Any) -> Call:
    return read_call(msgspec.msgpack.encode(BEFORE | {"state": state} | changes))


@pytest.mark.parametrize(
    ("state", "changes", "phase", "is_now"),
    [
        ("offered", NOBODY, Phase.OFFERED, "offered"),
        ("answering", NOBODY, Phase.ANSWERING, "answering"),
        ("flow", NOBODY, Phase.FLOW, "flow"),
        ("dialling", {"agent_leg": None}, Phase.DIALLING, "dialling"),
        ("talking", {}, Phase.CONVERSATION, "talking"),
        ("held", {}, Phase.CONVERSATION, "held"),
        ("agent_away", {"agent_leg": None, "deadline": 980.0}, Phase.CONVERSATION, "agent away"),
    ],
)
def test_every_state_of_before(state: str, changes: dict[str, Any], phase: Phase, is_now: str) -> None:
    call = read(state, **changes)
    assert (call.phase, stands(call)) == (phase, is_now)
    assert call.agent_id == (BEFORE | changes)["agent_id"]
    assert (call.caller, call.recording_id, call.started_at) == ("+442079460180", "rec_call_1", 901.0)
    assert read_call(msgspec.msgpack.encode(call)) == call


def test_a_conversation_goes_on_and_ends_as_ever() -> None:
    installation = Installation()
    call = read("talking")
    installation.control.restore([call], [])
    installation.take(installation.control.reconcile(NODE, legs(CUSTOMER, MEI_LEG), installation.now))
    installation.holds(True)
    assert installation.mix.sounds == {CUSTOMER: MUSIC}
    installation.holds(False)
    assert installation.mix.hears == both_talk()
    installation.customer_goes()
    (ended,) = [event for event in installation.events if type(event).__name__ == "CallEnded"]
    assert (ended.cause, ended.agent_id) == (EndCause.CALLER_HUNG_UP, MEI)  # type: ignore[union-attr]


def test_an_agent_who_was_away_has_the_rest_of_the_grace() -> None:
    installation = Installation()
    installation.control.restore([read("agent_away", agent_leg=None, deadline=1010.0)], [])
    assert installation.control.next_deadline() == 1010.0
    installation.agent_is_up(LegId("leg_again"))
    assert installation.mix.hears == both_talk(LegId("leg_again"))
    installation.now = 1100.0
    assert installation.control.handle_timer(installation.now) == []


def test_an_agent_who_was_away_and_does_not_return_leaves_the_customer_to_another_one() -> None:
    installation = Installation(now=1011.0)
    installation.control.restore([read("agent_away", agent_leg=None, deadline=1010.0)], [])
    installation.take(installation.control.handle_timer(installation.now))
    assert installation.control.calls[CALL].phase is Phase.FLOW


DAMAGED: list[dict[str, Any]] = [
    {"state": 7},
    {"state": "flying"},
    {"state": "flow", "caller": 3},
    {"state": "flow", "call_id": None},
]


@pytest.mark.parametrize("damage", DAMAGED)
def test_what_is_damaged_is_named_and_the_others_are_read(damage: dict[str, Any]) -> None:
    good = msgspec.msgpack.encode(read("flow", **NOBODY))
    read_ones, unreadable = read_calls({"call_1": good, "call_2": msgspec.msgpack.encode(BEFORE | damage), "call_3": b"\xc1"})
    assert (set(read_ones), set(unreadable)) == ({CallId("call_1")}, {"call_2", "call_3"})


def test_states_of_parties_are_what_they_were() -> None:
    held = read("held")
    assert held.customer is not None
    assert held.customer.state is PartyState.HELD


def legs(customer: LegId, agent: LegId) -> list[LegSnapshot]:
    kinds = ((customer, LegPurpose.CALLER, None), (agent, LegPurpose.AGENT, MEI))
    return [
        LegSnapshot(leg_id=leg, call_id=CALL, kind="sip", purpose=purpose, agent_id=agent_id, answered=True)  # type: ignore[arg-type]
        for leg, purpose, agent_id in kinds
    ]

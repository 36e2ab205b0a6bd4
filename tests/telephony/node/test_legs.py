"""The table of legs: transitions, and ends."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.ids import AgentId, CallId, LegId
from core.model import LegKind, LegPurpose
from telephony.node.legs import TRANSITIONS, IllegalTransition, Leg, LegState, LegTable, Trigger, cause_of_end


def leg(name: str, state: LegState = LegState.UP, purpose: LegPurpose = LegPurpose.CALLER, **facts: object) -> Leg:
    call_id = CallId(f"call_{name}") if purpose is LegPurpose.CALLER else None
    return Leg(leg_id=LegId(name), kind=LegKind.SIP, purpose=purpose, state=state, since=0, call_id=call_id, **facts)  # type: ignore[arg-type]


def table(*legs: Leg) -> LegTable:
    found = LegTable()
    for one in legs:
        found.add(one)
    return found


@pytest.mark.parametrize("state", LegState)
@pytest.mark.parametrize("trigger", Trigger)
def test_only_the_transitions_of_the_table_are_legal(state: LegState, trigger: Trigger) -> None:
    legs = table(leg("a", state))
    if (state, trigger) in TRANSITIONS:
        assert legs.transition(LegId("a"), trigger, 1.0).state is TRANSITIONS[state, trigger]
    else:
        with pytest.raises(IllegalTransition, match=f"a leg that is {state} cannot {trigger}"):
            legs.transition(LegId("a"), trigger, 1.0)


def test_an_agents_leg_belongs_to_the_call_while_it_is_mixed_there() -> None:
    legs = table(leg("a"), leg("b", purpose=LegPurpose.AGENT, agent_id=AgentId("agent_1")))
    for name in ("a", "b"):
        legs.enter(LegId(name), CallId("call_a"))
    assert legs.get(LegId("b")).call_id == "call_a"

    for name in ("a", "b"):
        legs.leave(LegId(name), CallId("call_a"))
    assert legs.get(LegId("b")).call_id is None
    assert legs.get(LegId("a")).call_id == "call_a"


def test_who_is_in_another_call_by_now_does_not_leave_it_with_the_first() -> None:
    legs = table(leg("b", purpose=LegPurpose.AGENT, agent_id=AgentId("agent_1")))
    legs.enter(LegId("b"), CallId("call_2"))
    legs.leave(LegId("b"), CallId("call_1"))
    assert legs.get(LegId("b")).call_id == "call_2"


@pytest.mark.parametrize(
    ("ended", "by_peer", "cause"),
    [
        (leg("a"), True, EndCause.CALLER_HUNG_UP),
        (leg("a", LegState.OFFERED), True, EndCause.CALLER_CANCELLED),
        (leg("a", LegState.ANSWERING), True, EndCause.CALLER_CANCELLED),
        (leg("a"), False, EndCause.TRANSPORT_FAILED),
        (leg("a", LegState.ENDING, ending=EndCause.FLOW_HUNG_UP), True, EndCause.FLOW_HUNG_UP),
        (leg("a", purpose=LegPurpose.AGENT), True, EndCause.AGENT_LOST),
        (leg("a", purpose=LegPurpose.SUPERVISOR), True, EndCause.SUPERVISOR_ENDED),
    ],
)
def test_whose_doing_an_end_was(ended: Leg, by_peer: bool, cause: EndCause) -> None:
    assert cause_of_end(ended, by_peer=by_peer) is cause

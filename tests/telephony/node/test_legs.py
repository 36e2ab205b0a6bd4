"""The table of legs: transitions, bridges, ends."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.causes import EndCause
from core.ids import AgentId, CallId, LegId
from core.model import LegKind, LegPurpose
from telephony.node.legs import TRANSITIONS, IllegalTransition, Leg, LegState, LegTable, Trigger, cause_of_end

CALL = CallId("call_1")


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


def test_an_agents_leg_belongs_to_the_call_while_it_is_bridged() -> None:
    legs = table(leg("a"), leg("b", purpose=LegPurpose.AGENT, agent_id=AgentId("agent_1")))
    legs.bridge(CallId("call_a"), LegId("a"), LegId("b"))
    assert legs.get(LegId("b")).call_id == "call_a"

    legs.unbridge(LegId("b"), LegId("a"))
    assert legs.get(LegId("b")).call_id is None
    assert legs.get(LegId("a")).call_id == "call_a"


def test_unbridging_two_that_are_not_together_is_nothing() -> None:
    legs = table(leg("a"), leg("b"), leg("c"))
    legs.bridge(CALL, LegId("a"), LegId("b"))

    assert legs.unbridge(LegId("a"), LegId("c")) is None
    assert legs.get(LegId("a")).bridged_with == "b"


def test_a_leg_cannot_hear_itself() -> None:
    with pytest.raises(IllegalTransition, match="itself"):
        table(leg("a")).bridge(CALL, LegId("a"), LegId("a"))


def test_who_waits_too_long_at_the_door_is_found() -> None:
    legs = table(leg("a", LegState.OFFERED), leg("b", LegState.UP))

    assert legs.unclaimed(2.9, 3.0) == []
    assert [found.leg_id for found in legs.unclaimed(3.0, 3.0)] == ["a"]


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


NAMES = st.sampled_from([LegId(name) for name in "abcde"])


class Bridges(RuleBasedStateMachine):
    """Whatever is asked in whatever order, bridges stay symmetric and between legs that are up."""

    def __init__(self) -> None:
        super().__init__()
        self.legs = LegTable()

    @rule(name=NAMES, state=st.sampled_from([LegState.UP, LegState.OFFERED]), agent=st.booleans())
    def arrive(self, name: LegId, state: LegState, agent: bool) -> None:
        if self.legs.find(name) is None:
            self.legs.add(leg(name, state, LegPurpose.AGENT if agent else LegPurpose.CALLER))

    @rule(a=NAMES, b=NAMES)
    def bridge(self, a: LegId, b: LegId) -> None:
        try:
            left = self.legs.bridge(CALL, a, b)
        except IllegalTransition:
            return
        assert all({bridge.leg_a, bridge.leg_b} != {a, b} for bridge in left)
        assert self.legs.get(a).bridged_with == b

    @rule(a=NAMES, b=NAMES)
    def unbridge(self, a: LegId, b: LegId) -> None:
        self.legs.unbridge(a, b)

    @rule(name=NAMES)
    def leave(self, name: LegId) -> None:
        self.legs.remove(name)

    @invariant()
    def symmetric(self) -> None:
        for one in self.legs:
            if one.bridged_with is not None:
                other = self.legs.get(one.bridged_with)
                assert other.bridged_with == one.leg_id
                assert one.state is other.state is LegState.UP


TestBridges = Bridges.TestCase

"""Whose words are written down: of everybody who talks with the customer, and what changes with each picture."""

from __future__ import annotations

from typing import Any

import pytest

from core.ids import AgentId, CallId, LegId, NodeId, PartyId
from core.model import LegKind, Speaker
from core.parties import Mode, Party, PartyState, Role
from telephony.calls.actions import Action, StartText, StopText
from telephony.calls.call import Call, Phase
from telephony.calls.texts import begin, changes, speakers

CUSTOMER, MEI, JON = LegId("leg_customer"), LegId("leg_mei"), LegId("leg_jon")


def party(role: Role, leg_id: LegId | None, state: PartyState = PartyState.JOINED, **fields: Any) -> Party:
    return Party(party_id=PartyId(f"party_{role}_{leg_id}"), role=role, state=state, leg_id=leg_id, **fields)


def customer(state: PartyState = PartyState.JOINED) -> Party:
    return party(Role.CUSTOMER, CUSTOMER, state)


def colleague(state: PartyState = PartyState.JOINED, leg_id: LegId | None = JON) -> Party:
    return party(Role.CONSULTANT, leg_id, state, agent_id=AgentId("agent_jon"))


AGENT = party(Role.AGENT, MEI)


def call(*parties: Party, phase: Phase = Phase.CONVERSATION) -> Call:
    return Call(
        call_id=CallId("call_1"),
        node_id=NodeId("node_1"),
        kind=LegKind.SIP,
        caller="",
        called="1000",
        display_name="",
        customer_token=None,
        customer_leg=CUSTOMER,
        phase=phase,
        parties=parties,
        offered_at=0.0,
        deadline=9_999.0,
        connected_at=100.0,
    )


BOTH = {CUSTOMER: Speaker.CUSTOMER, MEI: Speaker.AGENT}


@pytest.mark.parametrize(
    ("present", "written"),
    [
        ((customer(), AGENT), BOTH),
        ((customer(), AGENT, colleague()), BOTH | {JON: Speaker.AGENT}),
        ((customer(), AGENT, colleague(PartyState.HELD)), BOTH),
        ((customer(), AGENT, colleague(PartyState.INVITING, None)), BOTH),
        ((customer(), AGENT, party(Role.SUPERVISOR, LegId("leg_sam"))), BOTH),
        ((customer(), AGENT, party(Role.CONSULTANT, JON, mode=Mode.LISTEN)), BOTH),
        ((customer(PartyState.HELD), AGENT, colleague()), {}),
        ((customer(), party(Role.AGENT, None, PartyState.AWAY)), {}),
        ((AGENT,), {}),
    ],
    ids=["talk", "conference", "swapped back", "rings", "supervised", "listens", "consultation", "agent away", "no customer"],
)
def test_whoever_talks_with_the_customer_is_written_down(present: tuple[Party, ...], written: dict[LegId, Speaker]) -> None:
    assert speakers(call(*present)) == written


def test_nothing_is_written_while_a_flow_has_the_customer() -> None:
    assert speakers(call(customer(), AGENT, phase=Phase.FLOW)) == {}


def told(actions: list[Action]) -> list[tuple[type, LegId]]:
    return [(type(action), action.leg_id) for action in actions if isinstance(action, StartText | StopText)]


def test_only_what_is_another_than_before_begins_or_ends() -> None:
    talk, conference = call(customer(), AGENT), call(customer(), AGENT, colleague())
    assert changes(talk, talk, 130.0) == []
    assert told(changes(talk, conference, 130.0)) == [(StartText, JON)]
    assert told(changes(conference, talk, 130.0)) == [(StopText, JON)]
    held = call(customer(PartyState.HELD), AGENT)
    assert told(changes(talk, held, 130.0)) == [(StopText, CUSTOMER), (StopText, MEI)]


def test_words_are_timed_from_the_first_connection() -> None:
    started = [action for action in begin(call(customer(), AGENT), 130.5) if isinstance(action, StartText)]
    assert [action.offset_ms for action in started] == [30_500, 30_500]

"""Who hears whom: the table, row by row, and what holds for every call that can be thought of."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import LegId, PartyId
from core.parties import Mode, Party, PartyState, Role
from telephony.calls.mix import NEVER_SILENT, Sound, mix, sounds
from tests.peers.situations import CONFERENCE, FLOW, LISTENS, NOT_THERE, SILENCE, TABLE, TALKING, A, B, C, S, party


@pytest.mark.parametrize("situation", TABLE)
def test_who_hears_whom(situation: str) -> None:
    parties, expected = TABLE[situation]
    assert _heard(parties) == expected


def test_while_a_card_number_is_paused_nobody_else_hears_it() -> None:
    everybody = (*CONFERENCE, LISTENS)
    assert _heard(everybody, card_pause=True) == {C: {A}, A: {C}, B: SILENCE, S: SILENCE}


def test_in_a_flow_the_customer_hears_the_flow_and_whoever_is_left_hears_the_others() -> None:
    assert _heard(TALKING, in_flow=True) == {C: FLOW, A: SILENCE}
    assert _heard(CONFERENCE, in_flow=True) == {C: FLOW, A: {B}, B: {A}}


def _heard(parties: tuple[Party, ...], **how: bool) -> dict[str, object]:
    hears, instead = mix(parties, **how), sounds(parties, **how)
    return {leg: instead[leg] if leg in instead else set(sources) for leg, sources in hears.items()}


# ── whatever comes together ─────────────────────────────────────────────────────────────────────────────────────


@st.composite
def calls(draw: st.DrawFn) -> list[Party]:
    """One customer, at most one agent, and anybody else, each doing anything."""
    roles = [Role.CUSTOMER, *draw(st.lists(st.sampled_from(Role), max_size=5))]
    if roles.count(Role.AGENT) > 1 or roles.count(Role.CUSTOMER) > 1:
        roles = list(dict.fromkeys(roles))
    ids = [PartyId(f"party_{number}") for number in range(len(roles))]
    parties = []
    for party_id, role in zip(ids, roles, strict=True):
        state = draw(st.sampled_from(PartyState))
        mode = draw(st.sampled_from(Mode)) if role is Role.SUPERVISOR else Mode.TALK
        parties.append(
            Party(
                party_id=party_id,
                role=role,
                state=state,
                leg_id=None if state in NOT_THERE else LegId(f"leg_{party_id}"),
                mode=mode,
                whispers_to=draw(st.sampled_from(ids)) if mode is Mode.WHISPER else None,
            )
        )
    return parties


@given(calls(), st.booleans(), st.booleans())
def test_ears(parties: list[Party], in_flow: bool, card_pause: bool) -> None:
    hears = mix(parties, in_flow=in_flow, card_pause=card_pause)
    instead = sounds(parties, in_flow=in_flow, card_pause=card_pause)
    by_leg = {party.leg_id: party for party in parties if party.leg_id is not None}

    assert set(hears) == set(by_leg), "everybody who has sound is told of, and nobody else"
    assert set(instead) == {leg for leg, sources in hears.items() if not sources}, "an ear hears people, or one thing"
    for leg, sources in hears.items():
        assert leg not in sources
        assert all(by_leg[source].state is PartyState.JOINED for source in (sources and {leg, *sources}))
        assert all(by_leg[source].mode is not Mode.LISTEN for source in sources)
    for leg, sound in instead.items():
        if by_leg[leg].role in NEVER_SILENT and not (card_pause and by_leg[leg].role is Role.OUTSIDE):
            assert sound is not Sound.SILENCE


@given(calls())
def test_who_talks_with_somebody_is_heard_by_him(parties: list[Party]) -> None:
    hears = mix(parties)
    talks = {party.leg_id for party in parties if party.leg_id is not None and party.mode is Mode.TALK}
    for leg in talks & hears.keys():
        assert all(leg in hears[other] for other in hears[leg] & talks)


@given(calls())
def test_a_listener_changes_nothing_for_anybody(parties: list[Party]) -> None:
    listener = Party(
        party_id=PartyId("listens"), role=Role.SUPERVISOR, state=PartyState.JOINED, leg_id=LegId("listens"), mode=Mode.LISTEN
    )
    beside = mix([*parties, listener])
    del beside[LegId("listens")]
    assert beside == mix(parties)


@given(calls())
def test_the_order_of_parties_means_nothing(parties: list[Party]) -> None:
    assert mix(reversed(parties)) == mix(parties)
    assert sounds(reversed(parties)) == sounds(parties)


@given(calls())
def test_a_bystander_hears_nothing_of_a_card_number(parties: list[Party]) -> None:
    hears = mix(parties, card_pause=True)
    bystanders = {p.leg_id for p in parties if p.leg_id is not None and p.role not in {Role.CUSTOMER, Role.AGENT}}
    assert all(not hears[leg] for leg in bystanders)
    assert all(not sources & bystanders for sources in hears.values())


def test_a_leg_that_changed_hands_is_heard_where_its_party_is() -> None:
    again = msgspec.structs.replace(party(A), leg_id=LegId("another browser"))
    assert mix((party(C), again))[LegId(C)] == {LegId("another browser")}

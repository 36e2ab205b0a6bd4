"""Parties change as the table says, and who has left never comes back."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.ids import PartyId
from core.parties import TRANSITIONS, IllegalMove, Party, PartyState, Role, moved


@pytest.mark.parametrize("old", PartyState)
@pytest.mark.parametrize("new", PartyState)
def test_only_what_the_table_says(old: PartyState, new: PartyState) -> None:
    party = Party(party_id=PartyId("party_1"), role=Role.OUTSIDE, state=old)
    if new in TRANSITIONS[old]:
        assert moved(party, new).state is new
    else:
        with pytest.raises(IllegalMove):
            moved(party, new)


def test_whoever_leaves_leaves_with_a_reason() -> None:
    party = Party(party_id=PartyId("party_1"), role=Role.CONSULTANT, state=PartyState.RINGING)
    left = moved(party, PartyState.LEFT, left_at=7.0, cause=EndCause.PEER_NO_ANSWER)
    assert (left.state, left.left_at, left.cause) == (PartyState.LEFT, 7.0, EndCause.PEER_NO_ANSWER)
    assert not TRANSITIONS[PartyState.LEFT]


def test_every_state_can_be_left() -> None:
    assert all(PartyState.LEFT in after for state, after in TRANSITIONS.items() if state is not PartyState.LEFT)

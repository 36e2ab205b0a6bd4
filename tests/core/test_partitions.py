"""Who owns which partition, as every worker decides for itself."""

from __future__ import annotations

import random

import pytest

from core.causes import EndCause
from core.events import CallEnded, LegConnected, NodeLost, OfferAccepted
from core.ids import AgentId, CallId, LegId, NodeId, OfferId, QueueId, WorkId, new_id
from core.model import LegPurpose
from core.partitions import (
    ALL,
    PARTITIONS,
    Member,
    Share,
    Table,
    addressee,
    calls_of,
    moves,
    partition_of,
    partition_of_event,
    parts,
)


def test_the_partition_of_a_call_is_the_same_for_ever() -> None:
    """Saved state and other releases rely on it."""
    assert [partition_of(call) for call in ("call_1", "call_0193f3c2a7", "x")] == [55, 45, 3]
    assert calls_of(CallId("call_1")) == addressee(55) == "calls:55"


def test_calls_are_spread_evenly() -> None:
    counts = [0] * PARTITIONS
    for _ in range(64_00):
        counts[partition_of(new_id("call"))] += 1
    assert min(counts) > 50
    assert max(counts) < 170


def test_what_concerns_one_call_goes_to_its_owner_and_the_rest_to_everybody() -> None:
    call = CallId("call_1")
    of_caller = LegConnected(at=0, leg_id=LegId("leg_1"), node_id=NodeId("node_1"), purpose=LegPurpose.CALLER, call_id=call)
    of_agent = LegConnected(at=0, leg_id=LegId("leg_1"), node_id=NodeId("node_1"), purpose=LegPurpose.AGENT, call_id=call)
    assert partition_of_event(of_caller) == partition_of(call)
    assert partition_of_event(of_agent) is None
    assert partition_of_event(NodeLost(at=0, node_id=NodeId("node_1"), reason="")) is None
    assert partition_of_event(CallEnded(at=0, call_id=call, cause=EndCause.CALLER_HUNG_UP, started_at=0)) == partition_of(call)
    assert partition_of_event(accepted(call)) is None, "whoever accepts may be listening in on somebody else's call"


def accepted(call: CallId) -> OfferAccepted:
    offer, work, queue, agent = OfferId("offer_1"), WorkId("work_1"), QueueId("queue_1"), AgentId("agent_1")
    return OfferAccepted(at=0, offer_id=offer, work_id=work, call_id=call, queue_id=queue, agent_id=agent, waited_s=0)


class Installation:
    """Workers that come, go and die, and decide one after the other in any order."""

    def __init__(self) -> None:
        self.shares: dict[int, Share] = {}
        self.living: set[str] = set()

    def decide(self, me: str) -> None:
        wish = moves(Table(self.shares, {name: Member(0, "", "") for name in self.living}), self.living, me)
        for p in wish.claim:
            share = self.shares.get(p, Share())
            assert share.owner not in self.living, "taken from somebody who lives"
            self.shares[p] = Share(share.token + 1, me)
        for p in wish.give_back:
            assert self.shares[p].owner == me
            self.shares[p] = Share(self.shares[p].token, "", "1-0")

    def owned(self) -> dict[str, int]:
        return {name: sum(share.owner == name for share in self.shares.values()) for name in self.living}


@pytest.mark.parametrize("seed", range(20))
def test_after_any_comings_and_goings_everything_is_owned_evenly(seed: int) -> None:
    chance = random.Random(seed)
    there = Installation()
    for step in range(30):
        if len(there.living) < 2 or (chance.random() < 0.5 and len(there.living) < 9):
            there.living.add(f"worker_{step}")
        else:
            there.living.discard(chance.choice(sorted(there.living)))
        for _ in range(chance.randrange(4)):
            there.decide(chance.choice(sorted(there.living)))
    for _ in range(4):
        for name in chance.sample(sorted(there.living), len(there.living)):
            there.decide(name)
    assert set(there.shares) == ALL
    assert sorted(there.owned().values()) == sorted(parts(sorted(there.living)).values())


def test_what_is_settled_stays() -> None:
    there = Installation()
    there.living = {"a", "b", "c"}
    for name in "abcabc":
        there.decide(name)
    before = dict(there.shares)
    for name in "abc":
        there.decide(name)
    assert there.shares == before

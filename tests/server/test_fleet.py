"""Which node and which recognizer get the next work."""

from __future__ import annotations

import pytest

from core.causes import EndCause
from core.events import AsrWorkerHeartbeat, LegConnected, LegEnded, NodeHeartbeat, NodeLost
from core.ids import LegId, NodeId, WorkerId
from core.model import LegPurpose, NodeState
from server.fleet import LOST_AFTER_S, Fleet, node_for_leg


def beat(
    name: str, at: float = 0.0, legs: int = 0, most: int = 10, *, region: str = "", state: NodeState = NodeState.UP
) -> NodeHeartbeat:
    return NodeHeartbeat(at=at, node_id=NodeId(name), legs=legs, max_legs=most, loop_lag_ms=1, region=region, state=state)


def worker(name: str, load: float = 0.0, model: str | None = "en", shedding: str = "none") -> AsrWorkerHeartbeat:
    return AsrWorkerHeartbeat(at=0.0, worker_id=WorkerId(name), model=model, streams=0, load=load, shedding=shedding)


def fleet(*events: NodeHeartbeat | AsrWorkerHeartbeat | LegConnected | LegEnded | NodeLost) -> Fleet:
    made = Fleet()
    for event in events:
        made.handle(event, event.at)
    return made


def connected(leg: str, node: str) -> LegConnected:
    return LegConnected(at=0.0, leg_id=LegId(leg), node_id=NodeId(node), purpose=LegPurpose.CALLER)


A, B, FULL = beat("a", legs=3), beat("b", legs=9, most=20), beat("full", legs=10)
LEEDS, BERLIN = beat("leeds", legs=8, region="leeds"), beat("berlin", legs=1, region="berlin")
DRAINING, DRAINED = beat("c", state=NodeState.DRAINING), beat("d", state=NodeState.DRAINED)
EQUAL = beat("x", legs=30, most=100), beat("y", legs=39, most=100)


@pytest.mark.parametrize(
    ("nodes", "region", "near", "chosen"),
    [
        ((), "", None, None),
        ((FULL,), "", None, None),
        ((A, B), "", None, "a"),  # by share, not by room
        ((A, B, FULL), "", "full", "a"),
        ((DRAINING, DRAINED), "", "c", None),
        ((DRAINING, FULL, B), "", "c", "b"),
        ((LEEDS, BERLIN), "", None, "berlin"),
        ((LEEDS, BERLIN), "leeds", None, "leeds"),
        ((LEEDS, BERLIN), "rome", None, "berlin"),
        ((LEEDS, BERLIN), "leeds", "berlin", "leeds"),  # near is less than region
        ((beat("leeds", legs=10, region="leeds"), BERLIN), "leeds", None, "berlin"),  # elsewhere rather than nowhere
        (EQUAL, "", None, "x"),
        (EQUAL, "", "y", "y"),  # loads within a tenth are equal: no way between nodes is needed
        ((beat("x", legs=20, most=100), EQUAL[1]), "", "y", "x"),
        ((beat("busy", at=2.0, legs=9), beat("dying", at=0.0)), "", "dying", "busy"),
        ((beat("leeds", at=0.0, region="leeds"), beat("berlin", at=2.0)), "leeds", None, "berlin"),
    ],
)
def test_who_gets_a_new_leg(nodes: tuple[NodeHeartbeat, ...], region: str, near: str | None, chosen: str | None) -> None:
    """Of the browser's region, then the least loaded, then where the call is; never a full or draining one."""
    newest = max((each.at for each in nodes), default=0.0)
    fresh = {each.node_id for each in nodes if each.at == newest}
    found = node_for_leg(nodes, fresh, region=region, near=NodeId(near) if near else None)
    assert found == chosen


def test_a_node_that_a_browser_does_not_hear_comes_last() -> None:
    """It may have died just now: its last heartbeat is fresh still."""
    assert node_for_leg((A, B), {A.node_id, B.node_id}, near=NodeId("a"), avoid=NodeId("a")) == "b"
    assert node_for_leg((A,), {A.node_id}, avoid=NodeId("a")) == "a"


def test_a_node_that_missed_a_heartbeat_gets_nothing_new_while_another_is_there() -> None:
    made = fleet(beat("dying", at=0, most=100), beat("well", at=2))
    assert made.node_for_new_leg(now=2.1) == "well"
    assert fleet(beat("late", at=0)).node_for_new_leg(now=2.1) == "late"


def test_legs_are_known_by_node_until_they_or_the_node_end() -> None:
    made = fleet(beat("a"), connected("x", "a"), connected("y", "a"))
    assert made.node_of(LegId("x")) == "a"
    ended = LegEnded(
        at=1, leg_id=LegId("x"), node_id=NodeId("a"), call_id=None, purpose=LegPurpose.CALLER, cause=EndCause.CALLER_HUNG_UP
    )
    made.handle(ended, 1)
    assert made.node_of(LegId("x")) is None
    made.handle(NodeLost(at=2, node_id=NodeId("a"), reason="killed"), 2)
    assert made.node_of(LegId("y")) is None
    assert made.node_for_new_leg(0) is None


def test_a_node_is_silent_after_three_missing_heartbeats() -> None:
    made = fleet(beat("a", at=100.0))
    assert made.silent_nodes(100.0 + LOST_AFTER_S) == []
    assert made.silent_nodes(100.1 + LOST_AFTER_S) == ["a"]


def test_recognizers_with_the_language_come_first_then_the_least_loaded_and_full_ones_never() -> None:
    made = fleet(
        worker("full", shedding="no_new"),
        worker("none", model=None),
        worker("ko", model="ko"),
        worker("b", 0.5),
        worker("a", 0.1),
    )
    assert made.workers_for("en-GB") == ["a", "b", "ko"]


def test_clocks_of_two_machines_may_be_far_apart() -> None:
    """One half a minute behind was never given a leg while another was there, and asked every second whether it lives."""
    made = Fleet()
    for second in range(5):
        made.handle(beat("behind", at=70.0 + second), 100.0 + second)
        made.handle(beat("ahead", at=130.0 + second, legs=5), 100.0 + second)
    assert made.silent_nodes(105.0) == []
    assert made.node_for_new_leg(105.0) == "behind"
    made.handle(beat("behind", at=80.0), 110.0)
    assert made.silent_nodes(110.0) == ["ahead"]
    assert made.node_for_new_leg(110.0, near=NodeId("ahead")) == "behind"

"""Which node and which recognizer get the next work."""

from __future__ import annotations

from core.causes import EndCause
from core.events import AsrWorkerHeartbeat, LegConnected, LegEnded, NodeHeartbeat, NodeLost
from core.ids import LegId, NodeId, WorkerId
from core.model import LegPurpose
from server.fleet import LOST_AFTER_S, Fleet


def beat(name: str, at: float = 0.0, legs: int = 0, most: int = 10) -> NodeHeartbeat:
    return NodeHeartbeat(at=at, node_id=NodeId(name), legs=legs, max_legs=most, loop_lag_ms=1)


def worker(name: str, load: float = 0.0, model: str | None = "en", shedding: str = "none") -> AsrWorkerHeartbeat:
    return AsrWorkerHeartbeat(at=0.0, worker_id=WorkerId(name), model=model, streams=0, load=load, shedding=shedding)


def fleet(*events: NodeHeartbeat | AsrWorkerHeartbeat | LegConnected | LegEnded | NodeLost) -> Fleet:
    made = Fleet()
    for event in events:
        made.handle(event)
    return made


def connected(leg: str, node: str) -> LegConnected:
    return LegConnected(at=0.0, leg_id=LegId(leg), node_id=NodeId(node), purpose=LegPurpose.CALLER)


def test_a_new_leg_goes_where_most_room_is_and_never_to_a_full_node() -> None:
    assert fleet(beat("a", legs=3), beat("b", legs=9, most=20)).node_for_new_leg(0) == "b"
    assert fleet(beat("a", legs=10)).node_for_new_leg(0) is None
    assert fleet().node_for_new_leg(0) is None


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
    made.handle(ended)
    assert made.node_of(LegId("x")) is None
    made.handle(NodeLost(at=2, node_id=NodeId("a"), reason="killed"))
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

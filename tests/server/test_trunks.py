"""How people are told of trunks: what is configured beside what the nodes know."""

from __future__ import annotations

import pytest

from core.events import NodeHeartbeat
from core.ids import NodeId
from core.model import TrunkReport
from server.attention.situation import TrunkFacts
from server.config.sections import Trunk
from server.health import trunk_finding
from server.trunks import TrunkAnswer, TrunkStatus, trunk_facts, trunk_states

CARRIER = Trunk(name="carrier", networks=("192.0.2.0/24",), proxy="sip:sip.carrier.example:5070;transport=tcp", keep_alive_s=30)
OFFICE = Trunk(name="office", networks=("10.1.0.0/16", "10.2.0.0/16"))
UP = TrunkReport(trunk_id="carrier", state="up", since=50, status=200, reason="OK", answered_at=90, round_trip_ms=12.5, calls=3)
DOWN = TrunkReport(trunk_id="carrier", state="down", since=60, status=503, reason="Full", answered_at=80, calls=1)


def beat(*trunks: TrunkReport, node: str = "node_a") -> NodeHeartbeat:
    return NodeHeartbeat(at=100, node_id=NodeId(node), legs=0, max_legs=10, loop_lag_ms=1, trunks=trunks)


def test_every_trunk_of_the_configuration_is_there_in_its_order() -> None:
    carrier, office = trunk_states((CARRIER, OFFICE), [beat(UP, TrunkReport(trunk_id="gone", calls=1))])
    assert carrier == TrunkStatus(
        trunk_id="carrier",
        address="sip.carrier.example:5070;transport=tcp",
        state="up",
        since=50,
        last_answer=TrunkAnswer(status=200, reason="OK", at=90),
        round_trip_ms=12.5,
        calls_now=3,
    )
    assert (office.address, office.state, office.since, office.last_answer, office.calls_now) == (
        "10.1.0.0/16, 10.2.0.0/16",
        "unknown",
        None,
        None,
        0,
    )


def test_of_several_nodes_the_worst_is_told_and_calls_are_added() -> None:
    told = trunk_states((CARRIER,), [beat(UP), beat(DOWN, node="node_b")])[0]
    assert (told.state, told.since, told.calls_now) == ("down", 60, 4)
    assert told.last_answer == TrunkAnswer(status=503, reason="Full", at=80)


def test_without_a_node_nothing_is_known() -> None:
    assert trunk_states((CARRIER,), [])[0].state == "unknown"


def test_only_trunks_that_are_asked_may_need_attention_and_one_that_is_silent_says_nothing() -> None:
    assert trunk_facts((CARRIER, OFFICE), [beat(UP)]) == (TrunkFacts(name="carrier", state="up", since=50, status=200),)
    assert trunk_facts((CARRIER,), [beat(DOWN)])[0].status == 503
    silent = TrunkReport(trunk_id="carrier", state="down", since=81, status=200, reason="OK", answered_at=80)
    assert trunk_facts((CARRIER,), [beat(silent)])[0].status == 0
    assert trunk_facts((CARRIER,), []) == (TrunkFacts(name="carrier", state="unknown", since=0),)


@pytest.mark.parametrize(
    ("report", "verdict", "words"),
    [
        (UP, "ok", "answers «200 OK» in 12 ms; 3 calls"),
        (DOWN, "failed", "down for 10 min; its last answer was «503 Full»; 1 calls"),
        (TrunkReport(trunk_id="carrier", state="down", since=60), "failed", "it has never answered"),
        (TrunkReport(trunk_id="carrier", since=600), "ok", "is being asked"),
    ],
)
def test_doctor_says_what_a_trunk_said(report: TrunkReport, verdict: str, words: str) -> None:
    finding = trunk_finding(trunk_states((CARRIER,), [beat(report)])[0], now=660)
    assert (finding.verdict, finding.part) == (verdict, "trunk carrier")
    assert words in finding.text

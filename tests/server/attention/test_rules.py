"""What is off, by each rule."""

from __future__ import annotations

import pytest

from core.attention import Severity
from core.causes import EndCause
from core.events import AgentStateChanged, Alert, CallEnded, NodeLost, NodeStarted, OfferAccepted, OfferExpired, OfferMade
from core.ids import AgentId, CallId, NodeId, OfferId, QueueId, WorkId
from core.model import AgentState, Decision, Strategy
from server.attention.happened import Happened
from server.attention.situation import FleetFacts, NodeFacts, TrunkFacts
from server.attention.thresholds import QueueThresholds, Thresholds
from server.https.facts import CertificateFacts
from tests.server.attention.situations import BILLING, NOW, queue, raised, seen, situation, stranded

DAY_S = 86_400.0

RED, AMBER, GREY = Severity.RED, Severity.AMBER, Severity.GREY
JONAS = AgentId("agent_jonas")


def test_nothing_is_off_when_all_is_well() -> None:
    assert raised(seen(situation(queue(), queue("queue_orders", waiting=1, oldest_since=NOW - 5)))) == {}


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        (queue(waiting=5, oldest_since=NOW), {"queue_waiting": AMBER}),
        (queue(waiting=15, oldest_since=NOW), {"queue_waiting": RED}),
        (queue(waiting=1, oldest_since=NOW - 40), {"queue_oldest": AMBER}),
        (queue(waiting=1, oldest_since=NOW - 130), {"queue_oldest": RED}),
        (queue(answered=125, answered_in_time=76), {"queue_service_level": AMBER}),
        (queue(answered=10, answered_in_time=10, abandoned=40), {"queue_service_level": RED, "queue_abandoned": RED}),
        (queue(answered=1, abandoned=1), {}),
        (queue(waiting=1, oldest_since=NOW - 30, stranded=stranded()), {"queue_nobody": RED}),
        (queue(waiting=1, oldest_since=NOW - 3, stranded=stranded(oldest_since=NOW - 3)), {}),
    ],
    ids=["five wait", "fifteen wait", "twice the promise", "six times the promise", "61 %", "80 % gone", "too few to say",
         "nobody is reachable", "for three seconds"],
)  # fmt: skip
def test_a_queue_that_is_off(off, expected) -> None:  # type: ignore[no-untyped-def]
    found = raised(seen(situation(off)))
    assert {code: severity for code, severity in found.items() if code != "queue_oldest" or code in expected} == expected


def test_what_a_queue_sets_itself_counts_there_and_nowhere_else() -> None:
    both = situation(queue(waiting=7, oldest_since=NOW), queue("queue_orders", waiting=7, oldest_since=NOW))
    found = seen(both, queue_billing=QueueThresholds(waiting_soon=10))
    assert [(sign.subject.id, sign.raises) for sign in found.signs if sign.code == "queue_waiting"] == [
        (BILLING, None),
        ("queue_orders", AMBER),
    ]


def test_a_threshold_of_zero_is_switched_off() -> None:
    off = Thresholds(waiting_soon=0, waiting_now=0, oldest_soon=0, oldest_now=0, nobody_after_s=0)
    assert raised(seen(situation(queue(waiting=90, oldest_since=NOW - 900, stranded=stranded())), off)) == {}


def test_who_waits_for_nobody_is_told_what_comes_next() -> None:
    (sign,) = [each for each in seen(situation(queue(stranded=stranded()))).signs if each.code == "queue_nobody"]
    assert (sign.next.code, sign.next.at) == ("leaves", NOW + 50)
    assert sign.figures["unreachable"] == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"fleet": FleetFacts(nodes=(), recognizers=1, transcribes=True)}, {"no_node": RED}),
        ({"fleet": FleetFacts(nodes=(NodeFacts(node_id="n", legs=390, max_legs=400),), recognizers=1, transcribes=True)},
         {"node_full": RED}),
        ({"fleet": FleetFacts(nodes=(NodeFacts(node_id="n", legs=0, max_legs=400),), recognizers=0, transcribes=True)},
         {"no_recognizer": GREY}),
        ({"fleet": FleetFacts(nodes=(NodeFacts(node_id="n", legs=0, max_legs=400),), recognizers=0, transcribes=False)}, {}),
        ({"trunks": (TrunkFacts(name="carrier-a", state="down", since=NOW),)}, {"trunk_down": RED}),
        ({"disk_free_gib": 1.0}, {"disk_low": AMBER}),
        ({"disk_free_gib": 0.1}, {"disk_low": RED}),
        ({"dead_letters": 3}, {"dead_letters": GREY}),
        ({"certificate": CertificateFacts(ends_at=NOW + 20 * DAY_S)}, {}),
        ({"certificate": CertificateFacts(ends_at=NOW + 10 * DAY_S)}, {"certificate_ends": AMBER}),
        ({"certificate": CertificateFacts(ends_at=NOW + 2 * DAY_S)}, {"certificate_ends": RED}),
        ({"certificate": CertificateFacts(ends_at=NOW + 2 * DAY_S, life_s=90 * DAY_S)}, {}),
        ({"certificate": CertificateFacts(ends_at=None, problem="unreachable")}, {"certificate_failed": AMBER}),
        ({"certificate": CertificateFacts(ends_at=NOW + 20 * DAY_S, life_s=90 * DAY_S, problem="refused")},
         {"certificate_failed": AMBER}),
        ({"certificate": CertificateFacts(ends_at=NOW + 2 * DAY_S, life_s=90 * DAY_S, problem="refused")},
         {"certificate_failed": RED}),
        ({"certificate": CertificateFacts(ends_at=NOW + 2 * DAY_S, life_s=6 * DAY_S, problem="refused")},
         {"certificate_failed": AMBER}),
    ],
)  # fmt: skip
def test_a_machine_that_is_off(fields, expected) -> None:  # type: ignore[no-untyped-def]
    assert raised(seen(situation(**fields))) == expected


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"queues": None}, ("queues", "")),
        ({"queues": {BILLING: None}}, ("queue", BILLING)),
        ({"fleet": None}, ("nodes", "")),
        ({"trunks": None}, ("trunks", "")),
        ({"trunks": (TrunkFacts(name="carrier-a", state="unknown", since=NOW),)}, ("trunks", "carrier-a")),
        ({"disk_free_gib": None}, ("disk", "")),
        ({"dead_letters": None}, ("dead_letters", "")),
    ],
)
def test_what_could_not_be_looked_at_is_said(fields, part) -> None:  # type: ignore[no-untyped-def]
    found = seen(situation(**fields))
    assert found.unknown == {part}
    assert raised(found) == {}


def missed(happened: Happened, *offers: str, at: float = NOW) -> None:
    for offer in offers:
        made = OfferMade(
            at=at,
            offer_id=OfferId(offer),
            work_id=WorkId("work_1"),
            call_id=None,
            queue_id=QueueId(BILLING),
            agent_id=JONAS,
            expires_at=at + 20,
            decision=Decision(strategy=Strategy.LONGEST_IDLE, candidates=(), summary=""),
        )
        for event in (made, OfferExpired(at=at + 20, offer_id=OfferId(offer), work_id=WorkId("work_1"), agent_id=JONAS)):
            happened.handle(event)


def test_missed_rings_stand_until_the_agent_takes_one() -> None:
    happened = Happened()
    missed(happened, "offer_1", "offer_2")
    missed(happened, "offer_2")  # told twice
    (sign,) = [each for each in seen(situation(happened=happened)).signs if each.code == "missed_rings"]
    assert (sign.raises, sign.figures["times"], sign.figures["queue_id"], sign.since) == (AMBER, 2, BILLING, NOW + 20)
    happened.handle(OfferAccepted(at=NOW + 90, offer_id=OfferId("offer_3"), work_id=WorkId("work_2"), call_id=None,
                                  agent_id=JONAS, queue_id=QueueId(BILLING), waited_s=1.0))  # fmt: skip
    assert raised(seen(situation(happened=happened))) == {}


def test_missed_rings_are_settled_when_the_agent_signs_out_and_forgotten_in_time() -> None:
    happened = Happened()
    missed(happened, "offer_1")
    assert not happened.forget(NOW + 800, 900)
    assert happened.forget(NOW + 1000, 900)
    missed(happened, "offer_1")
    happened.handle(AgentStateChanged(at=NOW + 30, agent_id=JONAS, state=AgentState.SIGNED_OUT, since=NOW + 30))
    assert raised(seen(situation(happened=happened))) == {}


def test_calls_that_were_cut_are_one_entry_a_cause() -> None:
    happened = Happened()
    for number in range(300):
        call = CallId(f"call_{number}")
        happened.handle(CallEnded(at=NOW + number, call_id=call, cause=EndCause.NODE_LOST, started_at=NOW - 60))
    happened.handle(CallEnded(at=NOW, call_id=CallId("call_x"), cause=EndCause.CALLER_HUNG_UP, started_at=NOW - 60))
    (sign,) = [each for each in seen(situation(happened=happened)).signs if each.code == "calls_cut"]
    assert (sign.figures["call_id"], sign.figures["times"]) == ("call_299", 200)


def test_a_lost_node_stands_until_another_one_has_begun_in_its_place() -> None:
    happened = Happened()
    happened.handle(NodeLost(at=NOW, node_id=NodeId("node_1"), reason="killed"))
    assert raised(seen(situation(happened=happened))) == {"node_lost": RED}
    happened.handle(NodeStarted(at=NOW + 2, node_id=NodeId("node_2"), pid=7))
    assert raised(seen(situation(happened=happened))) == {}


def test_what_a_part_says_itself_stands_until_it_says_that_all_is_well() -> None:
    happened = Happened()
    said = Alert(at=NOW, key="child:redis", severity="critical", text="…", code="child_keeps_ending", details={"name": "redis"})
    happened.handle(said)
    assert not happened.handle(said)
    assert raised(seen(situation(happened=happened))) == {"child_keeps_ending": RED}
    assert not happened.forget(NOW + 100, 5)
    happened.handle(Alert(at=NOW + 9, key="child:redis", severity="cleared", text=""))
    assert raised(seen(situation(happened=happened))) == {}


def test_a_process_of_which_nobody_says_any_more_that_it_keeps_ending_is_forgotten() -> None:
    """Its keeper was restarted, or it is not kept any more: in 0.1 the entry stood for ever."""
    happened = Happened()
    happened.handle(Alert(at=NOW, key="child:node 2", severity="critical", text="…", code="child_keeps_ending", details={}))
    happened.handle(Alert(at=NOW + 40, key="child:node 2", severity="critical", text="…", code="child_keeps_ending", details={}))
    happened.handle(Alert(at=NOW, key="acd:places_lost", severity="warning", text="…", code="places_lost", details={"count": 3}))
    assert not happened.forget(NOW + 150, 900)
    assert happened.forget(NOW + 161, 900)
    assert set(raised(seen(situation(happened=happened)))) == {"places_lost"}
    assert happened.forget(NOW + 901, 900)
    assert raised(seen(situation(happened=happened))) == {}

"""A leg's cost beside a peer's: medians of rounds that took turns, and no figure for a peer that was not measured."""

from __future__ import annotations

from pathlib import Path

from bench.sip_costs import BRIDGE, IDLE, Scene, beside, cost_row
from bench.sip_installation import Span

SCENE = Scene(folder=Path(), talk=Path(), legs=200, seconds=12)


def at_node(cpu_percent: float) -> Span:
    ours = {"node_sent": 10, "node_received": 9, "node_lost": 1, "node_ended_early": 0}
    return Span(cpu_percent, {**ours, "phones_sent": 9, "phones_received": 10, "phones_lost": 0, "phones_ended_early": 1}, 3.0)


def at_peer(cpu_percent: float) -> Span:
    return Span(cpu_percent, {"phones_sent": 9, "phones_received": 8, "phones_lost": 1, "phones_ended_early": 0}, 0.0)


def test_a_leg_costs_the_median_of_the_rounds_divided_by_the_legs() -> None:
    row = cost_row(BRIDGE, SCENE, [at_node(20), at_node(60), at_node(24)])
    assert (row["row"], row["value"], row["peer_value"]) == ("sip leg, bridge", 0.12, None)
    assert "100 pairs; each round 0.1000, 0.3000, 0.1200 %" in row["method"]


def test_lost_packets_and_lost_legs_of_both_sides_are_told() -> None:
    method = cost_row(IDLE, SCENE, [at_node(20)])["method"]
    assert "node sent 10, received 9 (lost 1); phones sent 9, received 10 (lost 0); legs lost 1" in method


def test_the_peer_stands_beside_with_its_rounds_and_its_way() -> None:
    row = beside(cost_row(BRIDGE, SCENE, [at_node(20)]), BRIDGE, SCENE, {BRIDGE: [at_peer(50), at_peer(70)]}, "22.1.0")
    assert row["peer_value"] == "Asterisk 22.1.0: 0.3000 %, 3.0 times ours"
    assert "each round 0.2500, 0.3500 %" in row["method"]
    assert "forwarded undecoded" in row["method"]
    assert "phones sent 9, received 8 (lost 1)" in row["method"]


def test_a_row_the_peer_was_not_asked_for_has_no_peer_s_value() -> None:
    row = cost_row(IDLE, SCENE, [at_node(20)])
    assert beside(row, IDLE, SCENE, {BRIDGE: [at_peer(50)]}, "22.1.0") == row

"""What agents press goes on sealed to the node of the customer's leg, or not at all."""

from __future__ import annotations

import pytest

from core.ids import CallId, LegId, NodeId
from core.sealing import Opener
from server.digits import Digits
from tests.peers import digits as peers

NODE, CUSTOMER, AGENT = NodeId("node_1"), LegId("leg_customer"), LegId("leg_mei")


def test_a_digit_is_sealed_again_for_the_node_that_told_its_key() -> None:
    digits, nodes = Digits(peers.OPENER), Opener.new()
    pressed = peers.pressed("7", AGENT, CallId("call_1"))
    assert digits.pass_on(pressed, NODE, CUSTOMER) is None
    digits.node_told(NODE, nodes.public)
    sealed = digits.pass_on(pressed, NODE, CUSTOMER)
    assert sealed is not None
    assert nodes.open(sealed, CUSTOMER) == "7"
    assert nodes.open(sealed, AGENT) is None
    digits.forget(NODE)
    assert digits.pass_on(pressed, NODE, CUSTOMER) is None


def test_what_is_sealed_to_somebody_else_or_is_no_key_goes_nowhere() -> None:
    digits = Digits(Opener.new())
    digits.node_told(NODE, Opener.new().public)
    assert digits.pass_on(peers.pressed("7", AGENT, None), NODE, CUSTOMER) is None
    with pytest.raises(ValueError, match="32 bytes"):
        digits.node_told(NODE, b"short")

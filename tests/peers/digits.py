"""Keys as they travel: sealed, and who may open them in a test."""

from __future__ import annotations

from core.commands import SealDigits
from core.events import DigitPressed
from core.ids import CallId, LegId, NodeId
from core.sealing import Opener, seal

OPENER = Opener.new()
SEAL_DIGITS = SealDigits(public_key=OPENER.public)
"""What a node must be told before it tells of a key."""
NODES_OPENER = Opener.new()
"""For nodes that are played."""


def opened(event: DigitPressed) -> str | None:
    return OPENER.open(event.sealed, event.leg_id)


def passed_on(event: DigitPressed, _: NodeId, leg_id: LegId) -> bytes | None:
    """As control does, to a node that holds `NODES_OPENER`."""
    digit = opened(event)
    return None if digit is None else seal(NODES_OPENER.public, digit, leg_id)


def pressed(digit: str, leg_id: LegId, call_id: CallId | None, at: float = 0.0) -> DigitPressed:
    sealed = seal(OPENER.public, digit, leg_id)
    return DigitPressed(at=at, leg_id=leg_id, call_id=call_id, sealed=sealed, duration_ms=100, method="rfc4733")

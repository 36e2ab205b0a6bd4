"""Keys that people press, as the control plane handles them: opened for flows, sealed again for the node that sends them on.

Invariant: no digit leaves this process in plain. What a caller pressed is opened in memory; what an agent pressed goes on
sealed to the node of the customer's leg, whose public key that node has told; to a node that has not, nothing is sent.
"""

from __future__ import annotations

from core.events import DigitPressed
from core.ids import LegId, NodeId
from core.sealing import Opener, seal


class Digits:
    """Owns the private key of this process and the public keys of the nodes."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self.public = opener.public
        """What nodes seal to."""
        self._nodes: dict[NodeId, bytes] = {}

    def node_told(self, node_id: NodeId, public_key: bytes) -> None:
        """Raises ValueError when it is no key."""
        seal(public_key, "", "")
        self._nodes[node_id] = public_key

    def forget(self, node_id: NodeId) -> None:
        self._nodes.pop(node_id, None)

    def open(self, event: DigitPressed) -> str | None:
        """See `core.ports.OpenDigit`."""
        return self._opener.open(event.sealed, event.leg_id)

    def pass_on(self, event: DigitPressed, node_id: NodeId, leg_id: LegId) -> bytes | None:
        """See `core.ports.PassDigitOn`."""
        digit, public_key = self.open(event), self._nodes.get(node_id)
        return None if digit is None or public_key is None else seal(public_key, digit, leg_id)

"""What is looked at: the state of everything at one moment. None in place of a part: it could not be looked at."""

from __future__ import annotations

from typing import Literal

from acd.views.watch import QueueWatch
from core.model import Value
from server.attention.happened import Happened
from server.https.facts import CertificateFacts


class NodeFacts(Value, frozen=True, kw_only=True):
    node_id: str
    legs: int
    max_legs: int


class TrunkFacts(Value, frozen=True, kw_only=True):
    """A trunk that is asked whether it is there."""

    name: str
    state: Literal["up", "down", "unknown"]
    since: float
    status: int = 0
    """SIP status of the peer's last answer; 0: it did not answer."""


class FleetFacts(Value, frozen=True, kw_only=True):
    nodes: tuple[NodeFacts, ...]
    recognizers: int
    """Recognizers that have a model."""
    transcribes: bool
    """Whether calls should be transcribed at all."""


class Situation(Value, frozen=True, kw_only=True):
    queues: dict[str, QueueWatch | None] | None
    """By id; None for one that could not be looked at."""
    agents: int
    fleet: FleetFacts | None
    trunks: tuple[TrunkFacts, ...] | None = ()
    certificate: CertificateFacts | None = None
    """None: there is none that could end or fail."""
    disk_free_gib: float | None
    dead_letters: int | None
    dead_letters_since: float | None = None
    happened: Happened

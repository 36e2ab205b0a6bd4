"""Situations for tests: all is well, and what a test says is not."""

from __future__ import annotations

from typing import Any

import msgspec

from acd.views.watch import QueueWatch, Stranded
from core.attention import Severity
from core.ids import QueueId, WorkId
from server.attention.happened import Happened
from server.attention.rules import Seen, examine
from server.attention.situation import FleetFacts, NodeFacts, Situation
from server.attention.thresholds import QueueThresholds, Thresholds

NOW = 1_000_000.0
BILLING = "queue_billing"


def queue(queue_id: str = BILLING, **fields: Any) -> QueueWatch:
    calm = QueueWatch(
        queue_id=QueueId(queue_id),
        service_level_s=20.0,
        waiting=0,
        oldest_since=None,
        answered=0,
        answered_in_time=0,
        abandoned=0,
        busy=0,
        stranded=None,
    )
    return msgspec.structs.replace(calm, **fields)


def stranded(**fields: Any) -> Stranded:
    usual = Stranded(
        waiting=1,
        oldest_since=NOW - 30,
        work_id=WorkId("work_1"),
        unreachable=2,
        away=0,
        leaves_at=NOW + 50,
    )
    return msgspec.structs.replace(usual, **fields)


def situation(*queues: QueueWatch, happened: Happened | None = None, **fields: Any) -> Situation:
    calm = Situation(
        queues={each.queue_id: each for each in queues},
        agents=30,
        fleet=FleetFacts(nodes=(NodeFacts(node_id="node_1", legs=10, max_legs=400),), recognizers=1, transcribes=True),
        disk_free_gib=100.0,
        dead_letters=0,
        happened=happened if happened is not None else Happened(),
    )
    return msgspec.structs.replace(calm, **fields)


def seen(now_is: Situation, limits: Thresholds | None = None, now: float = NOW, **of_queues: QueueThresholds) -> Seen:
    return examine(now_is, limits if limits is not None else Thresholds(), of_queues, now)


def raised(found: Seen) -> dict[str, Severity]:
    """Code of what is off → how urgent."""
    return {sign.code: sign.raises for sign in found.signs if sign.raises is not None}

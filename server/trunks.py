"""The trunks of the installation as people are shown them: what is configured, and what the media nodes know. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from core.events import NodeHeartbeat
from core.model import TrunkReport, Value
from server.attention.situation import TrunkFacts
from server.config.sections import Trunk


class TrunkAnswer(Value, frozen=True, kw_only=True):
    """The peer's last answer to OPTIONS, in its own words."""

    status: int
    reason: str
    at: float


class TrunkStatus(Value, frozen=True, kw_only=True):
    trunk_id: str
    address: str
    """Where our calls go; of a trunk that takes none, where its calls come from."""
    state: Literal["up", "down", "unknown"]
    since: float | None
    """Of the state; null: nobody asks this trunk."""
    last_answer: TrunkAnswer | None
    round_trip_ms: float | None
    calls_now: int


_GRAVITY = {"down": 0, "up": 1, "unknown": 2}


def trunk_states(trunks: Iterable[Trunk], beats: Sequence[NodeHeartbeat]) -> list[TrunkStatus]:
    """In the order of the configuration. Of several nodes the one counts that has the worst to say: its calls are lost."""
    told = [report for beat in beats for report in beat.trunks]
    return [_state(trunk, [report for report in told if report.trunk_id == trunk.name]) for trunk in trunks]


def _state(trunk: Trunk, reports: Sequence[TrunkReport]) -> TrunkStatus:
    told = min(reports, key=lambda report: _GRAVITY[report.state], default=TrunkReport(trunk_id=trunk.name))
    answer = None
    if told.status is not None and told.answered_at is not None:
        answer = TrunkAnswer(status=told.status, reason=told.reason, at=told.answered_at)
    return TrunkStatus(
        trunk_id=trunk.name,
        address=address_of(trunk),
        state=told.state,
        since=told.since,
        last_answer=answer,
        round_trip_ms=told.round_trip_ms,
        calls_now=sum(report.calls for report in reports),
    )


def trunk_facts(trunks: Iterable[Trunk], beats: Sequence[NodeHeartbeat]) -> tuple[TrunkFacts, ...]:
    """Of those that are asked: what may need somebody's attention."""
    asked = [trunk for trunk in trunks if trunk.keep_alive_s]
    return tuple(
        TrunkFacts(name=each.trunk_id, state=each.state, since=each.since or 0.0, status=_said_meanwhile(each))
        for each in trunk_states(asked, beats)
    )


def _said_meanwhile(trunk: TrunkStatus) -> int:
    """The last answer's status if it is of the present state: one that is silent has said something before."""
    answer = trunk.last_answer
    return answer.status if answer is not None and answer.at >= (trunk.since or 0.0) else 0


def address_of(trunk: Trunk) -> str:
    """Without the scheme, as people say it: ``sip.carrier.example:5060;transport=tcp``."""
    return trunk.proxy.partition(":")[2] or ", ".join(trunk.networks)

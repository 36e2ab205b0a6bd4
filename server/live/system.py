"""The state of the machinery for the board, and when screens are told of it. Pure: built from the fleet and a few events."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from core.events import AnyEvent, ChildRestarted, NodeHeartbeat, NodeLost
from core.ids import AgentId, NodeId
from core.model import NodeState
from server.fleet import Fleet
from server.live import messages as live
from server.live.change import EVERYBODY, Change
from server.schemas import AsrSystem, ChildSystem, NodeSystem, System
from server.sight import HOUSE

SHOW_LOST_S = 60.0
"""A lost node stays on the board for so long."""
_SHEDDING = ("none", "rare_partials", "defer_agent", "no_new")
_LAG_STEP_MS = 10.0
"""Loop lag is shown in steps, so that the board is not told of every millisecond."""
TELL_COUNTS_EVERY_S = 2.0


def _version() -> str:
    try:
        return version("patchbay")
    except PackageNotFoundError:
        return "development"


class SystemBoard:
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._lost: dict[NodeId, tuple[float, NodeHeartbeat]] = {}
        self._last: dict[NodeId, NodeHeartbeat] = {}
        self._restarts: dict[str, int] = {}
        self._version = _version()

    def handle(self, event: AnyEvent, now: float) -> None:
        if isinstance(event, NodeHeartbeat):
            self._last[event.node_id] = event
        elif isinstance(event, NodeLost):
            beat = self._last.pop(event.node_id, None)
            if beat is not None:
                self._lost[event.node_id] = (now, beat)
        elif isinstance(event, ChildRestarted):
            self._restarts[event.name] = event.attempt

    def now(self, now: float) -> System:
        self._lost = {node: lost for node, lost in self._lost.items() if now - lost[0] < SHOW_LOST_S}
        workers = tuple(self._fleet.workers.values())
        models = sorted({beat.model for beat in workers if beat.model is not None})
        worst = max((beat.shedding for beat in workers), key=_SHEDDING.index, default="none")
        up = tuple(_node(beat) for beat in self._fleet.nodes.values())
        lost = tuple(_node(beat, lost=True) for _, beat in self._lost.values())
        return System(
            asr=AsrSystem(
                available=bool(models),
                model=", ".join(models) or None,
                workers=len(workers),
                streams=sum(beat.streams for beat in workers),
                shedding=worst,
            ),
            nodes=(*up, *lost),
            children=tuple(ChildSystem(name=name, restarts=count) for name, count in sorted(self._restarts.items())),
            version=self._version,
        )


def _node(beat: NodeHeartbeat, *, lost: bool = False) -> NodeSystem:
    states: dict[NodeState, Literal["up", "draining", "drained"]] = {
        NodeState.UP: "up",
        NodeState.DRAINING: "draining",
        NodeState.DRAINED: "drained",
    }
    return NodeSystem(
        node_id=beat.node_id,
        name=beat.name or beat.node_id,
        region=beat.region,
        state="lost" if lost else states[beat.state],
        legs=beat.legs,
        in_calls=beat.in_calls,
        max_legs=beat.max_legs,
        loop_lag_ms=round(beat.loop_lag_ms / _LAG_STEP_MS) * _LAG_STEP_MS,
    )


def outline(system: System) -> object:
    """What matters to everybody: without the counts that change all the time."""
    asr, nodes = system.asr, [(node.node_id, node.state) for node in system.nodes]
    return asr.available, asr.model, asr.workers, asr.shedding, nodes, system.children


class SystemNews:
    """Owns what screens were told of the machinery."""

    def __init__(self) -> None:
        self._told: System | None = None
        self._told_at = 0.0

    def changes(self, now: float, system: System) -> list[Change]:
        """At once when something comes or goes; counts and lags only to supervisors, not more often than they can be read."""
        if self._told is None or outline(system) != outline(self._told):
            audience: frozenset[AgentId] | None = EVERYBODY
        elif system != self._told and now - self._told_at >= TELL_COUNTS_EVERY_S:
            audience = frozenset()
        else:
            return []
        self._told, self._told_at = system, now
        return [Change(live.SystemMessage(system=system), agents=audience, about=HOUSE)]

"""A node that is to be emptied: nobody new comes in, whoever is in a call stays until its end.

Invariant: `DRAINED` is only said when no leg is in a call, and desks have had time to move: stopping the node then ends nothing.
A desk that did not move in that time (no other node, a page of an earlier release) does not hold it.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from core.commands import Answer, DrainNode
from core.model import NodeState
from core.ports import ok
from telephony.node.gate import Shut
from telephony.node.shared import Shared

log = structlog.get_logger(__name__)

DESKS_MOVE_WITHIN_S = 10.0


def state_of(since: float | None, now: float, *, legs: int, in_calls: int) -> NodeState:
    """`since`: when draining began; None: it did not."""
    if since is None:
        return NodeState.UP
    if in_calls or (legs and now - since < DESKS_MOVE_WITHIN_S):
        return NodeState.DRAINING
    return NodeState.DRAINED


class Draining:
    """Owns whether this node is being emptied. May raise `EngineError`."""

    def __init__(self, shared: Shared, changed: Callable[[], None]) -> None:
        """`changed`: everybody is told at once how the node is."""
        self._shared = shared
        self._changed = changed
        self._since: float | None = None
        self._told = NodeState.UP

    async def drain(self, command: DrainNode) -> Answer:
        await self._shared.gate.set(Shut.DRAINING, command.draining)
        if command.draining != (self._since is not None):
            self._since = self._shared.clock.now() if command.draining else None
        return ok(in_calls=self._shared.legs.in_calls())

    @property
    def state(self) -> NodeState:
        legs = self._shared.legs
        return state_of(self._since, self._shared.clock.now(), legs=len(legs), in_calls=legs.in_calls())

    def look(self) -> None:
        """Several times a second."""
        state = self.state
        if state is not self._told:
            self._told = state
            log.info("node state", node_id=self._shared.config.node_id, state=state.value, legs=len(self._shared.legs))
            self._changed()

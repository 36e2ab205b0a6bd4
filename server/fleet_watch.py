"""Keeps the fleet's picture, and says when a node is lost that nobody else could tell about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from core.commands import ListLegs, SealDigits
from core.events import AnyEvent, AsrWorkerLost, NodeLost
from core.ids import NodeId, WorkerId
from core.ports import Bus, Clock, Unavailable
from server.digits import Digits
from server.fleet import LOST_AFTER_S, Fleet

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
ANSWER_WITHIN_S = 1.0


class FleetWatch:
    """A service of the dispatcher, and a task that misses heartbeats."""

    def __init__(self, fleet: Fleet, bus: Bus, clock: Clock, digits: Digits) -> None:
        self._digits = digits
        self._told_key: set[NodeId] = set()
        self._fleet = fleet
        self._bus = bus
        self._clock = clock
        self._expected: set[NodeId] = set()
        """Have calls since before this process, and may have died with the one before: no heartbeat was seen of them."""

    def expect(self, node_ids: Iterable[NodeId]) -> None:
        """Nodes of calls that were taken back. Before `run`."""
        self._expected.update(node_ids)

    async def handle(self, event: AnyEvent) -> None:
        self._fleet.handle(event)

    async def run(self, caught_up: Callable[[], bool]) -> None:
        """Until cancelled. Looks only when all events are read: an old heartbeat is no sign of death."""
        began_at = self._clock.now()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not caught_up():
                continue
            now = self._clock.now()
            await self._tell_key()
            for node_id in [*self._fleet.silent_nodes(now), *self._unheard(now - began_at)]:
                await self._ask(node_id)
            for worker_id in self._fleet.lost_workers(now):
                await self._tell_lost(worker_id)

    async def _tell_key(self) -> None:
        """Every node once, which tells its own; which one is not known yet keeps its digits meanwhile."""
        for node_id in self._told_key - self._fleet.nodes.keys():
            self._digits.forget(node_id)
        self._told_key &= self._fleet.nodes.keys()
        for node_id in self._fleet.nodes.keys() - self._told_key:
            try:
                answer = await self._bus.send(
                    f"node:{node_id}", SealDigits(public_key=self._digits.public), timeout_s=ANSWER_WITHIN_S
                )
            except Unavailable:
                return
            if answer.ok:
                self._told_key.add(node_id)
                self._learn_key(node_id, answer.result.get("public_key"))

    def _learn_key(self, node_id: NodeId, public_key: object) -> None:
        """A node without one (of an older release) gets no agent's digits."""
        try:
            self._digits.node_told(node_id, public_key if isinstance(public_key, bytes) else b"")
        except ValueError:
            log.warning("a node told no key for agents' digits", node_id=node_id)

    def _unheard(self, watched_s: float) -> set[NodeId]:
        """Expected nodes that have had time for a heartbeat and sent none; each once."""
        if watched_s <= LOST_AFTER_S:
            return set()
        unheard, self._expected = self._expected - self._fleet.nodes.keys(), set()
        return unheard

    async def _tell_lost(self, worker_id: WorkerId) -> None:
        log.warning("recognizer is silent", worker_id=worker_id)
        try:
            await self._bus.publish(AsrWorkerLost(at=self._clock.now(), worker_id=worker_id))
        except Unavailable:
            return  # so was Redis: the recognizer's next heartbeat tells whether it is the same process

    async def _ask(self, node_id: NodeId) -> None:
        """A silent node that answers is not lost (Redis was away); one that does not is, and everybody is told."""
        try:
            answer = await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=ANSWER_WITHIN_S)
            if answer.ok:
                return
            log.error("node is lost", node_id=node_id)
            await self._bus.publish(NodeLost(at=self._clock.now(), node_id=node_id, reason="no heartbeat and no answer"))
        except Unavailable:
            self._expected.add(node_id)
            return
        self._fleet.forget(node_id)

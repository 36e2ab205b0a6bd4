"""Keeps the fleet's picture, and says when a node or a recognizer is lost that nobody else could tell about.

Invariant: nobody is asked who is known to be lost, and whoever is heard of again is asked again. A loss that is read once more
after a restart may be of an earlier life (a node may be given its name): that node is asked before it is believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from core.commands import ListLegs, SealDigits
from core.events import AnyEvent, AsrWorkerHeartbeat, AsrWorkerLost, NodeHeartbeat, NodeLost
from core.ids import NodeId, WorkerId
from core.ports import Addressees, Bus, Clock, Unavailable
from server.digits import Digits
from server.fleet import LOST_AFTER_S, Fleet

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
ANSWER_WITHIN_S = 1.0


class FleetWatch:
    """A service of the dispatcher, and a task that misses heartbeats."""

    def __init__(self, fleet: Fleet, bus: Bus, addressees: Addressees, clock: Clock, digits: Digits) -> None:
        self._digits = digits
        self._addressees = addressees
        self._told_key: set[NodeId] = set()
        self._fleet = fleet
        self._bus = bus
        self._clock = clock
        self._began_at = clock.now()
        self._expected: set[NodeId] = set()
        """Have calls since before this process, and may have died with the one before: no heartbeat was seen of them."""
        self._expected_workers: set[WorkerId] = set()
        """The same of recognizers that hear them."""

    def expect(self, node_ids: Iterable[NodeId], worker_ids: Iterable[WorkerId]) -> None:
        """Those of calls and streams that were taken back. Before `run`."""
        self._expected.update(node_ids)
        self._expected_workers.update(worker_ids)

    async def handle(self, event: AnyEvent) -> None:
        if isinstance(event, NodeLost) and event.at < self._began_at and await self._answers(event.node_id):
            return
        self._fleet.handle(event, self._clock.now())
        match event:
            case NodeHeartbeat():
                self._addressees.take_up(f"node:{event.node_id}")
            case NodeLost():
                self._addressees.give_up(f"node:{event.node_id}")
            case AsrWorkerHeartbeat():
                self._addressees.take_up(f"asr:{event.worker_id}")
            case AsrWorkerLost():
                self._addressees.give_up(f"asr:{event.worker_id}")

    async def tell_keys(self, caught_up: Callable[[], bool]) -> None:
        """Until cancelled: for a process that opens digits."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if caught_up():
                await self._tell_key()

    async def run(self, caught_up: Callable[[], bool], watches: Callable[[], bool] = lambda: True) -> None:
        """Until cancelled. Looks only when all events are read: an old heartbeat is no sign of death. `watches`: whether it is
        for this process to say so.
        """
        listens_since = self._clock.now()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not caught_up():
                continue
            now = self._clock.now()
            lost_nodes, lost_workers = self._fleet.silent_nodes(now), self._fleet.lost_workers(now)
            if not watches():
                listens_since = now
                continue
            if now - listens_since > LOST_AFTER_S:
                lost_nodes += self._unheard_nodes()
                lost_workers += self._unheard_workers()
            for node_id in lost_nodes:
                await self._ask(node_id)
            for worker_id in lost_workers:
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

    def _unheard_nodes(self) -> set[NodeId]:
        """Expected, had time for a heartbeat and sent none; each once."""
        unheard, self._expected = self._expected - self._fleet.nodes.keys(), set()
        return unheard

    def _unheard_workers(self) -> set[WorkerId]:
        unheard, self._expected_workers = self._expected_workers - self._fleet.workers.keys(), set()
        return unheard

    async def _tell_lost(self, worker_id: WorkerId) -> None:
        log.warning("recognizer is silent", worker_id=worker_id)
        try:
            await self._bus.publish(AsrWorkerLost(at=self._clock.now(), worker_id=worker_id))
        except Unavailable:
            return  # so was Redis: the recognizer's next heartbeat tells whether it is the same process

    async def _answers(self, node_id: NodeId) -> bool:
        """Raises `Unavailable`."""
        return (await self._bus.send(f"node:{node_id}", ListLegs(), timeout_s=ANSWER_WITHIN_S)).ok

    async def _ask(self, node_id: NodeId) -> None:
        """A silent node that answers is not lost (Redis was away); one that does not is, and everybody is told."""
        try:
            if await self._answers(node_id):
                return
            log.error("node is lost", node_id=node_id)
            await self._bus.publish(NodeLost(at=self._clock.now(), node_id=node_id, reason="no heartbeat and no answer"))
        except Unavailable:
            self._expected.add(node_id)
            return
        self._fleet.forget(node_id)

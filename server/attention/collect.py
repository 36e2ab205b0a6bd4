"""Gathers what the rules look at, from memory: nothing here waits, and what cannot be looked at is None."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from acd.views.watch import QueueWatch
from core.ids import QueueId
from server.attention.happened import Happened
from server.attention.situation import FleetFacts, NodeFacts, Situation, TrunkFacts
from server.fleet import Fleet
from server.https.facts import CertificateFacts

DISK_EVERY_S = 10.0
BEHIND_S = 5.0
"""What is older than this is not known."""


class Queues(Protocol):
    """The ACD's views (`GuardedAcd`)."""

    def watches(self) -> dict[QueueId, QueueWatch | None]: ...
    def agent_count(self) -> int: ...


class Letters(Protocol):
    """What was set aside (`DeadLetterOffice`)."""

    waiting: int
    oldest_at: float | None
    known: bool


class Collector:
    """Owns the last look at the disk."""

    def __init__(
        self,
        *,
        queues: Queues,
        behind_s: Callable[[], float],
        fleet: Fleet,
        letters: Letters,
        data_dir: Path,
        transcribes: bool,
        trunks: Callable[[], tuple[TrunkFacts, ...] | None] = tuple,
        certificate: Callable[[], CertificateFacts | None] = lambda: None,
    ) -> None:
        """`behind_s` says how old what this process knows is."""
        self._queues = queues
        self._behind_s = behind_s
        self._fleet = fleet
        self._letters = letters
        self._data_dir = data_dir
        self._transcribes = transcribes
        self._trunks = trunks
        self._certificate = certificate
        self._disk_free_gib: float | None = None

    async def run(self) -> None:
        """Until cancelled: looks at the disk, which may be slow."""
        while True:
            try:
                self._disk_free_gib = (await asyncio.to_thread(shutil.disk_usage, self._data_dir)).free / 2**30
            except OSError:
                self._disk_free_gib = None
            await asyncio.sleep(DISK_EVERY_S)

    def look(self, happened: Happened) -> Situation:
        fresh = self._behind_s() <= BEHIND_S
        return Situation(
            queues={str(queue_id): queue for queue_id, queue in self._queues.watches().items()} if fresh else None,
            agents=self._queues.agent_count(),
            fleet=self._fleet_facts() if fresh else None,
            trunks=self._trunks(),
            certificate=self._certificate(),
            disk_free_gib=self._disk_free_gib,
            dead_letters=self._letters.waiting if self._letters.known else None,
            dead_letters_since=self._letters.oldest_at,
            happened=happened,
        )

    def _fleet_facts(self) -> FleetFacts:
        nodes = self._fleet.nodes.values()
        return FleetFacts(
            nodes=tuple(NodeFacts(node_id=beat.node_id, legs=beat.legs, max_legs=beat.max_legs) for beat in nodes),
            recognizers=sum(beat.model is not None for beat in self._fleet.workers.values()),
            transcribes=self._transcribes,
        )

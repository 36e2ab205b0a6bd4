"""The ACD at work in one process: a candidate that follows the leader step by step, and leads when its turn comes.

Invariant: one leader decides; every candidate's engine equals the leader's after the same step, so any of them can take over
where the last one stopped (`acd/leadership/journal.py`, `acd/leadership/leader.py`, `acd/leadership/election.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, tzinfo
from functools import partial

import structlog

from acd.leadership.election import LOOK_EVERY_S, Watch
from acd.leadership.journal import Journal, Recorder
from acd.leadership.kept import keep_as_letters
from acd.leadership.leader import ADDRESSEE, Leader
from acd.leadership.waiting import until_available
from acd.model.registry import Registry
from acd.views.agent import AgentView, Standing, agent_view, standing, unreachable_view
from acd.views.numbers import NumbersView, numbers_view
from acd.views.queue import PlaceView, QueueView, line_view, queue_view
from acd.views.watch import QueueWatch, watch_view
from acd.views.work import WorkView, work_view
from core.ids import AgentId, QueueId, WorkId
from core.leadership import Fence, Fenced, Lease, LeaseRecord, Ledger
from core.model import Channel, WorkRecord
from core.ports import Bus, Clock, DeadLetters, Unavailable

log = structlog.get_logger(__name__)

__all__ = ["ADDRESSEE", "AcdService"]


class AcdService:
    """Owns one candidate's engine and its place on the bus.

    Views (`queues`, `agents`, `work_items`, `numbers` and their singular forms) show the state after the last step that this
    process knows of; `fresh` makes sure that it knows of all.
    """

    def __init__(
        self,
        bus: Bus,
        lease: Lease,
        ledger: Ledger,
        clock: Clock,
        *,
        zone: tzinfo = UTC,
        recorder: Recorder | None = None,
        letters: DeadLetters | None = None,
        stands: bool = True,
    ) -> None:
        """`letters` are told what of the stored state cannot be used. `stands`: for election; else it follows for ever."""
        self._stands = stands
        self._bus = bus
        self._lease = lease
        self._clock = clock
        keep = partial(keep_as_letters, letters, clock) if letters is not None else None
        self._journal = Journal(ledger, zone, recorder, keep)
        self._record = LeaseRecord()
        self._leader: Leader | None = None
        self._life: asyncio.Task[None] | None = None
        self._lag_s = 0.0
        self._failures = 0
        self.lost = 0
        """Terms that ended because somebody else had begun."""

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Takes up where the ACD is now, and stands for election. Waits for the store."""
        await until_available(self._journal.load)
        registry = self._registry
        log.info("acd restored", seq=self._journal.seq, open=len(registry.work_items), agents=len(registry.agents))
        self._life = asyncio.create_task(self._live(), name="acd-life")

    async def run(self) -> None:
        """Until `stop`, or a mistake in this program, which is raised. After `start`."""
        if self._life is not None:
            await asyncio.shield(self._life)

    async def stop(self) -> None:
        """Ends the tasks; a leader steps down."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
            self._life = None
        if self._leader is not None:
            await self._leader.step_down()
            self._leader = None

    async def _live(self) -> None:
        while True:
            fence = await self._follow()
            self._record = LeaseRecord(fence.token, fence.owner)
            self._leader = Leader(fence, bus=self._bus, lease=self._lease, journal=self._journal, clock=self._clock)
            log.info(
                "acd leads",
                owner=fence.owner,
                term=fence.token,
                seq=self._journal.seq,
                open=len(self._registry.work_items),
            )
            try:
                await self._leader.run()
            except Fenced:
                self.lost += 1
                log.warning("acd was overtaken", term=fence.token)
            self._failures += self._leader.failures
            self._leader = None
            await until_available(self._journal.load)  # a step that was not written is taken back

    async def _follow(self) -> Fence:
        """Takes the leader's steps until this process may lead."""
        tail = asyncio.create_task(self._tail(), name="acd-tail")
        stand = asyncio.create_task(self._stand(), name="acd-stand")
        try:
            await asyncio.wait([tail, stand], return_when=asyncio.FIRST_COMPLETED)
            if tail.done():
                tail.result()
            fence = await stand
        finally:
            for task in (tail, stand):
                task.cancel()
            await asyncio.gather(tail, stand, return_exceptions=True)
        await until_available(self._journal.catch_up)  # from now on nobody else can write
        return fence

    async def _tail(self) -> None:
        while True:
            await until_available(self._journal.follow)
            self._lag_s = max(0.0, self._clock.now() - self._journal.at)

    async def _stand(self) -> Fence:
        watch = Watch()
        steady = asyncio.get_running_loop().time
        while True:
            try:
                record = await self._lease.look()
                await self._see(record)
                if self._stands and watch.saw(record, steady(), readable=self._journal.readable):
                    fence = await self._lease.take(record)
                    if fence is not None:
                        return fence
            except Unavailable:
                watch.saw_nothing()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _see(self, record: LeaseRecord) -> None:
        """After a change of leaders what counts is what is written, whatever this process had read."""
        changed = record.token != self._record.token
        self._record = record
        if changed:
            await self._journal.load()

    # ── leadership ────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def leads(self) -> bool:
        return self._leader is not None

    @property
    def leader(self) -> LeaseRecord:
        """Who leads, as this process saw it last."""
        return self._record

    @property
    def failures(self) -> int:
        """Inputs lost to a mistake in the engine."""
        return self._failures + (self._leader.failures if self._leader is not None else 0)

    @property
    def lag_s(self) -> float:
        """How long the last step took to get here; 0 in the leader."""
        return 0.0 if self.leads else self._lag_s

    async def fresh(self) -> None:
        """The views show every step that was published before this call. Raises `Unavailable`."""
        if self._leader is None:
            await self._journal.catch_up()

    # ── views ─────────────────────────────────────────────────────────────────────────────────────────────────

    def queue_ids(self) -> Collection[QueueId]:
        return self._registry.queues.keys()

    def agent_ids(self) -> Collection[AgentId]:
        return self._registry.agents.keys()

    def work_ids(self) -> Collection[WorkId]:
        return self._registry.work_items.keys()

    def queues(self) -> tuple[QueueView, ...]:
        return tuple(self.queue(queue_id) for queue_id in self._registry.queues)

    def queue(self, queue_id: QueueId) -> QueueView:
        """Raises `KeyError`."""
        return queue_view(self._registry, queue_id, self._clock.now())

    def watch(self, queue_id: QueueId) -> QueueWatch:
        """Raises `KeyError`."""
        return watch_view(self._registry, queue_id, self._clock.now())

    def agents(self) -> tuple[AgentView, ...]:
        return tuple(self.agent(agent_id) for agent_id in self._registry.agents)

    def agent(self, agent_id: AgentId) -> AgentView:
        """Raises `KeyError`."""
        return agent_view(self._registry, agent_id, self._clock.now())

    def standing(self, agent_id: AgentId) -> Standing:
        """Raises `KeyError`."""
        return standing(self._registry, agent_id)

    def unreachable(self) -> dict[AgentId, dict[Channel, str]]:
        """Of every agent."""
        return unreachable_view(self._registry)

    def work_items(self) -> tuple[WorkView, ...]:
        return tuple(self.work(work_id) for work_id in self._registry.work_items)

    def work(self, work_id: WorkId) -> WorkView:
        """Raises `KeyError` for work that is unknown or has ended."""
        return work_view(self._registry, work_id)

    def line(self, queue_id: QueueId, most: int) -> tuple[PlaceView, ...]:
        """Raises `KeyError`."""
        return line_view(self._registry, queue_id, most)

    def numbers(self, queues: Collection[QueueId] | None = None) -> NumbersView:
        """Of these queues; None: of all."""
        return numbers_view(self._registry, self._clock.now(), queues)

    def open_records(self) -> Iterator[WorkRecord]:
        """Work that is not over, for reports on the present interval."""
        return self._registry.statistics.open()

    @property
    def refusals(self) -> Mapping[str, int]:
        """Inputs that changed nothing since this process took up the engine, by code."""
        return self._journal.engine.refusals

    @property
    def _registry(self) -> Registry:
        return self._journal.engine.registry

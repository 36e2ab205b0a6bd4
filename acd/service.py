"""The ACD at work: the only writer of the engine, between the bus and the store.

One input at a time: decide, write to the journal, publish, then the next. While the store or the bus is away the step in hand
waits for it, and so does everybody behind; nothing is decided on what could not be written down.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, tzinfo
from functools import partial
from typing import TypeVar

import structlog

from acd import views
from acd.engine import Engine
from acd.journal import Entry, Journal, Recorder
from acd.refusals import Refused, Repeated
from core.causes import EndCause
from core.commands import Answer, AnyCommand
from core.events import AnyEvent, CallConnected, CallEnded, CallStarted, NodeLost, WrapUpFinished
from core.ids import AgentId, CallId, NodeId, QueueId, WorkId
from core.ports import Bus, Clock, StateStore, Unavailable, ok, refused

ADDRESSEE = "acd"

RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between tries while the store or the bus is away; the last one repeats."""

RECHECK_S = 5.0
"""Longest sleep of the timer: after a jump of the wall clock deadlines are late by no more than this."""

LOGGED_IDS = ("work_id", "call_id", "offer_id", "agent_id", "queue_id", "node_id")

Log = structlog.typing.FilteringBoundLogger
T = TypeVar("T")


class _Outbox:
    """A step that the engine has taken and the world does not know yet."""

    def __init__(self, entry: Entry, events: list[AnyEvent]) -> None:
        self.entry: Entry | None = entry
        """None once it is written."""
        self.events = deque(events)


class AcdService:
    """Owns the engine, its timer and its place on the bus.

    Views (`queues`, `agents`, `works`, `numbers` and their singular forms) show the state after the last step.
    """

    def __init__(
        self, bus: Bus, store: StateStore, clock: Clock, log: Log, *, zone: tzinfo = UTC, recorder: Recorder | None = None
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._log = log
        self._engine = Engine(zone)
        self._journal = Journal(store, zone, recorder)
        self._outbox: _Outbox | None = None
        self._node_of_call: dict[CallId, NodeId] = {}
        """Where each call's sound is, for the second that node dies. Not stored: call control ends lost calls, too."""
        self._turn = asyncio.Lock()
        self._stepped = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # ── life ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Takes up where the last process stopped, and begins to serve. Waits for the store."""
        self._engine, unconfirmed = await self._insist(self._journal.load)
        for event in unconfirmed:
            await self._insist(partial(self._bus.publish, event))
        works = len(self._engine.floor.works)
        self._log.info("acd restored", works=works, agents=len(self._engine.floor.agents), republished=len(unconfirmed))
        self._tasks = [
            asyncio.create_task(self._bus.serve(ADDRESSEE, self._command), name="acd-commands"),
            asyncio.create_task(self._run_timer(), name="acd-timer"),
        ]

    async def stop(self) -> None:
        """Ends the tasks and writes a last snapshot, if the store is there."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        try:
            async with self._turn:
                await self._deliver_once()
                await self._journal.save(self._engine)
        except Unavailable as error:
            self._log.warning("acd stopped without a snapshot", error=str(error))

    # ── inputs ────────────────────────────────────────────────────────────────────────────────────────────────

    async def handle(self, event: AnyEvent) -> None:
        """One event of the stream; those that are not the ACD's, or are late or repeated, change nothing."""
        match event:
            case CallStarted():
                self._node_of_call[event.call_id] = event.node_id
            case NodeLost():
                for call_id in [call_id for call_id, node_id in self._node_of_call.items() if node_id == event.node_id]:
                    lost = CallEnded(at=event.at, call_id=call_id, cause=EndCause.NODE_LOST, started_at=event.at)
                    await self.handle(lost)
            case CallEnded():
                self._node_of_call.pop(event.call_id, None)
                await self._happened(event)
            case CallConnected() | WrapUpFinished():
                await self._happened(event)
            case _:
                pass

    async def _happened(self, event: AnyEvent) -> None:
        try:
            await self._take(event)
        except Repeated:
            return
        except Refused as refusal:
            self._log.info("event does not fit", event_type=type(event).__name__, code=refusal.code, **_ids(event))

    async def _command(self, command: AnyCommand) -> Answer:
        try:
            await self._take(command)
        except Repeated:
            return ok()
        except Refused as refusal:
            self._log.info("command refused", command=type(command).__name__, code=refusal.code, **_ids(command))
            return refused(refusal.reason)
        return ok()

    async def _take(self, message: AnyCommand | AnyEvent) -> None:
        """One step, after what is due before it. Raises `Refused`."""
        async with self._turn:
            await self._deliver()
            now = self._clock.now()
            await self._fire_due(now)
            events = self._engine.handle(message, now)
            self._outbox = _Outbox(self._journal.entry(message, now), events)
            await self._deliver()
        self._stepped.set()

    async def _run_timer(self) -> None:
        """Sleeps until the engine's next deadline, or until a step changes it."""
        while True:
            self._stepped.clear()
            deadline = self._engine.next_deadline()
            delay_s = RECHECK_S if deadline is None else min(RECHECK_S, deadline - self._clock.now())
            try:
                async with asyncio.timeout(max(0.0, delay_s)):
                    await self._stepped.wait()
            except TimeoutError:
                async with self._turn:
                    await self._deliver()
                    await self._fire_due(self._clock.now())

    async def _fire_due(self, now: float) -> None:
        deadline = self._engine.next_deadline()
        if deadline is not None and deadline <= now:
            events = self._engine.handle_timer(now)
            self._outbox = _Outbox(self._journal.entry(None, now), events)
            await self._deliver()

    # ── outputs ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _deliver(self) -> None:
        """Writes and publishes the step in hand, however long the store or the bus is away."""
        if self._outbox is not None:
            await self._insist(self._deliver_once)
            if self._journal.snapshot_is_due:
                await self._insist(partial(self._journal.save, self._engine))

    async def _deliver_once(self) -> None:
        """Goes on where the last try ended; a step cancelled half-way is finished by the next one."""
        outbox = self._outbox
        if outbox is None:
            return
        if outbox.entry is not None:
            await self._journal.append(outbox.entry)
            outbox.entry = None
        while outbox.events:
            await self._bus.publish(outbox.events[0])
            outbox.events.popleft()
        self._outbox = None

    async def _insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Tries until it succeeds; says once that it waits, and once that it goes on."""
        tries = 0
        while True:
            try:
                result = await attempt()
            except Unavailable as error:
                if tries == 0:
                    self._log.warning("acd waits", error=str(error))
                await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1
                continue
            if tries:
                self._log.info("acd goes on", tries=tries)
            return result

    # ── views ─────────────────────────────────────────────────────────────────────────────────────────────────

    def queues(self) -> tuple[views.QueueView, ...]:
        return tuple(self.queue(queue_id) for queue_id in self._engine.floor.queues)

    def queue(self, queue_id: QueueId) -> views.QueueView:
        """Raises `KeyError`."""
        return views.queue_view(self._engine.floor, queue_id, self._clock.now())

    def agents(self) -> tuple[views.AgentView, ...]:
        return tuple(self.agent(agent_id) for agent_id in self._engine.floor.agents)

    def agent(self, agent_id: AgentId) -> views.AgentView:
        """Raises `KeyError`."""
        return views.agent_view(self._engine.floor, agent_id, self._clock.now())

    def works(self) -> tuple[views.WorkView, ...]:
        return tuple(self.work(work_id) for work_id in self._engine.floor.works)

    def work(self, work_id: WorkId) -> views.WorkView:
        """Raises `KeyError` for work that is unknown or has ended."""
        return views.work_view(self._engine.floor, work_id)

    def numbers(self) -> views.NumbersView:
        return views.numbers_view(self._engine.floor, self._clock.now())

    @property
    def refusals(self) -> Mapping[str, int]:
        """Inputs that changed nothing since this process started, by code."""
        return self._engine.refusals


def _ids(message: AnyCommand | AnyEvent) -> dict[str, str]:
    """What may be logged of a message: ids, never texts."""
    return {name: getattr(message, name) for name in LOGGED_IDS if getattr(message, name, None)}

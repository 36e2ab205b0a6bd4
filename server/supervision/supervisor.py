"""`patchbay serve`: a tiny process that keeps the others alive.

It holds no state and no call: killing the control server, the recognizer or Redis ends no call. It says on the bus what it
restarted (`ChildRestarted`), and which media node died (`NodeLost`), so that agents are freed before heartbeats are missed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine

import structlog

from core.events import Alert, AnyEvent, ChildRestarted, NodeLost
from core.ports import Clock, Unavailable
from server.config import Config
from server.storage.redis_bus import RedisBus
from server.supervision.backoff import Backoff
from server.supervision.child import Child
from server.supervision.memory import available_memory_mb
from server.supervision.plan import Plan, Start, affordable_standbys, plans, redis_plan

log = structlog.get_logger(__name__)

REDIS_WITHIN_S = 60.0
"""Loading a large append-only file takes a while."""
TELL_WITHIN_S = 5.0
"""How long news of a restart are tried to be published: Redis itself may be what died."""


Tell = Callable[[list[AnyEvent]], Coroutine[None, None, None]]


class CannotStart(Exception):
    """Something without which nothing runs is missing; the message is for people."""


class Supervisor:
    """Owns the child processes. `run` returns after `stop_soon`, when all of them have ended."""

    def __init__(self, config: Config, bus: RedisBus, clock: Clock) -> None:
        self._config = config
        self._bus = bus
        self._clock = clock
        self._stopping = asyncio.Event()

    def stop_soon(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Raises `CannotStart`."""
        keepers: list[_Keeper] = []
        try:
            if self._config.private_redis:
                (self._config.data_dir / "redis").mkdir(parents=True, exist_ok=True)
                keepers.append(self._keep(redis_plan(self._config, os.environ)))
            await self._until_redis_answers(keepers)
            keepers += [self._keep(plan) for plan in plans(self._config, os.environ, self._available_mb())]
            await self._until_stopped(keepers)
        finally:
            # The control server first and Redis last: each may still need those before it.
            for keeper in reversed(keepers):
                await keeper.stop()

    def _available_mb(self) -> int | None:
        available_mb = available_memory_mb()
        if affordable_standbys(self._config, available_mb) < self._config.acd.standby:
            log.warning("too little memory for a stand-by of the queues", available_mb=available_mb)
        return available_mb

    async def _until_stopped(self, keepers: list[_Keeper]) -> None:
        """A keeper ends only by a mistake in this program, which is raised."""
        stopping = asyncio.create_task(self._stopping.wait(), name="stopping")
        await asyncio.wait([stopping, *(keeper.task for keeper in keepers)], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for keeper in keepers:
            if keeper.task.done():
                keeper.task.result()

    def _keep(self, plan: Plan) -> _Keeper:
        return _Keeper(plan, self._clock, self._tell)

    async def _until_redis_answers(self, keepers: list[_Keeper]) -> None:
        last = ""
        try:
            async with asyncio.timeout(REDIS_WITHIN_S):
                while not self._stopping.is_set():
                    try:
                        await self._bus.ping()
                        return
                    except Unavailable as error:
                        last = str(error)
                    if any(keeper.hopeless for keeper in keepers):
                        raise CannotStart("redis-server does not stay up; its words are above")
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pass
        if not self._stopping.is_set():
            raise CannotStart(f"Redis does not answer: {last}")

    async def _tell(self, events: list[AnyEvent]) -> None:
        try:
            async with asyncio.timeout(TELL_WITHIN_S):
                for event in events:
                    while True:
                        try:
                            await self._bus.publish(event)
                            break
                        except Unavailable:
                            await asyncio.sleep(0.1)
        except TimeoutError:
            log.warning("news of a restart were not published", events=[type(event).__name__ for event in events])


class _Keeper:
    """Keeps one process alive until `stop`."""

    def __init__(self, plan: Plan, clock: Clock, tell: Tell) -> None:
        self._plan = plan
        self._clock = clock
        self._tell = tell
        self._backoff = Backoff()
        self._child: Child | None = None
        self.task = asyncio.create_task(self._run(), name=f"keep-{plan.name}")

    @property
    def hopeless(self) -> bool:
        """It dies again and again, or the keeper itself has failed."""
        return self.task.done() or self._backoff.alarming

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        if self._child is not None:
            await self._child.stop()

    async def _run(self) -> None:
        news: asyncio.Task[None] | None = None
        while True:
            start = self._plan.start()
            began = self._clock.now()
            how = await self._live(start)
            self._backoff = self._backoff.died(self._clock.now() - began)
            log.error("child died", child=self._plan.name, how=how, restarts=self._backoff.restarts)
            if news is not None:
                await news
            news = asyncio.create_task(self._tell(self._news(start, how)), name=f"news-{self._plan.name}")
            await asyncio.sleep(self._backoff.delay_s)

    async def _live(self, start: Start) -> str:
        """One life of the process; how it ended, in words."""
        try:
            self._child = await Child.start(start.command, start.environment)
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        log.info("child started", child=self._plan.name, pid=self._child.pid)
        return await self._child.wait()

    def _news(self, start: Start, how: str) -> list[AnyEvent]:
        now, name = self._clock.now(), self._plan.name
        news: list[AnyEvent] = []
        if start.node_id is not None:
            news.append(NodeLost(at=now, node_id=start.node_id, reason=how))
        news.append(ChildRestarted(at=now, name=name, reason=how, attempt=self._backoff.restarts))
        if self._backoff.alarming:
            text = f"The {name} process has ended {self._backoff.in_a_row} times in a row ({how})"
            news.append(Alert(at=now, key=f"child:{name}", severity="critical", text=text))
        return news

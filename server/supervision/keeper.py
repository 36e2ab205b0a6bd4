"""Keeps one process alive and tells what it had to do for it.

Invariant: a process that has died is started again, at once the first time and ever more rarely after that (`backoff.py`); an
alert that it does not stay up is cleared as soon as it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import structlog

from core.events import Alert, AnyEvent, ChildRestarted, NodeLost
from core.ports import Clock
from server.supervision.backoff import HEALTHY_S, Backoff
from server.supervision.child import Child
from server.supervision.plan import Plan, Start

log = structlog.get_logger(__name__)

Tell = Callable[[list[AnyEvent]], Coroutine[None, None, None]]


class Keeper:
    """Keeps one process alive until `stop`."""

    def __init__(self, plan: Plan, clock: Clock, tell: Tell, *, healthy_s: float = HEALTHY_S) -> None:
        self._plan = plan
        self._clock = clock
        self._tell = tell
        self._healthy_s = healthy_s
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
        if self._backoff.alarming:
            try:
                async with asyncio.timeout(self._healthy_s):
                    return await self._child.wait()
            except TimeoutError:
                await self._tell([self._alert("cleared", "")])
        return await self._child.wait()

    def _news(self, start: Start, how: str) -> list[AnyEvent]:
        now, name = self._clock.now(), self._plan.name
        news: list[AnyEvent] = []
        if start.node_id is not None:
            news.append(NodeLost(at=now, node_id=start.node_id, reason=how))
        news.append(ChildRestarted(at=now, name=name, reason=how, attempt=self._backoff.restarts))
        if self._backoff.alarming:
            news.append(self._alert("critical", how))
        return news

    def _alert(self, severity: str, how: str) -> Alert:
        """It does not stay up; cleared when it has stayed up for long enough."""
        name, times = self._plan.name, self._backoff.in_a_row
        return Alert(
            at=self._clock.now(),
            key=f"child:{name}",
            severity=severity,
            text=f"The {name} process has ended {times} times in a row ({how})" if how else f"The {name} process stays up again.",
            code="child_keeps_ending",
            details={"name": name, "times": times, "how": how},
        )

"""The control process: the parts of `server/roles/` around one reader of the event stream.

It holds nothing that a restart would lose: state is in Redis and SQL, sound is in the nodes.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TextIO

import structlog

from core.ports import Clock, Unavailable
from server.clock import clock_of
from server.config import Config
from server.dispatcher import Dispatcher
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import on_signals
from server.processes.watchdog import watched_loop
from server.roles.desk import DeskPart
from server.roles.ground import Ground
from server.roles.house import House
from server.roles.installation import InstallationPart
from server.roles.part import Part
from server.roles.queues import QueuesPart
from server.roles.worker import WorkerPart

log = structlog.get_logger(__name__)


class Control:
    """Owns the parts and their tasks. `run` serves until it is asked to stop."""

    def __init__(self, config: Config, clock: Clock | None = None, welcome: TextIO | None = None) -> None:
        """`welcome`: where to say how it is reached. A test gives a clock of its own."""
        clock = clock if clock is not None else clock_of(config.data_dir)
        self._config = config
        self._stopping = asyncio.Event()
        self._ground = ground = Ground(config, clock)
        self._house = house = House(ground)
        queues = QueuesPart(ground, house.history)
        worker = WorkerPart(ground)
        installation = InstallationPart(ground, house, queues, worker.flows)
        desk = DeskPart(ground, house, queues, worker, welcome)
        self._parts: tuple[Part, ...] = (queues, installation, worker, desk)
        """In the order of starting; they stop the other way round."""
        handlers = ground.services() | worker.services() | desk.services() | installation.services()
        self._dispatcher = Dispatcher(ground.bus, ground.store, clock, handlers, ground.letters)
        installation.hears_by(self._dispatcher)
        desk.hears_by(self._dispatcher)

    async def run(self) -> None:
        """Raises `Unavailable` when Redis or the database is away at the start: the supervisor tries again."""
        on_signals(self.stop)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._ground.opened())
            stack.push_async_callback(self._house.close)
            stack.push_async_callback(self._house.history.stop)
            for part in self._parts:
                await part.start(stack)
            set_loaded_aside()
            await self._serve()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    async def _until_stopped(self) -> None:
        await self._stopping.wait()

    async def _serve(self) -> None:
        def caught_up() -> bool:
            return self._dispatcher.caught_up

        work = {"dispatcher": self._dispatcher.run("0"), **self._ground.tasks(caught_up)}
        for part in self._parts:
            work |= part.tasks(caught_up)
        tasks = [asyncio.create_task(each, name=name) for name, each in work.items()]
        tasks.append(asyncio.create_task(self._until_stopped(), name="stopping"))
        log.info("control started", port=self._config.web.port)
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for part in self._parts:
            await part.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self._dispatcher.save()
        except Unavailable as error:
            log.warning("cursor not saved", error=error)
        for task in done:
            task.result()


async def run_control(config: Config, welcome: TextIO | None = None) -> None:
    async with watched_loop():
        await Control(config, welcome=welcome).run()

"""A process of the control plane: those parts of `server/roles/` that it is, around one reader of the event stream.

It holds nothing that a restart would lose: state is in Redis and SQL, sound is in the nodes. A part's code is loaded where it
runs.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TextIO

import structlog

from core.ports import Clock, Unavailable
from server.business.document import Document
from server.clock import clock_of
from server.config import Config
from server.dispatcher import KEY, Dispatcher, Handler
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import on_signals
from server.processes.watchdog import watched_loop
from server.roles.ground import Ground
from server.roles.part import Part, Tasks
from server.roles.processes import Processes, Versions
from server.roles.role import CONTROL, Role, in_order

if TYPE_CHECKING:
    from server.https.facts import CertificateFacts
    from server.roles.house import House
    from server.roles.installation import InstallationPart
    from server.roles.queues import QueuesPart
    from server.roles.worker import WorkerPart

log = structlog.get_logger(__name__)


class Control:
    """Owns the parts and their tasks. `run` serves until it is asked to stop."""

    def __init__(
        self, config: Config, clock: Clock | None = None, welcome: TextIO | None = None, roles: frozenset[Role] = CONTROL
    ) -> None:
        """`welcome`: where a desk says how it is reached. A test gives a clock of its own."""
        clock = clock if clock is not None else clock_of(config.data_dir)
        self._config, self._roles, self._welcome = config, roles, welcome
        self._stopping = asyncio.Event()
        self._ground = ground = Ground(config, clock)
        self._processes = Processes(ground.bus, ground.store, in_order(roles), self._callers, self._certificate, key=self._key())
        self._house = self._make_house()
        self._queues = self._make_queues(self._house)
        self._installation = self._make_installation(self._house, self._queues)
        self._worker = self._make_worker()
        parts = (self._queues, self._installation, self._worker, self._make_desk(self._house, self._queues))
        self._parts: list[Part] = [part for part in parts if part is not None]
        """In the order of starting; they stop the other way round."""
        handlers: dict[str, Handler] = ground.services()
        for part in reversed(self._parts):
            handlers |= part.services()
        partitioned = self._worker.services().keys() if self._worker is not None else frozenset()
        beside = ground.services().keys() if roles == {Role.WORKER} else frozenset()
        key = KEY if roles > {Role.WORKER} else None
        self._dispatcher = Dispatcher(
            ground.bus,
            ground.store,
            clock,
            handlers,
            ground.letters,
            partitioned=partitioned,
            beside=beside,
            key=key,
        )
        self._processes.hears_by(self._dispatcher)
        if self._installation is not None:
            self._installation.hears_by(self._dispatcher)
        if self._worker is not None:
            self._worker.hears_by(self._dispatcher)

    async def run(self) -> None:
        """Raises `Unavailable` when Redis or the database is away at the start: the supervisor tries again."""
        on_signals(self.stop)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._ground.opened(seeds=Role.INSTALLATION in self._roles))
            stack.push_async_callback(self._processes.leave)
            if self._house is not None:
                stack.push_async_callback(self._house.close)
                stack.push_async_callback(self._house.history.stop)
            await self._processes.start()
            first = "0" if self._roles > {Role.WORKER} else await self._ground.bus.cursor()
            if Role.INSTALLATION not in self._roles:
                await self._ground.configuration.look()
            for part in self._parts:
                await part.start(stack)
            set_loaded_aside()
            await self._serve(first)

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stopping.set()

    async def _serve(self, first_cursor: str) -> None:
        tasks = [asyncio.create_task(each, name=name) for name, each in self._work(first_cursor).items()]
        log.info("control started", port=self._config.web.port, roles=[*map(str, in_order(self._roles))])
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

    def _work(self, first_cursor: str) -> Tasks:
        work: Tasks = {
            "dispatcher": self._dispatcher.run(first_cursor, self._worker.reads_from if self._worker is not None else ""),
            "processes": self._processes.run(),
            "asked": self._processes.serve(),
            "stopping": self._until_stopped(),
            **self._ground.tasks(self._caught_up, self._leads),
        }
        if self._house is not None:
            work |= self._house.tasks(self._leads)
        if Role.INSTALLATION not in self._roles:
            work["configuration"] = self._ground.configuration.follow(self._is_known)
        for part in self._parts:
            work |= part.tasks(self._caught_up)
        return work

    async def _until_stopped(self) -> None:
        await self._stopping.wait()

    def _caught_up(self) -> bool:
        return self._dispatcher.caught_up

    def _leads(self) -> bool:
        return self._installation is not None and self._installation.leads

    def _callers(self) -> Versions:
        return self._worker.callers() if self._worker is not None else ()

    def _certificate(self) -> CertificateFacts | None:
        return self._house.certificate() if self._house is not None and Role.DESK in self._roles else None

    def _key(self) -> str:
        return hashlib.sha256(self._ground.digits.public).hexdigest()[:16] if Role.WORKER in self._roles else ""

    def _is_known(self, document: Document) -> bool:
        """The queues have what is written down, as far as this process sees: it has no queues, or they have agents."""
        return self._queues is None or not document.agents or bool(self._queues.acd.agent_ids())

    # ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────

    def _make_house(self) -> House | None:
        if not self._roles & {Role.DESK, Role.INSTALLATION}:
            return None
        from server.roles.house import House  # noqa: PLC0415

        return House(self._ground)

    def _make_queues(self, house: House | None) -> QueuesPart | None:
        """Whoever looks at the queues follows them."""
        if not self._roles & {Role.DESK, Role.INSTALLATION, Role.QUEUES}:
            return None
        from server.roles.queues import QueuesPart  # noqa: PLC0415

        recorder = house.history if house is not None and Role.INSTALLATION in self._roles else None
        return QueuesPart(self._ground, recorder, stands=Role.QUEUES in self._roles)

    def _make_installation(self, house: House | None, queues: QueuesPart | None) -> InstallationPart | None:
        if Role.INSTALLATION not in self._roles or house is None or queues is None:
            return None
        from server.roles.installation import InstallationPart  # noqa: PLC0415

        return InstallationPart(self._ground, house, queues, self._processes)

    def _make_worker(self) -> WorkerPart | None:
        if Role.WORKER not in self._roles:
            return None
        from server.roles.worker import WorkerPart  # noqa: PLC0415

        return WorkerPart(self._ground)

    def _make_desk(self, house: House | None, queues: QueuesPart | None) -> Part | None:
        if Role.DESK not in self._roles or house is None or queues is None:
            return None
        from server.roles.desk import DeskPart  # noqa: PLC0415

        return DeskPart(self._ground, house, queues, self._processes, self._welcome)


async def run_control(config: Config, welcome: TextIO | None = None, roles: frozenset[Role] = CONTROL) -> None:
    async with watched_loop():
        await Control(config, welcome=welcome, roles=roles).run()

"""`patchbay serve`: a tiny process that keeps the others alive.

It holds no state and no call: killing the control server, the recognizer or Redis ends no call. It says on the bus what it
restarted (`ChildRestarted`), and which media node died (`NodeLost`), so that agents are freed before heartbeats are missed.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial

import structlog

from core.events import AnyEvent
from core.ports import Clock, Unavailable
from core.retrying import until_available
from server.config import Config
from server.ready import is_ready
from server.roles.role import Role
from server.seal_key import with_seal_key
from server.storage.redis_bus import RedisBus
from server.supervision.keeper import Keeper
from server.supervision.memory import available_memory_mb
from server.supervision.plan import Plan, affordable_standbys, plans, plans_of, redis_plan

log = structlog.get_logger(__name__)

REDIS_WITHIN_S = 60.0
"""Loading a large append-only file takes a while."""
READY_LOOK_EVERY_S = 1.0
TELL_WITHIN_S = 5.0
"""How long news of a restart are tried to be published: Redis itself may be what died."""


class CannotStart(Exception):
    """Something without which nothing runs is missing; the message is for people."""


class Supervisor:
    """Owns the child processes. `run` returns after `stop_soon`, when all of them have ended."""

    def __init__(self, config: Config, bus: RedisBus, clock: Clock, roles: frozenset[Role] | None = None) -> None:
        """`roles`: which processes; None is all that one machine needs, Redis too."""
        self._config = config
        self._roles = roles
        self._bus = bus
        self._clock = clock
        self._stopping = asyncio.Event()
        self._was_ready = False
        """Calls could be taken since this start: whoever reads the terminal has been told, and no restart tells them again."""

    def stop_soon(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Raises `CannotStart`."""
        keepers: list[Keeper] = []
        looking = asyncio.create_task(self._until_ready(), name="ready")
        try:
            if self._config.private_redis and self._roles is None:
                (self._config.data_dir / "redis").mkdir(parents=True, exist_ok=True)
                keepers.append(self._keep(redis_plan(self._config, os.environ)))
            await self._until_redis_answers(keepers)
            keepers += [self._keep(plan) for plan in self._plans()]
            await self._until_stopped(keepers)
        finally:
            # The control server first and Redis last: each may still need those before it.
            for keeper in reversed(keepers):
                await keeper.stop()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    def _plans(self) -> list[Plan]:
        if self._roles is not None:
            return plans_of(self._config, os.environ, self._roles)
        return plans(self._config, with_seal_key(os.environ), self._available_mb(), lambda: not self._was_ready)

    def _available_mb(self) -> int | None:
        available_mb = available_memory_mb()
        if affordable_standbys(self._config, available_mb) < self._config.acd.standby:
            log.warning("too little memory for a stand-by of the queues", available_mb=available_mb)
        return available_mb

    async def _until_stopped(self, keepers: list[Keeper]) -> None:
        """A keeper ends only by a mistake in this program, which is raised."""
        stopping = asyncio.create_task(self._stopping.wait(), name="stopping")
        await asyncio.wait([stopping, *(keeper.task for keeper in keepers)], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        for keeper in keepers:
            if keeper.task.done():
                keeper.task.result()

    def _keep(self, plan: Plan) -> Keeper:
        return Keeper(plan, self._clock, self._tell)

    async def _until_redis_answers(self, keepers: list[Keeper]) -> None:
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

    async def _until_ready(self) -> None:
        """Whoever reads the terminal is told so where all of it runs."""
        while self._roles is None and not await asyncio.to_thread(is_ready, self._config):  # noqa: ASYNC110  nothing in this process can be waited on
            await asyncio.sleep(READY_LOOK_EVERY_S)
        self._was_ready = True

    async def _tell(self, events: list[AnyEvent]) -> None:
        try:
            async with asyncio.timeout(TELL_WITHIN_S):
                for event in events:
                    await until_available(partial(self._bus.publish, event), "supervisor", log, asyncio.sleep)
        except TimeoutError:
            log.warning("news of a restart were not published", events=[type(event).__name__ for event in events])

"""The part that has the queues: a candidate for their lead, or one that only follows, for those who look at them."""

from __future__ import annotations

from contextlib import AsyncExitStack

from acd.leadership.journal import Recorder
from acd.leadership.service import AcdService
from server.dispatcher import Handler
from server.live.guarded import Guard, GuardedAcd
from server.processes.candidate import candidate
from server.roles.ground import Ground
from server.roles.part import CaughtUp, Tasks


class QueuesPart:
    """Owns this process's copy of the queues. `views` are what is shown of them."""

    def __init__(self, ground: Ground, recorder: Recorder | None = None, *, stands: bool = True) -> None:
        """`recorder` keeps the queues' inputs for replays. `stands`: for election."""
        self._lease, self._ledger = candidate(ground.config, "control")
        self.acd = AcdService(
            ground.bus,
            self._lease,
            self._ledger,
            ground.clock,
            zone=ground.zone,
            recorder=recorder,
            letters=ground.letters,
            stands=stands,
        )
        self.guard = Guard(ground.clock.now)
        self.views = GuardedAcd(self.acd, self.guard)

    def services(self) -> dict[str, Handler]:
        return {}

    async def start(self, stack: AsyncExitStack) -> None:
        stack.push_async_callback(self._lease.close)
        stack.push_async_callback(self._ledger.close)
        await self.acd.start()
        stack.push_async_callback(self.acd.stop)

    def tasks(self, caught_up: CaughtUp) -> Tasks:
        return {"acd": self.acd.run()}

    async def end(self) -> None:
        return

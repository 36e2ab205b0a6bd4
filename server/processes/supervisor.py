"""The supervisor process of `patchbay serve`."""

from __future__ import annotations

import asyncio
import sys

from server.clock import clock_of, start_afresh
from server.config import Config
from server.processes.lifetime import on_signals
from server.processes.welcome import welcome_when_ready
from server.storage.redis_bus import RedisBus
from server.supervision.supervisor import Supervisor


async def run_supervisor(config: Config) -> None:
    """Until SIGTERM or Ctrl-C. Raises `CannotStart`."""
    start_afresh(config.data_dir)
    clock = clock_of(config.data_dir)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix)
    supervisor = Supervisor(config, bus, clock)
    on_signals(supervisor.stop_soon)
    welcome = asyncio.create_task(welcome_when_ready(config, sys.stdout), name="welcome")
    try:
        await supervisor.run()
    finally:
        welcome.cancel()
        await asyncio.gather(welcome, return_exceptions=True)
        await bus.close()

"""The supervisor process of `patchbay serve`."""

from __future__ import annotations

from server.clock import clock_of, start_afresh
from server.config import Config
from server.processes.lifetime import on_signals
from server.roles.role import Role
from server.storage.redis_bus import RedisBus
from server.supervision.supervisor import Supervisor


async def run_supervisor(config: Config, roles: frozenset[Role] | None = None) -> None:
    """Until SIGTERM or Ctrl-C; `roles` None is everything that one machine needs. Raises `CannotStart`."""
    if roles is None:
        start_afresh(config.data_dir)
    clock = clock_of(config.data_dir)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix)
    supervisor = Supervisor(config, bus, clock, roles)
    on_signals(supervisor.stop_soon)
    try:
        await supervisor.run()
    finally:
        await bus.close()

"""The stand-by process: one more candidate for the lead of the ACD, and nothing else.

It imports only what a candidate needs, so that it costs little memory; it holds nothing that its end would lose.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from acd.leadership.service import AcdService
from core.ports import Clock
from server.clock import clock_of
from server.config import Config
from server.processes.candidate import candidate
from server.processes.garbage import set_loaded_aside
from server.processes.lifetime import until_signalled
from server.processes.watchdog import watched_loop
from server.storage.redis_bus import RedisBus
from server.storage.redis_dead_letters import RedisDeadLetters


async def run_acd(config: Config, clock: Clock | None = None) -> None:
    """Until SIGTERM. A test gives a clock of its own."""
    clock = clock if clock is not None else clock_of(config.data_dir)
    letters = RedisDeadLetters(config.redis_url, config.storage.redis_prefix)
    bus = RedisBus(config.redis_url, clock, config.storage.redis_prefix, letters)
    lease, ledger = candidate(config, "standby")
    acd = AcdService(bus, lease, ledger, clock, zone=ZoneInfo(config.general.time_zone), letters=letters)
    try:
        async with watched_loop():
            await until_signalled(_serve(acd), "acd")
    finally:
        for opened in (lease, ledger, bus, letters):
            await opened.close()


async def _serve(acd: AcdService) -> None:
    try:
        await acd.start()
        set_loaded_aside()
        await acd.run()
    finally:
        await acd.stop()

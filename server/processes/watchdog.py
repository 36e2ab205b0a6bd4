"""Ends a process whose event loop hangs, so that the supervisor can start a new one.

Invariant: works even when no Python code can run: the timer is the interpreter's own C thread (`faulthandler`), which writes the
stack of every thread to stderr and exits with status 1. `STALLED_S` is far beyond any pause of a loaded machine.
"""

from __future__ import annotations

import asyncio
import faulthandler
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

STALLED_S = 20.0
FEED_EVERY_S = 2.0


@asynccontextmanager
async def watched_loop() -> AsyncIterator[None]:
    """While the body runs, the loop must come round."""
    feeding = asyncio.create_task(_feed(), name="watchdog")
    try:
        yield
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        faulthandler.cancel_dump_traceback_later()


async def _feed() -> None:
    while True:
        faulthandler.dump_traceback_later(STALLED_S, exit=True)
        await asyncio.sleep(FEED_EVERY_S)

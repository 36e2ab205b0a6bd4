"""Waiting for a condition with a deadline: the only place where a test polls.

A deadline says when to give up, never how fast something must be: what comes is seen at once, so patience costs nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

POLL_S = 0.01
ASK_EVERY_S = 0.05
"""Another process has to answer, and what it is asked about needs the processor, too."""
ASK_AT_LEAST_EVERY_S = 0.25
LATER_BY = 0.05
"""Of the time waited until now: what takes long is asked for more seldom, and seen a twentieth later at most."""
PATIENCE_S = 20.0
"""For what takes well below a second. A machine with two cores and twice as much to do lets a process stand for seconds."""


async def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    """Returns as soon as `condition()` is true. Raises `TimeoutError` when that takes longer than `within_s`."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(POLL_S)


async def until_told(question: Callable[[], Awaitable[bool]], within_s: float = PATIENCE_S) -> None:
    """The same for a condition that must be asked for, as a page's state."""
    began_at = time.monotonic()
    async with asyncio.timeout(within_s):
        while not await question():
            waited_s = time.monotonic() - began_at
            await asyncio.sleep(min(max(ASK_EVERY_S, LATER_BY * waited_s), ASK_AT_LEAST_EVERY_S))

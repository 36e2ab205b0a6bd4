"""Waiting for a condition with a deadline: the only place where a test polls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

POLL_S = 0.01


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Returns as soon as `condition()` is true. Raises `TimeoutError` when that takes longer than `within_s`."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(POLL_S)

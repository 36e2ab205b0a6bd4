"""Waiting for a condition with a deadline: the only place where a test polls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

POLL_S = 0.01


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Returns as soon as `condition()` is true. Raises `TimeoutError` when that takes longer than `within_s`."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(POLL_S)


async def until_told(question: Callable[[], Awaitable[bool]], within_s: float = 5.0) -> None:
    """The same for a condition that must be asked for, as a page's state."""
    async with asyncio.timeout(within_s):
        while not await question():
            await asyncio.sleep(POLL_S)

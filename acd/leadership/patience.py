"""Waiting for a store that is away, without giving up and without a word too many in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.ports import Unavailable

log = structlog.get_logger(__name__)

RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Waits between tries; the last one repeats."""

T = TypeVar("T")


async def insist(attempt: Callable[[], Awaitable[T]]) -> T:
    """Tries until it succeeds; says once that it waits, and once that it goes on."""
    tries = 0
    while True:
        try:
            result = await attempt()
        except Unavailable as error:
            if tries == 0:
                log.warning("acd waits", error=error)
            await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1
            continue
        if tries:
            log.info("acd goes on", tries=tries)
        return result

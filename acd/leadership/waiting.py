"""How the ACD waits for what is away: Redis, for as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core import retrying

log = structlog.get_logger(__name__)
T = TypeVar("T")


async def until_available(attempt: Callable[[], Awaitable[T]]) -> T:
    """What `attempt` returns once it succeeds; only `Unavailable` is waited out."""
    return await retrying.until_available(attempt, "acd", log, asyncio.sleep)

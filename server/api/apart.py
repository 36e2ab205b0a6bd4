"""Work on whole configurations, flows and reports beside the event loop, which has calls and screens to serve: large ones take
seconds.

Invariant: one piece at a time. Each further thread would take as much of the interpreter from the loop as the first one: beside
one it comes round in milliseconds, beside eight in half a second. And in the threads that everybody shares, a dozen large flows
kept whoever signed in waiting for a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from server.api.errors import ApiError

T = TypeVar("T")
MOST_WAITING = 16
RETRY_AFTER_S = 10


class Apart:
    """Owns the order of those who wait."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def run(self, work: Callable[[], T], *, admitted: bool = False) -> T:
        """In a thread, when it is its turn. Raises a 429 when too many wait, unless the request was `admitted` before."""
        if self._waiting >= MOST_WAITING and not admitted:
            text = "Several large texts and reports are being worked on. Please try again in a moment."
            raise ApiError(429, "too_many_tries", text, {"Retry-After": str(RETRY_AFTER_S)})
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

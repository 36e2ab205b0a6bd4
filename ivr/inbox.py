"""Inputs on their way to one call's session: bounded, and the newest queue position replaces an older one."""

from __future__ import annotations

import asyncio
from collections import deque

from ivr.inputs import Digit, Input, QueuePosition, Speech

MOST_INPUTS = 100
"""When more are waiting, the oldest digit or word is dropped and counted: nobody types that fast. Others are few, and kept."""


class Inbox:
    """Owns the inputs of one call that its session has not taken yet."""

    def __init__(self) -> None:
        self._inputs: deque[Input] = deque()
        self._arrived = asyncio.Event()
        self.dropped = 0

    def put(self, heard: Input) -> None:
        if isinstance(heard, QueuePosition):
            self._drop_oldest(QueuePosition)
        elif len(self._inputs) >= MOST_INPUTS and self._drop_oldest((Digit, Speech)):
            self.dropped += 1
        self._inputs.append(heard)
        self._arrived.set()

    def _drop_oldest(self, kind: type[Input] | tuple[type[Input], ...]) -> bool:
        for waiting in self._inputs:
            if isinstance(waiting, kind):
                self._inputs.remove(waiting)
                return True
        return False

    async def get(self, limit_s: float) -> Input | None:
        """The next input, or None after `limit_s`."""
        if not self._inputs:
            self._arrived.clear()
            try:
                async with asyncio.timeout(max(0.0, limit_s)):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._inputs.popleft()

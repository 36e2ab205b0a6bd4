"""Everybody who sees the same messages: one numbering, a ring of recent messages for those who reconnect, bounded queues.

Invariant: numbers count up by one; a listener gets every message after the one it began with, or is cut off (and comes back for a
new snapshot) when it does not read fast enough.
"""

from __future__ import annotations

import asyncio
from collections import deque

from server.live.messages import Message, encode

RING = 2000
QUEUE = 1000


class Listener:
    """One connection's queue. `cut_off` is set when it does not follow; it gets nothing more then."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.cut_off = asyncio.Event()

    def put(self, data: bytes) -> None:
        if self.cut_off.is_set():
            return
        if self.queue.full():
            self.cut_off.set()
        else:
            self.queue.put_nowait(data)


class Audience:
    def __init__(self) -> None:
        self.seq = 0
        self.listeners: set[Listener] = set()
        self.empty_since: float | None = None
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=RING)

    def send(self, message: Message) -> None:
        """Raises what encoding raises; then nothing has changed."""
        data = encode(message, self.seq + 1)
        self.seq += 1
        self._ring.append((self.seq, data))
        for listener in self.listeners:
            listener.put(data)

    def after(self, seq: int) -> list[bytes] | None:
        """The messages after `seq`; None when they are no longer (or not yet) here."""
        if seq == self.seq:
            return []
        if not self._ring or seq > self.seq or seq < self._ring[0][0] - 1:
            return None
        return [data for number, data in self._ring if number > seq]

"""How often an address may try something: a counter per minute in Redis, shared by all servers."""

from __future__ import annotations

import hashlib
import math

from core.ports import Clock
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

WINDOW_S = 60


class RedisLimits:
    def __init__(self, url: str, prefix: str, clock: Clock) -> None:
        self._redis = connect_for_requests(url)
        self._prefix = f"{prefix}limit:"
        self._clock = clock

    async def close(self) -> None:
        await self._redis.aclose()

    async def seconds_to_wait(self, what: str, who: str, limit: int) -> int:
        """Counts one try; 0 when it is within `limit` per minute, else how long to wait. Raises `Unavailable`."""
        now = self._clock.now()
        window = int(now // WINDOW_S)
        # An address is personal data: only its hash is kept, and that for a minute.
        key = f"{self._prefix}{what}:{window}:{hashlib.sha256(who.encode()).hexdigest()[:16]}"
        async with unavailable_when_away("count tries"), self._redis.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, WINDOW_S)
            count, _ = await pipe.execute()
        return 0 if count <= limit else max(1, math.ceil((window + 1) * WINDOW_S - now))

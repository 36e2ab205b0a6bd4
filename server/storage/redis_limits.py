"""How often somebody may try something: leaky buckets in Redis, shared by all servers.

A try fills a bucket by one, time empties it by `per_minute` in a minute. Beyond `per_minute` it is too full: what that means
(refused, delayed) is for the caller to say. A bucket never holds more than `per_minute` + `beyond`, so that whoever stops trying
is forgiven soon.
"""

from __future__ import annotations

import hashlib
import math
from typing import Any

from core.ports import Clock
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

_COUNT = """
local level, at = unpack(redis.call('HMGET', KEYS[1], 'level', 'at'))
local now, per_s, most, weight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local leaked = math.max(0, now - (tonumber(at) or now)) * per_s
level = math.max(0, math.min(most, math.max(0, (tonumber(level) or 0) - leaked) + weight))
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most / per_s * 1000) + 1000)
return tostring(level)
"""


class RedisLimits:
    def __init__(self, url: str, prefix: str, clock: Clock) -> None:
        self._redis = connect_for_requests(url)
        self._prefix = f"{prefix}bucket:"
        self._clock = clock

    async def close(self) -> None:
        await self._redis.aclose()

    async def count(self, what: str, who: str, per_minute: int, *, beyond: float = 1.0, weight: float = 1.0) -> float:
        """How full the bucket is with this try in it; `weight` -1 takes one back. Raises `Unavailable`."""
        arguments: list[str | float] = [f"{self._clock.now():.3f}", per_minute / 60, per_minute + beyond, weight]
        async with unavailable_when_away("count tries"):
            level: Any = await self._redis.eval(_COUNT, 1, self._key(what, who), *arguments)
        return float(level)

    async def seconds_to_wait(self, what: str, who: str, per_minute: int) -> int:
        """Counts one try; 0 when it is within the limit, else how long to wait. Raises `Unavailable`."""
        level = await self.count(what, who, per_minute)
        return math.ceil(max(0.0, level - per_minute) * 60 / per_minute)

    async def remember(self, what: str, who: str, for_s: float) -> None:
        """Raises `Unavailable`."""
        async with unavailable_when_away("remember"):
            await self._redis.set(self._key(what, who), b"1", px=int(for_s * 1000))

    async def is_remembered(self, what: str, who: str) -> bool:
        """Raises `Unavailable`."""
        async with unavailable_when_away("remember"):
            return bool(await self._redis.exists(self._key(what, who)))

    def _key(self, what: str, who: str) -> str:
        """An address is personal data: only its hash is kept, and that for minutes."""
        return f"{self._prefix}{what}:{hashlib.sha256(who.encode(errors='replace')).hexdigest()[:24]}"

"""Sign-ins in Redis: an opaque random token in the cookie, its hash as the key, so that a copy of Redis signs nobody in.

Invariant: a session is found while now < `idle_until` and now < `until`, and never again after `end` or `end_all` has returned.
The time is the caller's (`Clock`); Redis' own expiry only cleans up. Why one was ended is kept for a day, for whoever comes
with its cookie; the first reason counts.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple

from core.ids import UserId
from core.ports import Clock
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

_BEGIN = """
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
redis.call('HSET', KEYS[1], 'value', ARGV[2], 'idle_until', ARGV[3], 'until', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('SADD', KEYS[3], ARGV[7])
for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if redis.call('EXISTS', key) == 0 then redis.call('ZREM', KEYS[2], key) end
end
local ended = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1 - tonumber(ARGV[8]))) do
  if key ~= KEYS[1] then
    ended[#ended + 1] = redis.call('HGET', key, 'value')
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[2], key)
    redis.call('SET', key .. ':over', ARGV[9], 'NX', 'PX', ARGV[10])
  end
end
return ended
"""
"""Writes one session and ends the oldest beyond the most that one person may have; their values are the answer. Those that have
ended, or that nobody used for so long, count no more."""

_FIND = """
local value, idle_until, till = unpack(redis.call('HMGET', KEYS[1], 'value', 'idle_until', 'until'))
local now, idle_s = tonumber(ARGV[1]), tonumber(ARGV[2])
if not value or now >= tonumber(idle_until) or now >= tonumber(till) then return false end
if idle_s > 0 then
  local ends = math.min(now + idle_s, tonumber(till))
  redis.call('HSET', KEYS[1], 'idle_until', string.format('%.3f', now + idle_s))
  redis.call('PEXPIRE', KEYS[1], math.ceil((ends - now) * 1000))
  idle_until = now + idle_s
end
return {value, tostring(math.min(tonumber(idle_until), tonumber(till)))}
"""
"""The value and when it ends, prolonged when `idle_s` is given."""

_END_ALL = """
local ended = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local value = redis.call('HGET', key, 'value')
  if value then
    ended[#ended + 1] = value
    redis.call('SET', key .. ':over', ARGV[2], 'NX', 'PX', ARGV[3])
  end
  redis.call('DEL', key)
end
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return ended
"""


_REPLACE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'value', ARGV[1])
return 1
"""
"""Another value for a session that lives: one that has ended must not come back."""


OVER_KEPT_MS = 24 * 3600 * 1000
"""How long somebody who comes back is told why they were signed out."""


class Kept(NamedTuple):
    """One session that lives, for whoever lists them; its token is in the cookie alone."""

    key: str
    value: bytes
    seen_at: float


class RedisSessions:
    """Owns the sessions; what they say (`value`) is the caller's."""

    def __init__(self, url: str, prefix: str, clock: Clock, *, idle_s: float, longest_s: float, per_user: int) -> None:
        self._redis = connect_for_requests(url)
        self._prefix = prefix
        self._clock = clock
        self._idle_s = idle_s
        self._longest_s = longest_s
        self._per_user = per_user

    async def close(self) -> None:
        await self._redis.aclose()

    async def begin(self, user_id: UserId, value: bytes, displaced: str) -> tuple[str, list[bytes]]:
        """The token of a new session, which is in no other place, and the values of those it displaced, for the reason
        `displaced`. Raises `Unavailable`."""
        token, now = secrets.token_urlsafe(32), self._clock.now()
        keys = [self._key(token), self._of(user_id), self._users]
        idle_s = min(self._idle_s, self._longest_s)
        times: list[str | bytes] = [f"{now:.3f}", value, f"{now + idle_s:.3f}", f"{now + self._longest_s:.3f}"]
        lives = [int(idle_s * 1000) + 1, int(self._longest_s * 1000) + 1]
        async with unavailable_when_away("begin session"):
            ended: Any = await self._redis.eval(
                _BEGIN, len(keys), *keys, *times, *lives, user_id, self._per_user, displaced, OVER_KEPT_MS
            )
        return token, [bytes(each) for each in ended if each]

    async def find(self, token: str) -> bytes | None:
        """The session's value, its life prolonged. Raises `Unavailable`."""
        found = await self._look(token, self._idle_s)
        return None if found is None else found[0]

    async def ends_at(self, token: str) -> float | None:
        """When it ends if nothing is done with it; None: it has. Raises `Unavailable`."""
        found = await self._look(token, 0.0)
        return None if found is None else found[1]

    async def _look(self, token: str, idle_s: float) -> tuple[bytes, float] | None:
        async with unavailable_when_away("find session"):
            found: Any = await self._redis.eval(_FIND, 1, self._key(token), f"{self._clock.now():.3f}", idle_s)
        return None if found is None else (bytes(found[0]), float(found[1]))

    async def end(self, token: str, why: str) -> None:
        """Harmless when it is over. Raises `Unavailable`."""
        await self._end(self._key(token), why)

    async def end_all(self, user_id: UserId, why: str) -> list[bytes]:
        """Ends every session of a person; their values. Raises `Unavailable`."""
        keys = self._of(user_id), self._users
        async with unavailable_when_away("end sessions"):
            ended: Any = await self._redis.eval(_END_ALL, len(keys), *keys, user_id, why, OVER_KEPT_MS)
        return [bytes(each) for each in ended]

    async def why_over(self, token: str) -> str | None:
        """What was said when it was ended; None: it lives, was ended long ago, ran out, or never was. Raises `Unavailable`."""
        async with unavailable_when_away("find session"):
            found: Any = await self._redis.get(_over(self._key(token)))
        return None if found is None else bytes(found).decode()

    async def people(self) -> list[UserId]:
        """Whoever may have a session. Raises `Unavailable`."""
        async with unavailable_when_away("list sessions"):
            found: Any = await self._redis.smembers(self._users)
        return [UserId(each.decode()) for each in found]

    async def of(self, user_id: UserId) -> list[bytes]:
        """The values of a person's sessions. Raises `Unavailable`."""
        async with unavailable_when_away("list sessions"):
            keys: Any = await self._redis.zrange(self._of(user_id), 0, -1)
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hget(key, "value")
                found: Iterable[Any] = await pipe.execute() if keys else []
        return [bytes(each) for each in found if each]

    async def listed(self, user_id: UserId) -> list[Kept]:
        """A person's sessions that live. Raises `Unavailable`."""
        now = self._clock.now()
        async with unavailable_when_away("list sessions"):
            keys: Any = await self._redis.zrange(self._of(user_id), 0, -1)
            async with self._redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.hmget(key, "value", "idle_until", "until")
                found: Iterable[Any] = await pipe.execute() if keys else []
        idle_s = min(self._idle_s, self._longest_s)
        return [
            Kept(key.decode(), bytes(value), float(idle_until) - idle_s)
            for key, (value, idle_until, until) in zip(keys, found, strict=True)
            if value and now < float(idle_until) and now < float(until)
        ]

    async def seen(self, user_ids: Iterable[UserId]) -> dict[UserId, float]:
        """When each of them who is signed in was seen last. Raises `Unavailable`."""
        ids = tuple(user_ids)
        async with unavailable_when_away("list sessions"):
            async with self._redis.pipeline(transaction=False) as pipe:
                for user_id in ids:
                    pipe.zrange(self._of(user_id), 0, -1)
                found: list[Any] = await pipe.execute() if ids else []
            owned = [(user_id, key) for user_id, keys in zip(ids, found, strict=True) for key in keys]
            async with self._redis.pipeline(transaction=False) as pipe:
                for _, key in owned:
                    pipe.hget(key, "idle_until")
                ends: list[Any] = await pipe.execute() if owned else []
        idle_s, now, seen = min(self._idle_s, self._longest_s), self._clock.now(), dict[UserId, float]()
        for (user_id, _), idle_until in zip(owned, ends, strict=True):
            if idle_until and now < float(idle_until):
                seen[user_id] = max(seen.get(user_id, 0.0), float(idle_until) - idle_s)
        return seen

    async def end_kept(self, kept: Kept, why: str) -> None:
        """Raises `Unavailable`."""
        await self._end(kept.key, why)

    async def _end(self, key: str, why: str) -> None:
        async with unavailable_when_away("end session"), self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.set(_over(key), why, nx=True, px=OVER_KEPT_MS)
            await pipe.execute()

    async def replace(self, kept: Kept, value: bytes) -> None:
        """What the session says from now on; nothing when it has ended. Raises `Unavailable`."""
        async with unavailable_when_away("change session"):
            await self._redis.eval(_REPLACE, 1, kept.key, value)

    def _key(self, token: str) -> str:
        return f"{self._prefix}sign-in:{hashlib.sha256(token.encode()).hexdigest()}"

    def _of(self, user_id: UserId) -> str:
        return f"{self._prefix}sign-ins-of:{user_id}"

    @property
    def _users(self) -> str:
        return f"{self._prefix}sign-ins"


def _over(key: str) -> str:
    return f"{key}:over"

"""Sign-ins in Redis: an opaque random token in the cookie, its hash as the key, so that a copy of Redis signs nobody in."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from server.storage.redis_connection import connect_for_requests, unavailable_when_away


class RedisSessions:
    def __init__(self, url: str, prefix: str, lifetime_s: float) -> None:
        self._redis = connect_for_requests(url)
        self._prefix = f"{prefix}session:"
        self._lifetime_ms = int(lifetime_s * 1000)

    async def close(self) -> None:
        await self._redis.aclose()

    async def begin(self, value: bytes) -> str:
        """A new session; the token is in no other place than the answer. Raises `Unavailable`."""
        token = secrets.token_urlsafe(32)
        async with unavailable_when_away("begin session"):
            await self._redis.set(self._key(token), value, px=self._lifetime_ms)
        return token

    async def find(self, token: str) -> bytes | None:
        """The session's value, its life prolonged. Raises `Unavailable`."""
        async with unavailable_when_away("find session"):
            found: Any = await self._redis.getex(self._key(token), px=self._lifetime_ms)
        return None if found is None else bytes(found)

    async def end(self, token: str) -> None:
        async with unavailable_when_away("end session"):
            await self._redis.delete(self._key(token))

    def _key(self, token: str) -> str:
        return self._prefix + hashlib.sha256(token.encode()).hexdigest()

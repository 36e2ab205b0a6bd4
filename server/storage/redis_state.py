"""Small state that survives a restart: `core.ports.StateStore` as one Redis hash per kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.storage.redis_connection import connect_for_requests, unavailable_when_away


class RedisStateStore:
    def __init__(self, url: str, prefix: str = "pb:") -> None:
        self._redis = connect_for_requests(url)
        self._prefix = f"{prefix}state:"

    async def close(self) -> None:
        await self._redis.aclose()

    async def save(self, kind: str, key: str, value: bytes) -> None:
        async with unavailable_when_away("save state"):
            await self._redis.hset(self._prefix + kind, key, value)

    async def load_all(self, kind: str) -> Mapping[str, bytes]:
        async with unavailable_when_away("load state"):
            found: dict[bytes, bytes] = await self._redis.hgetall(self._prefix + kind)  # type: ignore[assignment]
        return {key.decode(): value for key, value in found.items()}

    async def load(self, kind: str, key: str) -> bytes | None:
        """One value, for those who know its key."""
        async with unavailable_when_away("load state"):
            found: Any = await self._redis.hget(self._prefix + kind, key)
        return None if found is None else bytes(found)

    async def delete(self, kind: str, key: str) -> None:
        async with unavailable_when_away("delete state"):
            await self._redis.hdel(self._prefix + kind, key)

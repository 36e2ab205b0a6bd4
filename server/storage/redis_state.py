"""Small state that survives a restart: `core.ports.StateStore` as one Redis hash per kind.

::

    <prefix>state:<kind>         what lives, by its key, and beside it the token of its newest step (`redis_steps.py`)
    <prefix>state-aside:<kind>   what could not be read (`core.saved`), as it was
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from redis.exceptions import ResponseError

from core.dead_letters import letter_of_state
from core.ports import Clock, DeadLetters
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

log = structlog.get_logger(__name__)

MOST_IDS = 50
"""In one log line."""
TOKEN_OF = "\0"
"""Behind a key in the same hash, which no id has: the token of its newest step."""


class RedisStateStore:
    def __init__(self, url: str, prefix: str = "pb:", letters: DeadLetters | None = None, clock: Clock | None = None) -> None:
        """`letters` and `clock` are needed where state is read at a start: what is set aside is shown to people."""
        self._letters = letters
        self._clock = clock
        self._redis = connect_for_requests(url)
        self._prefix = f"{prefix}state:"
        self._aside = f"{prefix}state-aside:"

    async def close(self) -> None:
        await self._redis.aclose()

    async def save(self, kind: str, key: str, value: bytes) -> None:
        async with unavailable_when_away("save state"):
            await self._redis.hset(self._prefix + kind, key, value)

    async def load_all(self, kind: str) -> Mapping[str, bytes]:
        async with unavailable_when_away("load state"):
            try:
                found: dict[bytes, bytes] = await self._redis.hgetall(self._prefix + kind)  # type: ignore[assignment]
            except ResponseError as error:
                if not str(error).startswith("WRONGTYPE"):
                    raise
                log.error("this key holds something else: put out of the way", kind=kind)
                await self._redis.rename(self._prefix + kind, f"{self._aside}{kind}:not-a-hash")
                await self._tell(kind, {kind: "this key holds something else"})
                found = {}
        mark = TOKEN_OF.encode()
        return {key.decode(errors="surrogateescape"): value for key, value in found.items() if not key.endswith(mark)}

    async def load(self, kind: str, key: str) -> bytes | None:
        """One value, for those who know its key."""
        async with unavailable_when_away("load state"):
            found: Any = await self._redis.hget(self._prefix + kind, key)
        return None if found is None else bytes(found)

    async def delete(self, kind: str, key: str) -> None:
        async with unavailable_when_away("delete state"):
            await self._redis.hdel(self._prefix + kind, key, key + TOKEN_OF)

    async def set_aside(self, kind: str, reasons: Mapping[str, str]) -> None:
        async with unavailable_when_away("set state aside"):
            for key in reasons:
                name = key.encode(errors="surrogateescape")
                value: Any = await self._redis.hget(self._prefix + kind, name)
                async with self._redis.pipeline(transaction=True) as pipe:
                    if value is not None:
                        pipe.hset(self._aside + kind, name, value)
                    pipe.hdel(self._prefix + kind, name, name + TOKEN_OF.encode())
                    await pipe.execute()
        log.error("saved_state_set_aside", kind=kind, **_told(reasons))
        await self._tell(kind, reasons)

    async def _tell(self, kind: str, reasons: Mapping[str, str]) -> None:
        if self._letters is not None and self._clock is not None:
            for key, reason in reasons.items():
                await self._letters.set_aside(letter_of_state(kind, key, reason, at=self._clock.now()))


def _told(reasons: Mapping[str, str]) -> dict[str, object]:
    """One line for all of them: the ids of the first ones."""
    ids = [key.encode(errors="backslashreplace").decode() for key in list(reasons)[:MOST_IDS]]
    return {"count": len(reasons), "ids": ids, "reason": next(iter(reasons.values()), "")}

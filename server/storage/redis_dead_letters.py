"""Dead letters on their way: every process writes them to one bounded stream, the control process moves them into the database.

Invariant: `set_aside` never raises for want of Redis. What cannot be written is kept in memory, the newest `KEPT_IN_MEMORY`, and
goes out with the next letter or `flush`.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

import msgspec
import structlog

from core.dead_letters import DeadLetter
from core.ports import Unavailable
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

log = structlog.get_logger(__name__)

KEPT = 500
KEPT_IN_MEMORY = 200
FIELD = b"m"


class RedisDeadLetters:
    """`core.ports.DeadLetters`, for every process."""

    def __init__(self, url: str, prefix: str = "pb:") -> None:
        self._redis = connect_for_requests(url)
        self._stream = f"{prefix}dead_letters"
        self._unwritten: deque[DeadLetter] = deque(maxlen=KEPT_IN_MEMORY)
        self._told: deque[str] = deque(maxlen=KEPT_IN_MEMORY)
        self.counts: Counter[tuple[str, str]] = Counter()
        """By stage and part, since the start of this process."""

    async def close(self) -> None:
        await self._redis.aclose()

    async def set_aside(self, letter: DeadLetter) -> None:
        """A letter that this process has told of already is only counted: what fails twice a second must not fill the store."""
        self.counts[letter.stage, letter.part] += 1
        if letter.letter_id in self._told:
            return
        self._told.append(letter.letter_id)
        ids = {name: value for name, value in letter.ids.items() if name not in _OWN_FIELDS}
        log.error(
            "set aside",
            letter_id=letter.letter_id,
            stage=letter.stage,
            part=letter.part,
            kind=letter.kind,
            reason=letter.reason,
            **ids,
        )
        self._unwritten.append(letter)
        await self.flush()

    async def flush(self) -> None:
        """Writes what waits, as far as Redis is there."""
        while self._unwritten:
            letter = self._unwritten[0]
            try:
                async with unavailable_when_away("set aside"):
                    await self._redis.xadd(self._stream, {FIELD: msgspec.msgpack.encode(letter)}, maxlen=KEPT, approximate=True)
            except Unavailable as error:
                log.warning("dead letters wait", count=len(self._unwritten), error=error)
                return
            if self._unwritten and self._unwritten[0] is letter:
                self._unwritten.popleft()

    # ── for whoever moves them on ─────────────────────────────────────────────────────────────────────────────

    async def waiting(self) -> int:
        """How many are not in the database yet. Raises `Unavailable`."""
        async with unavailable_when_away("count dead letters"):
            return int(await self._redis.xlen(self._stream))

    async def oldest(self, count: int) -> list[tuple[str, DeadLetter | None]]:
        """With their entries' ids; None for an entry that is no letter. Raises `Unavailable`."""
        async with unavailable_when_away("read dead letters"):
            found: Any = await self._redis.xrange(self._stream, count=count)
        return [(entry_id.decode(), _letter(fields.get(FIELD, b""))) for entry_id, fields in found or ()]

    async def moved(self, entry_ids: list[str]) -> None:
        async with unavailable_when_away("delete dead letters"):
            await self._redis.xdel(self._stream, *entry_ids)


_OWN_FIELDS = frozenset({"letter_id", "stage", "part", "kind", "reason", "event", "level"})


def _letter(data: bytes) -> DeadLetter | None:
    try:
        return msgspec.msgpack.decode(data, type=DeadLetter)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None

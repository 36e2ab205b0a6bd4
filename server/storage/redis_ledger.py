"""`core.leadership.Ledger` in Redis: a stream of entries, a hash with snapshot and cursor, and the bus's own event stream.

::

    <prefix>lease:<name>            who leads (`redis_lease.py`)
    <prefix>ledger:<name>           seq, snapshot, snapshot_seq, cursor, note
    <prefix>ledger:<name>:entries   one entry for each step, its number is the id
    <prefix>events                  what the steps published (`redis_bus.py`)

Invariant: one script checks the fence and writes everything a step needs, so a step is in all four or in none. On a Redis Cluster
the prefix must hold a hash tag (``{pb}:``), because a script works within one slot.

What somebody else wrote there is set aside once, under ``…:unreadable``: a hash that cannot be read is a new ledger (a leader
that lives writes its whole state into it with the next step), entries that are no step of ours leave the others where they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from core.codec import encode
from core.faults import told
from core.leadership import Fence, Fenced, Gap, Step, Written
from core.ports import Unavailable
from server.storage.redis_bus import EVENTS_KEPT, FIELD, part_of
from server.storage.redis_connection import (
    BLOCK_MS,
    READ_TIMEOUT_S,
    TROUBLE,
    connect_for_blocking,
    connect_for_requests,
    unavailable_when_away,
)
from server.storage.redis_lease import STANDS, WHOLE, lease_key

log = structlog.get_logger(__name__)

ENTRIES_KEPT = 1024
"""Before the newest snapshot: for followers that are a little behind."""

_MEND = """
local function mended(kept, entries)
    local last = 0
    if holds(kept, 'hash') then
        local found = redis.call('HMGET', kept, 'seq', 'snapshot_seq', 'cursor')
        last = string.find(found[3] or '', '^%d*%-?%d*$') and whole(found[2]) and whole(found[1])
    else
        last = nil
    end
    if not last then
        redis.call('RENAME', kept, kept .. ':unreadable')
        if redis.call('EXISTS', entries) == 1 then redis.call('RENAME', entries, entries .. ':unreadable') end
        return 'ledger'
    end
    local function ours(id)
        local seq, sub = string.match(id, '^(%d+)%-(%d+)$')
        return sub == '0' and tonumber(seq) <= last
    end
    local sound = holds(entries, 'stream')
    if sound then
        local newest = redis.call('XREVRANGE', entries, '+', '-', 'COUNT', 1)[1]
        if not newest or ours(newest[1]) then return '' end
    end
    redis.call('RENAME', entries, entries .. ':unreadable')
    if sound then
        for _, entry in ipairs(redis.call('XRANGE', entries .. ':unreadable', '-', '+')) do
            if ours(entry[1]) then redis.call('XADD', entries, entry[1], unpack(entry[2])) end
        end
    end
    return 'entries'
end
"""
"""No entry is newer than `seq`, and each has its whole number as id: with a newer one, none of ours could be added any more."""

_FENCE = STANDS + "if not stands(KEYS[1], tonumber(ARGV[1]), ARGV[2]) then return 'fenced' end\n"
_APPEND = (
    _FENCE
    + _MEND
    + """
mended(KEYS[2], KEYS[3])
local seq, last = tonumber(ARGV[3]), tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
if seq == last then return 'written' end
if ARGV[6] ~= '' then
    redis.call('DEL', KEYS[3])
    redis.call('HSET', KEYS[2], 'snapshot', ARGV[6], 'snapshot_seq', seq)
elseif seq ~= last + 1 then
    return 'gap'
end
redis.call('XADD', KEYS[3], seq .. '-0', 'm', ARGV[4])
redis.call('HSET', KEYS[2], 'seq', seq, 'cursor', ARGV[5])
for i = 8, #ARGV, 2 do redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], '*', 'm', ARGV[i], 'p', ARGV[i + 1]) end
return 'written'
"""
)
_SAVE = (
    _FENCE
    + _MEND
    + """
mended(KEYS[2], KEYS[3])
redis.call('HSET', KEYS[2], 'snapshot', ARGV[4], 'snapshot_seq', ARGV[3], 'seq', ARGV[3])
redis.call('XTRIM', KEYS[3], 'MINID', math.max(0, tonumber(ARGV[3]) - tonumber(ARGV[5])))
return 'written'
"""
)
_MARK = (
    _FENCE + _MEND + "mended(KEYS[2], KEYS[3]) redis.call('HSET', KEYS[2], 'cursor', ARGV[3], 'note', ARGV[4]) return 'written'"
)
_LOAD = (
    WHOLE
    + _MEND
    + """
local mend = mended(KEYS[1], KEYS[2])
return {mend, unpack(redis.call('HMGET', KEYS[1], 'seq', 'snapshot_seq', 'snapshot', 'cursor', 'note'))}
"""
)


class RedisLedger:
    """Owns a client for requests and one for waiting."""

    def __init__(self, url: str, prefix: str, name: str) -> None:
        self._redis = connect_for_requests(url)
        self._reader = connect_for_blocking(url)
        self._kept, self._entries = f"{prefix}ledger:{name}", f"{prefix}ledger:{name}:entries"
        self._keys = [lease_key(prefix, name), self._kept, self._entries, f"{prefix}events"]
        self._append = self._redis.register_script(_APPEND)
        self._save = self._redis.register_script(_SAVE)
        self._mark = self._redis.register_script(_MARK)
        self._load = self._redis.register_script(_LOAD)

    async def close(self) -> None:
        await self._redis.aclose()
        await self._reader.aclose()

    async def append(self, fence: Fence, step: Step) -> None:
        events = [word for event in step.events for word in (encode(event), part_of(event))]
        await self._write(
            self._append, fence, step.seq, step.entry, step.cursor, step.snapshot or b"", EVENTS_KEPT, *events, what="append"
        )

    async def save(self, fence: Fence, seq: int, snapshot: bytes) -> None:
        await self._write(self._save, fence, seq, snapshot, ENTRIES_KEPT, what="save a snapshot")

    async def mark(self, fence: Fence, cursor: str, note: bytes) -> None:
        await self._write(self._mark, fence, cursor, note, what="mark")

    async def _write(self, script: Any, fence: Fence, *args: bytes | int | str, what: str) -> None:
        async with unavailable_when_away(what):
            answer: Any = await script(keys=self._keys, args=[fence.token, fence.owner, *args])
        if answer == b"fenced":
            raise Fenced(f"term {fence.token} is over")
        if answer == b"gap":
            raise Gap("the ledger has lost its newest entries")

    async def load(self) -> Written:
        async with unavailable_when_away("load the ledger"):
            found: Any = await self._load(keys=[self._kept, self._entries])
        mended, seq, snapshot_seq, snapshot, cursor, note = found
        if mended:
            log.error("what no leader wrote was set aside", kind=mended.decode())
        return Written(
            seq=int(seq or 0),
            snapshot_seq=int(snapshot_seq or 0),
            snapshot=snapshot,
            cursor=(cursor or b"").decode(),
            note=note or b"",
        )

    async def entries(self, after: int) -> list[tuple[int, bytes]]:
        async with unavailable_when_away("read entries"):
            found: Any = await self._redis.xrange(self._entries, min=_after(after, "("))
        return _numbered(found)

    async def follow(self, after: int) -> list[tuple[int, bytes]]:
        while True:
            try:
                async with asyncio.timeout(READ_TIMEOUT_S):
                    answer: Any = await self._reader.xread({self._entries: _after(after)}, count=500, block=BLOCK_MS)
            except TROUBLE as error:
                raise Unavailable(f"Redis is away (follow entries): {told(error)}") from error
            if answer and (found := _numbered(answer[0][1])):
                return found
            if answer:
                await self.load()  # sets aside what would be read again at once


def _after(seq: int, exclusive: str = "") -> str:
    """Past everything with this number, whatever follows its dash."""
    return f"{exclusive}{seq}-{2**64 - 1}"


def _numbered(entries: Sequence[tuple[bytes, dict[bytes, bytes]]]) -> list[tuple[int, bytes]]:
    """Ours only: a whole number each."""
    halves = [(raw_id.partition(b"-"), fields) for raw_id, fields in entries]
    return [(int(seq), fields.get(FIELD, b"")) for (seq, _, rest), fields in halves if rest == b"0"]

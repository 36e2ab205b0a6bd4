"""`core.partitions.Partitions` in Redis: one hash of owners, one of workers.

::

    <prefix>partitions   partition → "token owner cursor"; the owner is `-` while nobody has it
    <prefix>workers      worker → "beat life cursor"

Each script is atomic, and no key expires: see `redis_lease.py`. What somebody else wrote there counts as never taken: its owner,
if there is one, writes itself in again with its next step.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from core.leadership import Fence
from core.partitions import PARTITIONS, Member, Share, Table
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

NOBODY = "-"

PART_STANDS = """
local function share(text)
    local token, owner, cursor = string.match(text or '', '^(%d+) (%S+) (%S*)$')
    if not token or #token > 15 then return 0, '-', '' end
    return tonumber(token), owner, cursor
end
local function part_stands(partitions, partition, token, owner)
    local newest, found = share(redis.call('HGET', partitions, partition))
    if token < newest or (token == newest and owner ~= found) then return false end
    if token > newest then redis.call('HSET', partitions, partition, string.format('%.0f', token) .. ' ' .. owner .. ' ') end
    return true
end
"""
"""Whether an owner's token is the newest of its partition. One that Redis has forgotten is written again, as with a lease."""

_BEAT = """
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], ARGV[1], ARGV[2]) end
for i = 3, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
"""
_CLAIM = (
    PART_STANDS
    + """
local won = {}
for i = 2, #ARGV, 4 do
    local token, owner = share(redis.call('HGET', KEYS[1], ARGV[i]))
    if token == tonumber(ARGV[i + 1]) and owner == ARGV[i + 2] then
        redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f', token + 1) .. ' ' .. ARGV[1] .. ' ' .. ARGV[i + 3])
        won[#won + 1] = ARGV[i]
    end
end
return won
"""
)
_WRITE = (
    PART_STANDS
    + """
for i = 3, #ARGV, 2 do
    if part_stands(KEYS[1], ARGV[i], tonumber(ARGV[i + 1]), ARGV[1]) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[2])
    end
end
return 1
"""
)


def partitions_key(prefix: str) -> str:
    return f"{prefix}partitions"


class RedisPartitions:
    """Owns a Redis client."""

    def __init__(self, url: str, prefix: str) -> None:
        self._redis = connect_for_requests(url)
        self._keys = [partitions_key(prefix), f"{prefix}workers"]
        self._beat = self._redis.register_script(_BEAT)
        self._claim = self._redis.register_script(_CLAIM)
        self._write = self._redis.register_script(_WRITE)

    async def close(self) -> None:
        await self._redis.aclose()

    async def beat(self, me: str, member: Member, forget: Set[str] = frozenset()) -> Table:
        told = f"{member.beat} {member.life or NOBODY} {member.cursor}"
        async with unavailable_when_away("show that the worker lives"):
            found: Any = await self._beat(keys=self._keys, args=[me, told, *sorted(forget)])
        return _table(*found)

    async def look(self) -> Table:
        """For people and tests."""
        async with unavailable_when_away("look at the partitions"):
            found: Any = await self._beat(keys=self._keys, args=["", ""])
        return _table(*found)

    async def claim(self, me: str, wanted: Mapping[int, Share], left_at: Mapping[int, str]) -> Mapping[int, Fence]:
        args = [word for p, share in wanted.items() for word in (p, share.token, share.owner or NOBODY, left_at.get(p, ""))]
        async with unavailable_when_away("claim partitions"):
            won: Any = await self._claim(keys=self._keys[:1], args=[me, *args])
        return {int(p): Fence(wanted[int(p)].token + 1, me) for p in won}

    async def settled(self, fences: Mapping[int, Fence]) -> None:
        for owner in {fence.owner for fence in fences.values()}:
            await self._say(fences, owner, f"{owner} ")

    async def give_back(self, fences: Mapping[int, Fence], cursor: str) -> None:
        for owner in {fence.owner for fence in fences.values()}:
            await self._say(fences, owner, f"{NOBODY} {cursor}")

    async def _say(self, fences: Mapping[int, Fence], owner: str, said: str) -> None:
        args = [word for p, fence in fences.items() if fence.owner == owner for word in (p, fence.token)]
        async with unavailable_when_away("write the partitions down"):
            await self._write(keys=self._keys[:1], args=[owner, said, *args])

    async def leave(self, me: str) -> None:
        async with unavailable_when_away("leave"):
            await self._redis.hdel(self._keys[1], me)


def _table(shares: list[bytes], members: list[bytes]) -> Table:
    return Table(
        shares={int(p): share for p, text in _pairs(shares) if _is_partition(p) and (share := _share(text)) is not None},
        members={name: member for name, text in _pairs(members) if (member := _member(text)) is not None},
    )


def _pairs(flat: list[bytes]) -> list[tuple[str, str]]:
    words = [word.decode(errors="replace") for word in flat]
    return list(zip(words[::2], words[1::2], strict=True))


def _is_partition(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) < PARTITIONS


def _share(text: str) -> Share | None:
    token, _, rest = text.partition(" ")
    owner, space, cursor = rest.partition(" ")
    if not (token.isascii() and token.isdigit() and len(token) <= 15 and owner and space and " " not in cursor):
        return None
    return Share(int(token), "" if owner == NOBODY else owner, cursor)


def _member(text: str) -> Member | None:
    beat, _, rest = text.partition(" ")
    life, space, cursor = rest.partition(" ")
    known = "" if life == NOBODY else life
    return Member(int(beat), known, cursor) if beat.isascii() and beat.isdigit() and space else None

"""`core.leadership.Lease` in Redis: one hash with the newest token, its owner and the owner's beat.

Each script is atomic. No key expires: expiry counts on the wall clock of the Redis server, which may jump; a silent leader is
noticed by the candidates' own steady clocks, and taking over is a compare-and-set on what they saw.

A hash that somebody else wrote, so that it cannot be read, is set aside under ``…:unreadable`` by whoever meets it first. Then it
counts as nobody's: a leader that lives writes itself in again with its next beat, otherwise a candidate follows as after silence.
"""

from __future__ import annotations

from typing import Any

import structlog

from core.leadership import Fence, Fenced, LeaseRecord
from server.storage.redis_connection import connect_for_requests, unavailable_when_away

log = structlog.get_logger(__name__)

NOBODY = "unreadable"
"""The owner after a hash was set aside: without a beat, so that it is waited for as for a silent leader."""

WHOLE = """
local function whole(text)
    text = text or '0'
    return #text <= 15 and string.find(text, '^%d+$') and tonumber(text) or nil
end
local function holds(key, kind)
    local found = redis.call('TYPE', key).ok
    return found == kind or found == 'none'
end
"""
"""A number as these scripts write it, or nil: `HINCRBY` and `tonumber` take words, hexadecimal and `nan`, or stop the script."""

STANDS = (
    WHOLE
    + """
local function stands(lease, token, owner)
    local found = redis.call('HMGET', lease, 'token', 'owner')
    local newest = whole(found[1])
    if not newest then error('the lease cannot be read') end
    if token < newest or (token == newest and owner ~= found[2]) then return false end
    if token > newest then redis.call('HSET', lease, 'token', token, 'owner', owner, 'beat', 0) end
    return true
end
"""
)
"""Whether a fence is the newest. A token that Redis has forgotten (a power cut took its last second) is written again; had it
been given to somebody else meanwhile, the owners would differ."""

_MEND = (
    STANDS
    + """
local function mended(lease, aside)
    if holds(lease, 'hash') then
        local found = redis.call('HMGET', lease, 'token', 'owner', 'beat')
        local owner = found[2] or ''
        if whole(found[1]) and whole(found[3]) and #owner <= 512 and string.find(owner, '^[%w%p]*$') then return 0 end
    end
    redis.call('RENAME', lease, aside)
    redis.call('HSET', lease, 'token', 0, 'owner', '"""
    + NOBODY
    + """', 'beat', 0)
    return 1
end
local mend = mended(KEYS[1], KEYS[2])
"""
)
_LOOK = _MEND + "return {mend, unpack(redis.call('HMGET', KEYS[1], 'token', 'owner', 'beat'))}"
_TAKE = """
local found = redis.call('HMGET', KEYS[1], 'token', 'owner', 'beat')
if (found[1] or '0') ~= ARGV[1] or (found[2] or '') ~= ARGV[2] or (found[3] or '0') ~= ARGV[3] then return 0 end
local token = redis.call('HINCRBY', KEYS[1], 'token', 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[4], 'beat', 0)
return token
"""
_RENEW = (
    _MEND
    + """
if not stands(KEYS[1], tonumber(ARGV[1]), ARGV[2]) then return {mend, 0} end
redis.call('HINCRBY', KEYS[1], 'beat', 1)
return {mend, 1}
"""
)
_RELEASE = STANDS + "if stands(KEYS[1], tonumber(ARGV[1]), ARGV[2]) then redis.call('HSET', KEYS[1], 'owner', '') end return 1"


def lease_key(prefix: str, name: str) -> str:
    return f"{prefix}lease:{name}"


class RedisLease:
    """Owns a Redis client."""

    def __init__(self, url: str, prefix: str, name: str, owner: str) -> None:
        """`name` is what is led, `owner` who this candidate is: unique, without spaces."""
        self._redis = connect_for_requests(url)
        self._key = lease_key(prefix, name)
        self._owner = owner
        self._aside = f"{self._key}:unreadable"
        self._look = self._redis.register_script(_LOOK)
        self._take = self._redis.register_script(_TAKE)
        self._renew = self._redis.register_script(_RENEW)
        self._release = self._redis.register_script(_RELEASE)

    async def close(self) -> None:
        await self._redis.aclose()

    @property
    def owner(self) -> str:
        return self._owner

    async def look(self) -> LeaseRecord:
        async with unavailable_when_away("look at the lease"):
            found: Any = await self._look(keys=[self._key, self._aside])
        mended, token, owner, beat = found
        self._tell(mended)
        return LeaseRecord(token=int(token or 0), owner=(owner or b"").decode(), beat=int(beat or 0))

    async def take(self, seen: LeaseRecord) -> Fence | None:
        async with unavailable_when_away("take the lease"):
            token: Any = await self._take(keys=[self._key], args=[seen.token, seen.owner, seen.beat, self._owner])
        return Fence(int(token), self._owner) if token else None

    async def renew(self, fence: Fence) -> None:
        async with unavailable_when_away("renew the lease"):
            found: Any = await self._renew(keys=[self._key, self._aside], args=[fence.token, fence.owner])
        mended, stands = found
        self._tell(mended)
        if not stands:
            raise Fenced(f"term {fence.token} is over")

    async def release(self, fence: Fence) -> None:
        async with unavailable_when_away("release the lease"):
            await self._release(keys=[self._key], args=[fence.token, fence.owner])

    def _tell(self, mended: int) -> None:
        if mended:
            log.error("the lease cannot be read and was set aside")

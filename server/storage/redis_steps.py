"""`core.steps.Steps` in Redis: one script writes the hashes of `redis_state.py` and the stream of `redis_bus.py`.

::

    <prefix>state:<kind>   values by their keys; beside each that has steps, the token of the newest one (`TOKEN_OF`)
    <prefix>events         what the steps tell

Invariant: a script is done whole or not at all, so a step is in all of them or in none. Nobody tries a step again behind the back
of whoever asked for it: the client of this adapter has no retries of its own.
"""

from __future__ import annotations

from typing import Any

from core.codec import Unfit, encode_fit
from core.dead_letters import Stage, letter_about
from core.events import AnyEvent
from core.leadership import Fence, Fenced
from core.partitions import partition_of
from core.ports import Clock, DeadLetters
from core.steps import Step
from server.storage.redis_bus import EVENTS_KEPT, entry_of
from server.storage.redis_connection import connect_for_steps, unavailable_when_away
from server.storage.redis_partitions import PART_STANDS, partitions_key
from server.storage.redis_state import TOKEN_OF

_ADVANCE = (
    PART_STANDS
    + """
local next = 0
local function take() next = next + 1 return ARGV[next] end
local function several(count) next = next + count return unpack(ARGV, next - count + 1, next) end
local kept, again, token, is_last = take(), take(), take(), take()
local mine = take()
local partition = take()
local fence, owner = tonumber(take()), take()
if again == '1' then
    if is_last == '1' then
        if redis.call('HEXISTS', KEYS[3], mine) == 0 then return 'written' end
    elseif redis.call('HGET', KEYS[3], mine) == token then
        return 'written'
    end
end
if partition ~= '' and not part_stands(KEYS[2], partition, fence, owner) then return 'fenced' end
for i = 3, #KEYS do
    local sets, gone = tonumber(take()), tonumber(take())
    if sets > 0 then redis.call('HSET', KEYS[i], several(sets)) end
    if gone > 0 then redis.call('HDEL', KEYS[i], several(gone)) end
end
while next < #ARGV do
    local fields = tonumber(take())
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', kept, '*', several(fields))
end
return 'written'
"""
)
"""The first hash is that of the place whose step it is."""


class RedisSteps:
    """Owns a client."""

    def __init__(self, url: str, prefix: str, clock: Clock, letters: DeadLetters) -> None:
        self._redis = connect_for_steps(url)
        self._prefix = prefix
        self._clock = clock
        self._letters = letters
        self._script = self._redis.register_script(_ADVANCE)

    async def close(self) -> None:
        await self._redis.aclose()

    async def advance(self, step: Step, fence: Fence | None = None, *, again: bool = False) -> None:
        mine = step.of.key + TOKEN_OF
        is_last = step.changes.get(step.of) is None
        sets: dict[str, list[str | bytes]] = {step.of.kind: []}
        gone: dict[str, list[str]] = {}
        for place, value in step.changes.items():
            if value is None:
                gone.setdefault(place.kind, []).append(place.key)
            else:
                sets.setdefault(place.kind, []).extend((place.key, value))
        if is_last:
            gone.setdefault(step.of.kind, []).append(mine)
        else:
            sets[step.of.kind] += (mine, step.token)
        kinds = list(sets | gone)
        args: list[Any] = [EVENTS_KEPT, int(again), step.token, int(is_last), mine]
        if fence is None or step.call_id is None:
            args += ("", 0, "")
        else:
            args += (partition_of(step.call_id), fence.token, fence.owner)
        for kind in kinds:
            has, had = sets.get(kind, []), gone.get(kind, [])
            args += (len(has), len(had), *has, *had)
        for event in step.events:
            args += await self._entry(event)
        async with unavailable_when_away("advance"):
            states = (f"{self._prefix}state:{kind}" for kind in kinds)
            keys = [f"{self._prefix}events", partitions_key(self._prefix), *states]
            answer: Any = await self._script(keys=keys, args=args)
        if answer == b"fenced":
            raise Fenced

    async def _entry(self, event: AnyEvent) -> list[Any]:
        """How many words, and these; nothing for an event that cannot travel."""
        try:
            data = encode_fit(event)
        except Unfit as error:
            await self._letters.set_aside(letter_about(event, Stage.PUBLISH, "bus", error, at=self._clock.now()))
            return []
        words = [word for field in entry_of(event, data).items() for word in field]
        return [len(words), *words]

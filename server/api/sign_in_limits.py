"""How a sign-in is slowed down, so that passwords cannot be guessed and nobody can be locked out.

Failed tries fill three buckets: the network's, the name's (whether or not somebody has that name) and the pair's. Whoever has
signed in from this network before is judged by the pair alone: neither a stranger who guesses at that name nor a colleague who
mistypes in the same office delays them. A try waits up to `sign_in_longest_delay_s` and is then looked at; successes are taken
back out of the buckets. Only a network that has more tries waiting than it could honestly have is sent away (429), and whoever
guesses codes of a second step with the right password in hand.
Source: OWASP Authentication Cheat Sheet, «Login Throttling»; «Device cookies» there, with the network in the cookie's place.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from server.api.errors import ApiError
from server.config.sections import Limits
from server.storage.redis_limits import RedisLimits

FIRST_DELAY_S = 0.5
DOUBLINGS = 6
"""Tries beyond the limit that a bucket keeps: with them the delay doubles up to its longest."""
WAITING_OF_A_PAIR = 4
WAITING_OF_A_NETWORK = 16
WAITING = 500
KNOWN_FOR_S = 30 * 86_400.0
"""How long a success makes a name known in a network."""


def delay_s(level: float, per_minute: int, longest_s: float) -> float:
    """0 up to the limit, then 0.5 s, doubled with every try beyond it."""
    beyond = math.ceil(level - per_minute)
    return 0.0 if beyond <= 0 else min(longest_s, FIRST_DELAY_S * 2 ** (beyond - 1))


class Try:
    """One sign-in under way: what it was counted as."""

    def __init__(self, counts: RedisLimits, buckets: list[tuple[str, str, int]], pair: str) -> None:
        self._counts = counts
        self._buckets = buckets
        self._pair = pair

    async def succeeded(self) -> None:
        """Free of charge, and known here from now on."""
        await self.taken_back()
        await self._counts.remember("known", self._pair, KNOWN_FOR_S)

    async def taken_back(self) -> None:
        """Free of charge: nobody failed."""
        for what, who, per_minute in self._buckets:
            await self._counts.count(what, who, per_minute, beyond=DOUBLINGS, weight=-1.0)


class SignInLimits:
    """Owns the tries that wait in this process; what was tried before is in Redis."""

    def __init__(self, counts: RedisLimits, limits: Limits, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._counts = counts
        self._limits = limits
        self._sleep = sleep
        self._waiting: Counter[str] = Counter()
        self.checking = asyncio.Semaphore(max(1, os.cpu_count() or 1))
        """Held while a password is checked: each check takes 64 MB and a core for 50 ms."""

    async def begin(self, username: str, network: str) -> Try:
        """Returns when the password may be looked at. Raises `Unavailable`, and a 429 for who has too many tries waiting."""
        name = username.strip().lower()
        pair, limits = f"{name}\n{network}", self._limits
        buckets = [
            ("sign-in-network", network, limits.sign_in_tries_per_minute),
            ("sign-in-name", name, limits.sign_in_tries_per_account),
            ("sign-in-pair", pair, limits.sign_in_tries_per_account),
        ]
        delays = [
            delay_s(await self._counts.count(what, who, per_minute, beyond=DOUBLINGS), per_minute, limits.sign_in_longest_delay_s)
            for what, who, per_minute in buckets
        ]
        known = await self._counts.is_remembered("known", pair)
        wait_s = delays[-1] if known else max(delays)
        if wait_s:
            async with self._waiting_room(pair, network, wait_s):
                await self._sleep(wait_s)
        return Try(self._counts, buckets, pair)

    async def count_code(self, user_id: str, username: str, network: str) -> Try:
        """Counts one code of a second step. Raises `Unavailable`, and a 429 beyond the limit: a code has six digits only, and
        whoever is sent away knows the password. Where the person has signed in before, guesses from elsewhere do not count.
        """
        pair, per_minute = f"{username}\n{network}", self._limits.sign_in_tries_per_account
        who = pair if await self._counts.is_remembered("known", pair) else user_id
        wait_s = await self._counts.seconds_to_wait("code", who, per_minute)
        if wait_s:
            raise _too_many(wait_s)
        return Try(self._counts, [("code", who, per_minute)], pair)

    @property
    def waiting(self) -> int:
        return self._waiting[""]

    @asynccontextmanager
    async def _waiting_room(self, pair: str, network: str, wait_s: float) -> AsyncIterator[None]:
        rooms = {pair: WAITING_OF_A_PAIR, network: WAITING_OF_A_NETWORK, "": WAITING}
        if any(self._waiting[name] >= most for name, most in rooms.items()):
            raise _too_many(math.ceil(wait_s))
        self._waiting.update(rooms.keys())
        try:
            yield
        finally:
            self._waiting.subtract(rooms.keys())
            self._waiting += Counter()  # forgets the empty ones


def _too_many(seconds: int) -> ApiError:
    text = f"Too many attempts. Please wait {seconds} seconds."
    return ApiError(429, "too_many_tries", text, {"Retry-After": str(seconds)})

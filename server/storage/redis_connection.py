"""How Patchbay talks to Redis: short requests that fail fast, blocking reads that may wait.

Invariant: whatever goes wrong with Redis leaves this package as `core.ports.Unavailable`, with the reason in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.faults import told
from core.ports import Unavailable
from core.retrying import pause_s

REQUEST_TIMEOUT_S = 2.0
BLOCK_MS = 5000
"""How long one blocking read waits."""
READ_TIMEOUT_S = BLOCK_MS / 1000 + REQUEST_TIMEOUT_S
"""Nothing by then, not even the end of the wait: the connection is dead."""
_DRIVER = DriverInfo()
"""Made once: it reads the library's version out of its package, half of what a new connection costs."""
AWAY = (RedisConnectionError, RedisTimeoutError, OSError)
"""Redis cannot be reached: try again later."""


def connect_for_requests(url: str) -> Redis:
    """More requests than connections wait for one: the pool is bounded and never refuses a burst.

    One retry without delay: a connection that a restarted Redis closed is replaced, a missing Redis fails at once.
    """
    return _connect(url, retries=1, connections=16)


def connect_for_steps(url: str) -> Redis:
    """Requests that must not be sent twice by the client itself: whoever sent one says so when it is tried again."""
    return _connect(url, retries=0, connections=16)


def connect_for_blocking(url: str) -> Redis:
    """For one reader."""
    return _connect(url, retries=0, connections=1)


def _connect(url: str, retries: int, connections: int) -> Redis:
    """Without `socket_timeout`: the client would put it around each write with `asyncio.wait_for`, which on Python 3.11 loses
    the cancellation of its caller now and then (cpython#86296). The callers limit the time instead.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        protocol=2,
        max_connections=connections,
        timeout=REQUEST_TIMEOUT_S,
        socket_timeout=None,
        socket_connect_timeout=REQUEST_TIMEOUT_S,
        retry=Retry(NoBackoff(), retries),
        driver_info=_DRIVER,
    )
    return Redis.from_pool(pool)


@asynccontextmanager
async def unavailable_when_away(what: str) -> AsyncIterator[None]:
    """Limits a request's time, and turns the client's errors into the port's."""
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            yield
    except AWAY as error:
        raise Unavailable(f"Redis is away ({what}): {told(error)}") from error
    except ResponseError as error:
        raise Unavailable(f"Redis refused ({what}): {_code(error)}") from error


def _code(error: ResponseError) -> str:
    """Redis' answers begin with a code in capitals (``OOM``, ``LOADING``); the rest may quote what it was sent."""
    first = str(error).partition(" ")[0]
    return first if first.isupper() and first.isalpha() else told(error)


class Retries:
    """Waits of one reader that goes on by itself, reset by `succeeded`."""

    def __init__(self) -> None:
        self._tries = 0

    def succeeded(self) -> None:
        self._tries = 0

    @property
    def first(self) -> bool:
        """Whether the next wait is the first after a success: the one worth a log line."""
        return self._tries == 0

    async def wait(self) -> None:
        await asyncio.sleep(pause_s(self._tries))
        self._tries += 1


TROUBLE = (*AWAY, RedisError)
"""Anything a blocking reader survives by waiting and reading again."""

"""Trying again while something needed is away: one schedule for all, and few words in the log.

Invariant: only `Unavailable` is waited out, for as long as it lasts; every other error goes to whoever asked.
Time is an argument: the caller says how to sleep.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from core.ports import Unavailable

PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Between tries; the last one repeats."""

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
"""`asyncio.sleep`, or a test's clock."""


class Log(Protocol):
    """A logger of structlog, bound to the ids that belong into the line."""

    def warning(self, event: str, *, who: str, error: Exception) -> object: ...
    def info(self, event: str, *, who: str, tries: int) -> object: ...


async def until_available(attempt: Callable[[], Awaitable[T]], who: str, log: Log, sleep: Sleep) -> T:
    """What `attempt` returns once it succeeds.

    `who` waits, and the log says so once for each reason, and once that it goes on.
    """
    tries, reason = 0, ""
    while True:
        try:
            result = await attempt()
        except Unavailable as error:
            if tries == 0 or str(error) != reason:
                log.warning("waits", who=who, error=error)
                reason = str(error)
            await sleep(pause_s(tries))
            tries += 1
            continue
        if tries:
            log.info("goes on", who=who, tries=tries)
        return result


def pause_s(tries: int) -> float:
    """Before the next try, after so many that failed before this one."""
    return PAUSES_S[min(tries, len(PAUSES_S) - 1)]

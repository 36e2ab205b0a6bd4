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


LATER_S = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14_400.0)
"""Between tries of what may wait: after 5 s, then longer and longer; the last one repeats."""
SPREAD = 0.2


def later_s(tries: int, chance: float) -> float:
    """Before the next try of something that many may be waiting for, a fifth sooner or later by `chance` (0…1), so that they do
    not all come at once (exponential back-off with jitter)."""
    pause = LATER_S[min(max(tries, 1), len(LATER_S)) - 1]
    return pause * (1 + SPREAD * (2 * chance - 1))

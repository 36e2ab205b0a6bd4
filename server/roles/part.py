"""What every part of a process is: services that are given events, tasks, a start."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Protocol

from server.dispatcher import Handler

CaughtUp = Callable[[], bool]
"""Whether everything of the past is read and handled."""
Tasks = dict[str, Coroutine[Any, Any, None]]
"""By the name under which a debugger shows them."""


class Part(Protocol):
    """One role of a process."""

    def services(self) -> dict[str, Handler]:
        """Who is given the events, by the name that metrics and dead letters use."""
        ...

    async def start(self, stack: AsyncExitStack) -> None:
        """Takes back what it was at, before any event reaches it; `stack` is given what stops it. Raises `Unavailable`."""
        ...

    def tasks(self, caught_up: CaughtUp) -> Tasks:
        """What runs until the process ends, from now on."""
        ...

    async def end(self) -> None:
        """The process is about to end: says goodbye to whom it serves. Its tasks are cancelled after this."""
        ...

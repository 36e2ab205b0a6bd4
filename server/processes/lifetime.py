"""How a process is asked to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine


def on_signals(stop: Callable[[], None]) -> None:
    """`stop` is called on SIGTERM and SIGINT, on the event loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)


async def until_signalled(work: Coroutine[None, None, None], name: str) -> None:
    """Cancels `work` on a signal; its failure is raised."""
    task = asyncio.create_task(work, name=name)
    on_signals(lambda: _cancel(task))
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()

"""How a process is asked to end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager


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


@asynccontextmanager
async def running(work: Coroutine[None, None, None], name: str) -> AsyncIterator[None]:
    """`work`, which looks after its own failures, beside what the block does, and no longer."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()

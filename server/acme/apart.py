"""Work that blocks for as long as somebody outside likes, in a thread of its own, for whoever waits no longer than he likes.

Invariant: one thread at most; while it is held up nothing else is begun. It keeps no process from ending, as a pool's would.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class HeldUp(Exception):
    """It is still at what it was given."""


class Apart:
    """Owns the thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._held_up: threading.Thread | None = None
        """That nobody waits for any more."""

    async def do(self, work: Callable[[], T], within_s: float) -> T:
        """Raises what `work` raises, and `HeldUp`."""
        if self._held_up is not None and self._held_up.is_alive():
            raise HeldUp
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def tell(set_it: Callable[[], None]) -> None:
            if not done.done():  # nobody waits any more
                set_it()

        def run() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  border of the thread: whoever waits gets it
                failed = error
                _call(loop, lambda: tell(lambda: done.set_exception(failed)))
            else:
                _call(loop, lambda: tell(lambda: done.set_result(result)))

        thread = threading.Thread(target=run, name=self._name, daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(within_s):
                return await done
        except TimeoutError as error:
            if done.cancelled():
                self._held_up = thread
                raise HeldUp from error
            raise


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(what)
    except RuntimeError:
        return  # the loop is closed: the process ends

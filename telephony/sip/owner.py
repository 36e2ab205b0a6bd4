"""The one thread that creates, uses and destroys every pjsua2 object (design rule 2).

Each round runs the commands that wait, then SIP events for at most `ROUND_S`; a command ends the wait at once through the
native waker. Nothing here knows what the commands do.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog

from telephony.media_engine import EngineError
from telephony.sip.sdk import destroy, native, pj

log = structlog.get_logger(__name__)
Result = TypeVar("Result")
ROUND_S = 0.1


class _Command:
    """One call to make on the owner thread, and who waits for its outcome."""

    def __init__(self, call: Callable[[], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._call = call
        self._loop = loop
        self.outcome: asyncio.Future[Any] = loop.create_future()

    def run(self) -> bool:
        """True when the work was done."""
        try:
            result = self._call()
        except EngineError as refusal:
            self._settle(None, refusal)
        except pj.Error as problem:
            self._settle(None, EngineError("sip_error", f"{problem.title}: {problem.reason}"))
        except RuntimeError as problem:  # how our native ports complain
            self._settle(None, EngineError("no_media", str(problem)))
        except Exception as problem:  # noqa: BLE001 - the process border of commands: a defect must reach its caller
            self._settle(None, problem)
        else:
            self._settle(result, None)
            return True
        return False

    def refuse(self) -> None:
        self._settle(None, EngineError("not_running", "the media engine is not running"))

    def _settle(self, result: Any, problem: Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, result, problem)
        except RuntimeError:
            log.debug("engine.command.orphaned")  # its event loop closed: nobody waits any more

    def _deliver(self, result: Any, problem: Exception | None) -> None:
        if self.outcome.done():
            return
        if problem is None:
            self.outcome.set_result(result)
        else:
            self.outcome.set_exception(problem)


class OwnerThread:
    """Runs `setup`, then rounds until `stop`, then `teardown`, all on one thread."""

    def __init__(self, setup: Callable[[], Any], teardown: Callable[[], None], tidy: Callable[[], None]) -> None:
        self._setup = setup
        self._teardown = teardown
        self._tidy = tidy
        """Called after each round: late deletions."""
        self._commands: queue.SimpleQueue[_Command] = queue.SimpleQueue()
        self._waker: native.OwnerWaker | None = None
        self._stopping = False
        self._accepting = False
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None
        self._last_round = time.monotonic()
        self._max_lag_s = 0.0

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def round_age_s(self) -> float:
        return time.monotonic() - self._last_round

    @property
    def max_lag_s(self) -> float:
        return self._max_lag_s

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        ready = _Command(self._setup, loop)
        self._accepting = True
        self._thread = threading.Thread(target=self._run, args=(ready,), name="pjsua2-owner", daemon=True)
        self._thread.start()
        await ready.outcome

    async def stop(self) -> None:
        thread = self._thread
        if thread is None:
            return
        self._stopping = True
        self._wake()
        await asyncio.to_thread(thread.join)
        self._thread = None

    async def call(self, work: Callable[[], Result]) -> Result:
        command = _Command(work, asyncio.get_running_loop())
        with self._gate:
            accepted = self._accepting
            if accepted:
                self._commands.put(command)
        if not accepted:
            raise EngineError("not_running", "the media engine is not running")
        self._wake()
        outcome: Result = await command.outcome
        return outcome

    def _wake(self) -> None:
        with self._gate:
            if self._waker is not None:
                self._waker.wake()

    def _run(self, ready: _Command) -> None:
        if ready.run():
            with self._gate:
                self._waker = native.OwnerWaker()
            endpoint = pj.Endpoint.instance()
            while not self._stopping:
                self._round(endpoint)
        self._close_gate()
        self._teardown()

    def _round(self, endpoint: Any) -> None:
        started = time.monotonic()
        self._last_round = started
        while not self._commands.empty():
            self._commands.get_nowait().run()
        endpoint.libHandleEvents(int(ROUND_S * 1000))
        self._tidy()
        self._max_lag_s = max(self._max_lag_s, time.monotonic() - started - ROUND_S)

    def _close_gate(self) -> None:
        with self._gate:
            self._accepting = False
            waker, self._waker = self._waker, None
        while not self._commands.empty():
            self._commands.get_nowait().refuse()
        if waker is not None:
            destroy(waker)

"""Asks for a place in a queue, beside the session: the caller hears music, and may hang up, while the ACD is not ready.

Invariant: at most one request at a time. It ends with the place, with `EnqueueRefused` (also when it breaks by a mistake), or
because the call no longer wants it.
A queue that is unknown may only be unknown yet: a leader of the ACD that had to begin with nothing gets its queues within seconds
(`server/promises.py`); and no answer at all is no refusal. So both are asked again, for `QUEUES_WITHIN_S`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from core.commands import Answer, EnqueueWork
from core.ids import CallId
from core.ports import refused as no_place
from core.retrying import until_available

log = structlog.get_logger(__name__)

ASK_AGAIN_S = (0.2, 0.3, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0)
"""Pauses between tries."""
QUEUES_WITHIN_S = sum(ASK_AGAIN_S)
"""So long an unknown queue may become known; without Redis, longer."""


class AskingIn:
    """Owns the task that goes on asking for one call."""

    def __init__(self, call_id: CallId, ask: Callable[[EnqueueWork], Awaitable[Answer]]) -> None:
        self._call_id = call_id
        self._ask = ask
        self._task: asyncio.Task[None] | None = None

    async def ask(self, command: EnqueueWork, refused: Callable[[Answer], None]) -> None:
        """The first time at once; `refused` is told a refusal that counts. Raises `Unavailable`, the first time."""
        self.stop()
        answer = await self._ask(command)
        if _may_change(answer):
            self._task = asyncio.create_task(self._go_on(command, refused), name=f"ivr:enqueue:{self._call_id}")
        elif not answer.ok:
            refused(answer)

    @property
    def goes_on(self) -> bool:
        """Whether the place is still being asked for."""
        return self._task is not None and not self._task.done()

    def stop(self) -> None:
        """The call waits no longer, or this process ends."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def cancel(self) -> None:
        """The same, and waits for the task."""
        task = self._task
        self.stop()
        if task is not None:
            await asyncio.wait({task})

    async def _go_on(self, command: EnqueueWork, refused: Callable[[Answer], None]) -> None:
        try:
            answer = await self._until_it_counts(command)
        except Exception:  # border of a task: nobody waits for it, and the caller in the music must not wait for nothing
            log.exception("asking_for_a_place_broke", call_id=self._call_id, work_id=command.work_id)
            answer = no_place("asking for the place broke off", "broken")
        if answer.ok:
            log.info("queue_known_at_last", call_id=self._call_id, work_id=command.work_id, queue_id=command.queue_id)
        else:
            refused(answer)

    async def _until_it_counts(self, command: EnqueueWork) -> Answer:
        """The place, a refusal that counts, or the last one of the time for it."""
        time = asyncio.get_running_loop().time
        until_s = time() + QUEUES_WITHIN_S
        for pause_s in ASK_AGAIN_S:
            await asyncio.sleep(pause_s)
            answer = await until_available(partial(self._ask, command), "enqueue", log.bind(call_id=self._call_id), asyncio.sleep)
            if not _may_change(answer) or time() >= until_s:
                break
        return answer


def _may_change(answer: Answer) -> bool:
    """Not there yet, or not heard."""
    return not answer.ok and answer.result.get("code", "") in {"unknown_queue", ""}

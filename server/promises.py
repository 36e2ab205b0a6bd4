"""Sees to it that a new leader of the ACD has its queues, its agents and every callback that the company owes.

Usually it has them; not so when it had to begin without the saved state.

The promise stands in the history, under an id made from the call's; the work in the ACD has an id made from it, too. So what is
handed in twice is one piece of work, and what the ACD has, or has just ended, is left alone. Looks when everything of the past is
read: at the start, and whenever another process leads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

import structlog

from acd.views.work import WorkView
from core.commands import EnqueueWork
from core.ids import AgentId, CallId, CustomerId, QueueId, WorkId
from core.leadership import LeaseRecord
from core.model import Channel, Value
from core.ports import Bus, Clock, Unavailable, was_heard
from customers.callbacks import work_of

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
LATEST_S = 3 * 86_400.0
"""So long after its time a promise is still kept; the ACD gives up then, too."""
MOST_IDS = 50


class Owed(Value, frozen=True, kw_only=True):
    """A promise that nobody has kept yet."""

    call_id: CallId
    """In which it was made."""
    customer_id: CustomerId
    queue_id: QueueId
    due_at: float
    agent_id: AgentId | None
    """Who promised; None: the queue, to a caller who waited."""
    work_id: WorkId | None
    """Of the call."""


class Book(Protocol):
    async def owed(self, due_after: float) -> Sequence[Owed]:
        """The earliest first. Raises `Unavailable`."""
        ...


class Acd(Protocol):
    @property
    def leader(self) -> LeaseRecord: ...

    async def fresh(self) -> None: ...

    def work_items(self) -> Iterable[WorkView]: ...


class Promises:
    """A task of the control process."""

    def __init__(self, book: Book, acd: Acd, bus: Bus, clock: Clock, configure: Callable[[], Awaitable[str]]) -> None:
        """`configure` puts queues and agents in force: a leader that had to begin with nothing has none of them."""
        self._configure = configure
        self._book = book
        self._acd = acd
        self._bus = bus
        self._clock = clock

    async def run(self, caught_up: Callable[[], bool]) -> None:
        """Until cancelled."""
        looked_at = LeaseRecord()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            leader = self._acd.leader
            if not leader.owner or leader.token == looked_at.token or not caught_up():
                continue
            try:
                refusal = await self._configure()
                if refusal:
                    log.error("queues and agents were refused", reason=refusal)
                await self.bring_back()
            except Unavailable as error:
                log.warning("promises wait", error=error)
                continue
            looked_at = leader

    async def bring_back(self) -> list[WorkId]:
        """Hands in what the ACD does not have. Raises `Unavailable`."""
        owed = await self._book.owed(self._clock.now() - LATEST_S)
        await self._acd.fresh()
        known = {work.origin_call_id for work in self._acd.work_items()}
        brought = [await self._hand_in(promise) for promise in owed if promise.call_id not in known]
        taken = [work_id for work_id in brought if work_id is not None]
        if taken:
            log.warning("promises were brought back", count=len(taken), ids=taken[:MOST_IDS])
        return taken

    async def _hand_in(self, promise: Owed) -> WorkId | None:
        asked_while_waiting = promise.agent_id is None and promise.work_id is not None
        work_id = promise.work_id if asked_while_waiting else work_of(promise.call_id)
        assert work_id is not None
        answer = await self._bus.send(
            "acd",
            EnqueueWork(
                work_id=work_id,
                call_id=None,
                channel=Channel.CALLBACK,
                queue_id=promise.queue_id,
                customer_id=promise.customer_id,
                preferred_agent=promise.agent_id,
                not_before=promise.due_at,
                origin_call_id=promise.call_id,
            ),
        )
        if answer.ok:
            return work_id
        if not was_heard(answer):
            raise Unavailable(answer.reason)
        log.warning("promise cannot be brought back", call_id=promise.call_id, queue_id=promise.queue_id, reason=answer.reason)
        return None

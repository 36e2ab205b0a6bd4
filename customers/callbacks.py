"""Callbacks in a customer's history: promised by an agent or by the queue, kept, or not reached; and put into the ACD.

Invariant: one promise for each call, under an id made from the call's, so that events may come twice. The number is not copied:
it stands in the call's record, where call control reads it when it dials.
"""

from __future__ import annotations

import structlog

from core.causes import WorkEnd
from core.commands import EnqueueWork
from core.events import CallbackRequested, CallbackScheduled, CallConnected, WorkEnded, WrapUpFinished
from core.ids import CallId, InteractionId, QueueId, WorkId
from core.model import Channel
from core.ports import Bus, Unavailable
from core.ranges import promise_fits
from customers.engagements import queue_of
from customers.identity import interaction_of_call, stable_id, storable
from customers.model import Call, Interaction, NewCallback, Status
from customers.ports import Calls, FollowUps

log = structlog.get_logger(__name__)

DEFAULT_DELAY_S = 24 * 3600.0
"""A callback without a time, or for a time that nobody can mean, is due within a day: what was promised is not forgotten."""
GIVEN_UP = {
    WorkEnd.WITHDRAWN: (Status.CLOSED, "Callback: withdrawn"),
    WorkEnd.CALLED_AGAIN: (Status.CLOSED, "Callback: called again before it, and was served"),
    WorkEnd.NOT_ALLOWED: (Status.UNANSWERED, "Callback: the number may not be called"),
}
"""How a promise ends that was not kept, other than by not reaching anybody."""
ASKED_WHILE_WAITING = "Asked to be called back while waiting"


def promise_of(call_id: CallId) -> InteractionId:
    """The history row of the callback promised in a call."""
    return InteractionId(stable_id("int", "callback-of-call", call_id))


def interaction_of_work(call_id: CallId | None, origin_call_id: CallId | None) -> InteractionId | None:
    """What a piece of work is about: its call, or the callback that was promised in one. None: of neither."""
    if call_id is not None:
        return interaction_of_call(call_id)
    return None if origin_call_id is None else promise_of(origin_call_id)


def work_of(call_id: CallId) -> WorkId:
    """The ACD's work for the callback that an agent promised in a call."""
    return WorkId(stable_id("work", "callback-of-call", call_id))


class Callbacks:
    """The part of the customers' shell that knows promises."""

    def __init__(self, calls: Calls, follow_ups: FollowUps, bus: Bus) -> None:
        self._calls = calls
        self._follow_ups = follow_ups
        self._bus = bus

    async def requested(self, event: CallbackRequested) -> Interaction | None:
        """The caller has left the queue and keeps the place."""
        call = await self._calls.get(event.call_id) if event.call_id is not None else None
        if call is None:
            return None
        return await self._follow_ups.promise_callback(
            NewCallback(
                interaction_id=promise_of(call.call_id),
                customer_id=call.customer_id,
                call_id=call.call_id,
                due_at=event.at,
                promised_at=event.at,
                reason=ASKED_WHILE_WAITING,
            )
        )

    async def promised(self, call: Call, event: WrapUpFinished) -> Interaction:
        """An agent has promised to call back: history remembers it, and the ACD brings it up. Raises `Unavailable`."""
        wished = event.callback_at
        due_at = wished if wished is not None and promise_fits(wished, event.at) else event.at + DEFAULT_DELAY_S
        row = await self._follow_ups.promise_callback(
            NewCallback(
                interaction_id=promise_of(call.call_id),
                customer_id=call.customer_id,
                call_id=call.call_id,
                due_at=due_at,
                promised_at=event.at,
                agent_id=event.agent_id,
                reason=storable(event.disposition),
            )
        )
        queue_id = queue_of(call.engagements, event.work_id) or call.queue_id
        if queue_id is not None:
            await self._schedule(call, queue_id, event, due_at)
        return row

    async def _schedule(self, call: Call, queue_id: QueueId, event: WrapUpFinished, due_at: float) -> None:
        """In the line in which the agent had the call. The work's id is made from the call's: asked twice, the ACD says yes and
        does nothing.
        """
        answer = await self._bus.send(
            "acd",
            EnqueueWork(
                work_id=work_of(call.call_id),
                call_id=None,
                channel=Channel.CALLBACK,
                queue_id=queue_id,
                customer_id=call.customer_id,
                preferred_agent=event.agent_id,
                not_before=due_at,
                origin_call_id=call.call_id,
            ),
        )
        if answer.ok:
            return
        if "code" not in answer.result:  # not refused, but not heard: the event is handed in again
            raise Unavailable(answer.reason)
        log.warning("callback.not_scheduled", call_id=call.call_id, queue_id=queue_id, reason=answer.reason)

    async def kept(self, event: CallConnected) -> Interaction | None:
        """Customer and agent talk: nothing is owed any more."""
        if event.origin_call_id is None:
            return None
        return await self._follow_ups.close_callback(
            promise_of(event.origin_call_id), event.at, status=Status.CLOSED, title="Called back"
        )

    async def given_up(self, event: WorkEnded) -> Interaction | None:
        """The work is over. A promise that was not kept stays visible: it may be why the customer calls next."""
        if event.origin_call_id is None or event.agent_id is not None:
            return None
        status, title = GIVEN_UP.get(event.cause, (Status.UNANSWERED, "Callback: not reached"))
        return await self._follow_ups.close_callback(promise_of(event.origin_call_id), event.at, status=status, title=title)

    async def scheduled(self, event: CallbackScheduled) -> Interaction | None:
        """The promise has another time, by a person or because nobody was reached."""
        if event.origin_call_id is None:
            return None
        return await self._follow_ups.reschedule_callback(promise_of(event.origin_call_id), event.due_at)

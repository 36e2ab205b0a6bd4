"""What is asked and told about work: it arrives, its call ends, its wrap-up is written."""

from __future__ import annotations

from collections.abc import Mapping

from acd.engine import callbacks, colleagues, handing_on
from acd.engine.arrival import enqueued
from acd.engine.offers import connection_failed, expire
from acd.engine.preferred import prefer
from acd.engine.transitions import conversation_over, end_consultation, finish, look_later, move
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import Work, WorkState
from acd.rules.skills import combine
from core.causes import EndCause, WorkEnd
from core.commands import EndWork, EnqueueWork, FinishWrapUp
from core.events import CallEnded, WrapUpFinished
from core.model import Channel, Purpose

END_OF_WAITING: Mapping[EndCause, WorkEnd] = {
    EndCause.CALLER_HUNG_UP: WorkEnd.ABANDONED,
    EndCause.CALLER_ABANDONED: WorkEnd.ABANDONED,
    EndCause.CALLER_CANCELLED: WorkEnd.ABANDONED,
    # The line to the caller broke: for the queue somebody left unserved.
    EndCause.MEDIA_TIMEOUT: WorkEnd.ABANDONED,
    EndCause.TRANSPORT_FAILED: WorkEnd.ABANDONED,
    EndCause.NODE_LOST: WorkEnd.NODE_LOST,
}
"""How waiting work ends when its call ends; every other cause was ours: withdrawn."""


def enqueue(registry: Registry, command: EnqueueWork, now: float) -> None:
    """Work takes its place. Raises `Refused` for an unknown queue, a call that is over, or a colleague who cannot be asked."""
    if command.work_id in registry.work_items or command.work_id in registry.ended_work:
        raise Repeated("this work is already known")
    if command.call_id is not None and command.call_id in registry.ended_calls:
        raise Refused("call_over", "the call is over")
    about = colleagues.wanted_for(registry, command)
    queue = registry.queues.get(command.queue_id)
    if queue is None or (queue.retired and command.only_agent is None):
        raise Refused("unknown_queue", f"there is no queue {command.queue_id}")
    enters_at = now if command.only_agent is not None else callbacks.when_to_enter(registry, queue.config, command, now)
    wait_until = enters_at + callbacks.longest_wait_s(queue.config, command.channel)
    work = Work(
        work_id=command.work_id,
        call_id=command.call_id,
        channel=command.channel,
        queue_id=command.queue_id,
        customer_id=command.customer_id,
        extra_priority=command.priority,
        extra_requirements=combine(command.requirements),
        preferred_agent=command.preferred_agent,
        arrival=registry.arrivals + 1,
        enqueued_at=enters_at,
        wait_until=wait_until,
        since=now,
        until=wait_until,
        origin_call_id=command.origin_call_id,
        promised=command.channel is Channel.CALLBACK and command.preferred_agent is not None,
        purpose=command.purpose,
        asked_by=command.asked_by,
        only_agent=command.only_agent,
        continues=about.work_id if about is not None else None,
    )
    if about is not None and work.purpose is Purpose.TRANSFER:
        handing_on.take_place_of(registry, work, about, now)
    registry.work_items[work.work_id] = work
    registry.note_callback(work)
    registry.tie(work)
    if enters_at > now:
        work.state, work.until = WorkState.SCHEDULED, enters_at
        registry.deadlines.set(("work", work.work_id), work.until)
        callbacks.scheduled(registry, work, now)
        return
    _take_place(registry, work, now)


def _take_place(registry: Registry, work: Work, now: float) -> None:
    """The end of the line, as its priority has it; what goes on with older work, that one's place."""
    if work.purpose is not Purpose.TRANSFER:
        registry.arrivals += 1
        work.arrival = registry.arrivals
    work.stood = True
    prefer(registry, work, now)
    look_later(registry, work)
    registry.line_up(work)
    registry.enter_bucket(work)
    enqueued(registry, work, now)


def end(registry: Registry, command: EndWork, now: float) -> None:
    """The customer left, or the conversation is over. Raises `Refused`."""
    work = _known(registry, command)
    if work.state is WorkState.WRAP_UP:
        raise Repeated("this conversation is already over")
    if work.purpose is Purpose.CONSULTATION:
        end_consultation(registry, work, now)
    elif work.state is WorkState.ACTIVE:
        conversation_over(registry, work, WorkEnd.SERVED, now)
    else:
        finish(registry, work, WorkEnd.ABANDONED if command.abandoned else WorkEnd.WITHDRAWN, now)


def call_ended(registry: Registry, event: CallEnded, now: float) -> None:
    """Frees all who waited or talked. Raises `Repeated`."""
    if event.call_id in registry.ended_calls:
        raise Repeated("this call is already over")
    registry.call_ended(event.call_id, now)
    for work in registry.works_of_call(event.call_id):
        if work.state not in {WorkState.WRAP_UP, WorkState.ENDED}:  # a consultation ends with the conversation it is about
            _lost_its_call(registry, work, event, now)


def _lost_its_call(registry: Registry, work: Work, event: CallEnded, now: float) -> None:
    if work.purpose is Purpose.CONSULTATION:
        end_consultation(registry, work, now)
    elif work.channel is Channel.CALLBACK and work.state is WorkState.ACCEPTED:
        callbacks.not_reached(registry, work, event.cause, now)
    elif work.state is WorkState.ACTIVE:
        conversation_over(registry, work, WorkEnd.NODE_LOST if event.cause is EndCause.NODE_LOST else WorkEnd.SERVED, now)
    else:
        finish(registry, work, END_OF_WAITING.get(event.cause, WorkEnd.WITHDRAWN), now)


def wrap_up_finished(registry: Registry, message: FinishWrapUp | WrapUpFinished, now: float) -> None:
    """The agent has written it up; the work is served. Raises `Refused`."""
    work = _known(registry, message)
    if work.agent_id != message.agent_id or work.state is not WorkState.WRAP_UP:
        raise Refused("not_in_wrap_up", "this agent is not in wrap-up for this work")
    _written_up(registry, work, now)


def deadline(registry: Registry, work: Work, now: float) -> None:
    """The present state's time is over: what then happens, by state."""
    match work.state:
        case WorkState.SCHEDULED if work.tries or work.stood:
            callbacks.tried_again(registry, work, now)
        case WorkState.SCHEDULED:
            move(registry, work, WorkState.WAITING, now, work.wait_until)
            _take_place(registry, work, now)
        case WorkState.WAITING:
            _look_again(registry, work, now)
        case WorkState.OFFERED:
            expire(registry, work, now)
        case WorkState.ACCEPTED:
            connection_failed(registry, work, now)
        case WorkState.ACTIVE:
            conversation_over(registry, work, WorkEnd.SERVED, now)
        case _:
            _written_up(registry, work, now)


def _look_again(registry: Registry, work: Work, now: float) -> None:
    if work.wait_until <= now:
        finish(registry, work, WorkEnd.TIMED_OUT, now)
        return
    work.forget_skipped(now)
    look_later(registry, work)
    registry.fresh_work[work.work_id] = None


def _written_up(registry: Registry, work: Work, now: float) -> None:
    finish(registry, work, work.end_cause or WorkEnd.SERVED, now)


def _known(registry: Registry, message: EndWork | FinishWrapUp | WrapUpFinished) -> Work:
    work = registry.work_items.get(message.work_id)
    if work is None:
        if message.work_id in registry.ended_work:
            raise Repeated("this work has already ended")
        raise Refused("unknown_work", "this work is not known")
    return work

"""Callbacks: a caller who hangs up keeps the place, and a promise for later waits outside the line until its time.

::

    WAITING (call) ──requested──▶ WAITING (callback) ⇄ OFFERED → ACCEPTED ── the system dials ──▶ ACTIVE
    SCHEDULED ───────its time────▶      ▲                          │
        ▲                               └──────(nobody's fault)────┤
        └───────────────────────(busy, no answer)──────────────────┘   …after `TRIES` in vain: ENDED, not reached

Invariants: a callback keeps priority and arrival time, whatever happens to it; the call of one try never ends the work of the
next; each wait has an end (`LIMIT_S`). A customer is dialled up to `TRIES` times, `RETRY_S` apart and only while the queue is
open; between two tries the work stands outside the line, then it is back at its old place. What is not the customer's doing
(agent, node) is no try.
"""

from __future__ import annotations

from acd.engine.transitions import back_in_line, finish, look_later, move, not_connected, withdraw
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Offer, Work, WorkState
from core.causes import EndCause, WorkEnd
from core.commands import EnqueueWork, RequestCallback, RescheduleCallback
from core.events import CallbackDue, CallbackRequested, CallbackScheduled
from core.ids import CallId
from core.model import Channel, QueueConfig
from core.ranges import promise_fits

TRIES = 3
RETRY_S = 300.0
LIMIT_S = 3 * 86400.0
"""From the promised time: over a week-end, and no longer."""
DIAL_LIMIT_S = 60.0
"""From acceptance to two-way audio: call control lets a phone ring for half of it."""
AGENT_SKIP_S = 60.0
NO_TRY = frozenset({EndCause.AGENT_LOST, EndCause.NODE_LOST, EndCause.SYSTEM_STOPPED})
"""The customer's phone never rang for these, or stopped ringing through no fault of the customer."""
LIVE = frozenset({Channel.CALL, Channel.CHAT})
"""Somebody waits on the other side: refused while the queue is closed. Tickets and callbacks can wait for the opening."""


def when_to_enter(registry: Registry, queue: QueueConfig, command: EnqueueWork, now: float) -> float:
    """When new work takes its place: now, or the first open time after a callback's moment. Raises `Refused`."""
    hours = registry.hours.get(queue.hours)
    if command.channel is not Channel.CALLBACK:
        if hours is not None and command.channel in LIVE and not hours.is_open(now):
            raise Refused("closed", f"queue {queue.queue_id} is closed: {hours.state_at(now)[1]}")
        return now
    if command.not_before is not None and not promise_fits(command.not_before, now):
        raise Refused("too_far_ahead", "a call back can be promised for at most a year ahead")
    wanted = max(now, command.not_before if command.not_before is not None else now)
    due = hours.next_open(wanted) if hours is not None else wanted
    if due is None:
        raise Refused("closed", f"queue {queue.queue_id} never opens")
    return due


def longest_wait_s(queue: QueueConfig, channel: Channel) -> float:
    """Nobody listens to music meanwhile: a callback may wait longer than a caller."""
    return LIMIT_S if channel is Channel.CALLBACK else queue.max_wait_s


def connect_limit_s(work: Work, others_s: float) -> float:
    """From acceptance to two-way audio: a phone must be given time to ring."""
    return DIAL_LIMIT_S if work.channel is Channel.CALLBACK else others_s


def request(registry: Registry, command: RequestCallback, now: float) -> None:
    """The waiting caller may hang up. What rings is offered anew, as a callback. Raises `Refused`."""
    work = registry.work_items.get(command.work_id)
    if work is None:
        raise Refused("work_over" if command.work_id in registry.ended_work else "unknown_work", "this work is not waiting")
    if work.channel is Channel.CALLBACK:
        raise Repeated("this caller will be called back")
    if work.channel is not Channel.CALL or not work.has_place:
        raise Refused("not_waiting", "an agent has just answered" if work.channel is Channel.CALL else "this is no call")
    registry.leave_bucket(work)
    withdraw(registry, work, work.offers.values(), now)
    work.origin_call_id = work.call_id
    forget_call(registry, work)
    work.channel = Channel.CALLBACK
    registry.note_callback(work)
    work.wait_until = now + LIMIT_S
    registry.emit(
        CallbackRequested(
            at=now,
            work_id=work.work_id,
            call_id=work.origin_call_id,
            queue_id=work.queue_id,
            customer_id=work.customer_id,
        )
    )
    if work.state is WorkState.WAITING:
        look_later(registry, work)
        registry.enter_bucket(work)
    else:
        back_in_line(registry, work, now)


def reschedule(registry: Registry, command: RescheduleCallback, now: float) -> None:
    """Another time for a promise, or a time for a callback in line: until then it waits outside. Raises `Refused`."""
    work = registry.work_items.get(command.work_id)
    if work is None:
        raise Refused("work_over" if command.work_id in registry.ended_work else "unknown_work", "this work is not waiting")
    if work.channel is not Channel.CALLBACK:
        raise Refused("not_a_callback", "only callbacks have a time")
    if work.state not in IN_LINE | {WorkState.SCHEDULED}:
        raise Refused("work_taken", "an agent has already taken this work")
    queue = registry.queues[work.queue_id].config
    hours = registry.hours.get(queue.hours)
    wanted = max(now, command.not_before)
    due = wanted if hours is None else hours.next_open(wanted)
    if due is None:
        raise Refused("closed", f"queue {queue.queue_id} never opens")
    if work.state is WorkState.SCHEDULED and due == work.until:
        raise Repeated("this callback is promised for then")
    registry.leave_bucket(work)
    withdraw(registry, work, work.offers.values(), now)
    work.rings_all, work.alone_until = False, None
    if work.state is WorkState.OFFERED:
        move(registry, work, WorkState.WAITING, now, due)
    if work.state is WorkState.WAITING:
        move(registry, work, WorkState.SCHEDULED, now, due)
    work.until, work.enqueued_at, work.wait_until = due, due, due + LIMIT_S
    registry.deadlines.set(("work", work.work_id), due)
    registry.deadlines.clear(("route", work.work_id))
    scheduled(registry, work, now)


def called_again(registry: Registry, served: Work, now: float) -> None:
    """Who waited to be called back in this queue, and talks to somebody there now, is not called any more."""
    if served.channel is not Channel.CALL or served.customer_id is None:
        return
    for work_id in tuple(registry.callbacks_of.get(served.customer_id, ())):
        work = registry.work_items[work_id]
        if work.queue_id == served.queue_id and work.state in IN_LINE | {WorkState.SCHEDULED}:
            finish(registry, work, WorkEnd.CALLED_AGAIN, now)


def scheduled(registry: Registry, work: Work, now: float) -> None:
    """Says that a callback waits for its time."""
    registry.emit(
        CallbackScheduled(
            at=now,
            work_id=work.work_id,
            queue_id=work.queue_id,
            customer_id=work.customer_id,
            origin_call_id=work.origin_call_id,
            due_at=work.until,
            tries=work.tries,
        )
    )


def tried_again(registry: Registry, work: Work, now: float) -> None:
    """The time between two tries is over: back in line at the old place."""
    move(registry, work, WorkState.WAITING, now, work.wait_until)
    look_later(registry, work)
    registry.enter_bucket(work)
    registry.emit(CallbackDue(at=now, work_id=work.work_id, queue_id=work.queue_id, position=registry.position(work)))


def name_call(registry: Registry, work: Work, offer: Offer) -> None:
    """The call that is about to be dialled; made from the offer, so that everybody who hears of it twice names it the same."""
    if work.channel is Channel.CALLBACK:
        work.call_id = CallId(f"call_{offer.offer_id.removeprefix('offer_')}")
        registry.tie(work)


def forget_call(registry: Registry, work: Work) -> None:
    registry.untie(work)
    work.call_id = None


def not_reached(registry: Registry, work: Work, cause: EndCause, now: float) -> None:
    """The dialled call ended before anybody talked: the agent is free at once, the customer is tried again later."""
    if cause is EndCause.NUMBER_NOT_ALLOWED:
        finish(registry, work, WorkEnd.NOT_ALLOWED, now)
        return
    if cause in NO_TRY:
        not_connected(registry, work, now, skip_until=now + AGENT_SKIP_S)
        return
    work.tries += cause is not EndCause.DIAL_LIMIT
    hours = registry.hours.get(registry.queues[work.queue_id].config.hours)
    again_at = now + RETRY_S if hours is None else hours.next_open(now + RETRY_S)
    if work.tries >= TRIES or again_at is None or again_at > work.wait_until:
        finish(registry, work, WorkEnd.NOT_REACHED, now)
        return
    forget_call(registry, work)
    withdraw(registry, work, work.offers.values(), now)
    work.agent_id = work.waited_s = None
    move(registry, work, WorkState.SCHEDULED, now, again_at)
    scheduled(registry, work, now)

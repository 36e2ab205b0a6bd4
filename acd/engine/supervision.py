"""What supervisors do to waiting work: move it, give it another priority, take it out."""

from __future__ import annotations

from acd.engine.transitions import change_queue, finish
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import IN_LINE, Work, WorkState
from core.causes import WorkEnd
from core.commands import MoveWork, ReprioritiseWork, WithdrawWork
from core.events import WorkReprioritised
from core.ids import WorkId
from core.model import Purpose


def move_work(registry: Registry, command: MoveWork, now: float) -> None:
    """It waits in the other queue at its place by time; what rings is taken back. Raises `Refused`."""
    work = _a_customers(registry, command.work_id)
    queue = registry.queues.get(command.queue_id)
    if queue is None or queue.retired:
        raise Refused("unknown_queue", f"there is no queue {command.queue_id}")
    if work.queue_id == command.queue_id:
        raise Repeated("this work is already in that queue")
    change_queue(registry, work, command.queue_id, command.by, now)


def reprioritise(registry: Registry, command: ReprioritiseWork, now: float) -> None:
    """Another place in line; what rings goes on ringing. Raises `Refused`."""
    work = _a_customers(registry, command.work_id)
    if work.extra_priority == command.priority:
        raise Repeated("this work already has that priority")
    registry.rerank(work, command.priority)
    priority = registry.queues[work.queue_id].config.priority + work.extra_priority
    registry.emit(WorkReprioritised(at=now, work_id=work.work_id, queue_id=work.queue_id, priority=priority, by=command.by))


def withdraw_work(registry: Registry, command: WithdrawWork, now: float) -> None:
    """It waits no longer, also not for its time; a caller is led on by the flow. Raises `Refused`."""
    work = registry.work_items.get(command.work_id)
    if work is None or work.state is not WorkState.SCHEDULED:
        work = _in_line(registry, command.work_id)
    finish(registry, work, WorkEnd.WITHDRAWN, now)


def _a_customers(registry: Registry, work_id: WorkId) -> Work:
    work = _in_line(registry, work_id)
    if work.purpose is Purpose.CONSULTATION:
        raise Refused("consultation", "an agent asks a colleague: no customer waits with this work")
    return work


def _in_line(registry: Registry, work_id: WorkId) -> Work:
    work = registry.work_items.get(work_id)
    if work is None:
        if work_id in registry.ended_work:
            raise Refused("work_over", "this work has already ended")
        raise Refused("unknown_work", "this work is not known")
    if work.state is WorkState.SCHEDULED:
        raise Refused("scheduled", "this callback waits for its time, outside the line")
    if work.state not in IN_LINE:
        raise Refused("work_taken", "an agent has already taken this work")
    return work

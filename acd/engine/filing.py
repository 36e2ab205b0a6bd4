"""Somebody says whose a conversation is while its work is here: from now on the rules that know customers know this one."""

from __future__ import annotations

from acd.engine.preferred import remember
from acd.model.refusals import Repeated
from acd.model.registry import Registry
from acd.model.work import WorkState
from core.commands import FileWork
from core.model import Purpose


def file_work(registry: Registry, command: FileWork, now: float) -> None:
    """The call's own work, and what was promised in it. Raises `Repeated` when nothing changes."""
    mine = [
        work
        for work in registry.work_items.values()
        if command.call_id in {work.call_id, work.origin_call_id} and work.customer_id != command.customer_id
    ]
    if not mine:
        raise Repeated("no work of this call is another customer's")
    for work in mine:
        registry.forget_callback(work)
        work.customer_id = command.customer_id
        registry.note_callback(work)
        if work.state is WorkState.ACTIVE and work.purpose is not Purpose.CONSULTATION:
            remember(registry, work, now)

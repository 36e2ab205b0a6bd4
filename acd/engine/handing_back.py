"""An agent leaves in mid-conversation: the customer waits again in the same queue, before everybody who came later.

The old time of arrival gives the place; the time in conversation is no waiting, so rules that count the wait (steps, the longest
wait, the service level) go on where they stood. A callback whose customer is on the line is a call from now on: nobody is
dialled again.
"""

from __future__ import annotations

from acd.engine.offers import SKIP_S
from acd.engine.transitions import (
    back_in_line,
    drop_offer,
    end_consultation,
    end_consultations,
    not_connected,
    withdraw_transfers,
)
from acd.model.refusals import Refused, Repeated
from acd.model.registry import Registry
from acd.model.work import Work, WorkState
from core.events import CallHandedBack, WorkHandedBack
from core.model import Channel, Purpose


def handed_back(registry: Registry, event: CallHandedBack, now: float) -> None:
    """Not to the agent who left, should that one be back at once. Raises `Refused`."""
    work = registry.work_items.get(event.work_id)
    if work is None or work.agent_id != event.agent_id:
        if work is not None and work.state in {WorkState.WAITING, WorkState.OFFERED}:
            raise Repeated("this work waits already")
        raise Refused("late_hand_back", "this work is not with this agent")
    if work.state is WorkState.WRAP_UP:
        raise Refused("late_hand_back", "this conversation is over")
    if work.purpose is Purpose.CONSULTATION:  # only the colleague leaves
        end_consultation(registry, work, now)
        return
    if work.state is WorkState.ACCEPTED:
        not_connected(registry, work, now, skip_until=now + SKIP_S)
        return
    _wait_again(registry, work, event, now)


def _wait_again(registry: Registry, work: Work, event: CallHandedBack, now: float) -> None:
    end_consultations(registry, work, now)
    withdraw_transfers(registry, work, now)
    (offer,) = work.offers.values()
    agent = drop_offer(registry, work, offer)
    talk_s = now - work.active_since if work.active_since is not None else 0.0
    work.talked_s += talk_s
    work.active_since = work.alone_until = None
    work.skipped[agent.agent_id] = now + SKIP_S
    work.wait_until = max(work.wait_until, now + registry.queues[work.queue_id].config.max_wait_s)
    if work.channel is Channel.CALLBACK:
        registry.forget_callback(work)
        registry.untie(work)
        work.channel, work.call_id, work.promised = Channel.CALL, event.call_id, False
        registry.tie(work)
    registry.emit(
        WorkHandedBack(
            at=now,
            work_id=work.work_id,
            call_id=work.call_id,
            queue_id=work.queue_id,
            agent_id=agent.agent_id,
            talk_s=talk_s,
        )
    )
    back_in_line(registry, work, now)
    registry.show(agent, now)

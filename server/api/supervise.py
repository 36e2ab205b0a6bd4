"""What supervisors do to waiting work and to agents. Each action is written down; what follows comes over the live view."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from acd.views.work import WorkView
from core.commands import AnyCommand, MoveWork, ReprioritiseWork, RescheduleCallback, SetAgentState, WithdrawWork
from core.ids import AgentId, QueueId, WorkId
from core.model import AgentState, Channel
from core.ranges import EARLIEST_S, LATEST_S
from server.api.access import AsSupervisor, Deps, SignedIn
from server.api.agent import RequestedState, ask
from server.api.answers import answers, done
from server.api.bodies import Body, Id, OneLine
from server.api.errors import ApiError, not_found
from server.api.reading import sight
from server.api.services import Services
from server.api.trail import Trail, WritesDown
from server.rights import Permission
from server.schemas import Me

router = APIRouter(tags=["supervise"])
MOST_POINTS = 1000
Points = Annotated[float, Field(ge=-MOST_POINTS, le=MOST_POINTS, allow_inf_nan=False)]


class Move(Body):
    queue_id: Id


class Priority(Body):
    priority: Points
    """Added to the queue's own."""


class NewTime(Body):
    at: Annotated[float, Field(ge=EARLIEST_S, le=LATEST_S, allow_inf_nan=False)]
    """Seconds since the epoch; while the queue is closed then, its next opening."""


class Withdrawal(Body):
    reason: OneLine = Field(min_length=1, max_length=200)


async def _do(trail: Trail, me: Me, command: AnyCommand, action: str, subject: str, **details: Any) -> Response:
    """A refusal becomes a 409 with the reason in words, and is no action."""
    await ask(trail.deps, "acd", command, f"{action}_refused")
    await trail.note(me.user_id, action, subject, **details)
    return done()


@router.post("/work/{work_id}/move", status_code=204, responses=answers(None, 404, 409))
async def move(work_id: str, body: Move, me: AsSupervisor, deps: Deps, trail: WritesDown) -> Response:
    """Waiting work goes to another queue and keeps its arrival time."""
    _known(deps, me, WorkId(work_id))
    if not sight(deps, me).covers(QueueId(body.queue_id)):
        raise ApiError(409, "unknown_queue", f"there is no queue {body.queue_id}")  # as the ACD says it
    command = MoveWork(work_id=WorkId(work_id), queue_id=QueueId(body.queue_id), by=me.user_id)
    return await _do(trail, me, command, "move_work", work_id, queue_id=body.queue_id)


@router.post("/work/{work_id}/priority", status_code=204, responses=answers(None, 404, 409))
async def reprioritise(work_id: str, body: Priority, me: AsSupervisor, deps: Deps, trail: WritesDown) -> Response:
    """Sets what is added to the queue's priority for one waiting piece of work."""
    _known(deps, me, WorkId(work_id))
    command = ReprioritiseWork(work_id=WorkId(work_id), priority=body.priority, by=me.user_id)
    return await _do(trail, me, command, "reprioritise_work", work_id, priority=body.priority)


@router.post("/work/{work_id}/withdraw", status_code=204, responses=answers(None, 404, 409))
async def withdraw(work_id: str, body: Withdrawal, me: SignedIn, deps: Deps, trail: WritesDown) -> Response:
    """Takes waiting work out of its queue, or a callback that waits for its time; a caller is led on by the flow.

    Supervisors may withdraw anything, agents the callbacks that they promised.
    """
    _may_change(deps, me, WorkId(work_id))
    command = WithdrawWork(work_id=WorkId(work_id), reason=body.reason, by=me.user_id)
    return await _do(trail, me, command, "withdraw_work", work_id, reason=body.reason)


@router.post("/work/{work_id}/reschedule", status_code=204, responses=answers(None, 404, 409))
async def reschedule(work_id: str, body: NewTime, me: SignedIn, deps: Deps, trail: WritesDown) -> Response:
    """Gives a callback another time, at most a year ahead. Agents may for the callbacks that they promised."""
    _may_change(deps, me, WorkId(work_id))
    command = RescheduleCallback(work_id=WorkId(work_id), not_before=body.at, by=me.user_id)
    return await _do(trail, me, command, "reschedule_callback", work_id, at=body.at)


@router.post("/agents/{agent_id}/state", status_code=204, responses=answers(None, 404, 409))
async def set_agent_state(agent_id: str, body: RequestedState, me: AsSupervisor, deps: Deps, trail: WritesDown) -> Response:
    """Available, away or signed out in the agent's stead; effective after the present work."""
    try:
        deps.acd.agent(AgentId(agent_id))
    except KeyError as error:
        raise not_found("agent") from error
    if not sight(deps, me).covers_agent(AgentId(agent_id)):
        raise not_found("agent")
    deps.live.remember(me)
    command = SetAgentState(agent_id=AgentId(agent_id), state=AgentState(body.state), reason=body.reason, by=me.user_id)
    return await _do(trail, me, command, "set_agent_state", agent_id, state=body.state, reason=body.reason)


def _known(deps: Services, me: Me, work_id: WorkId) -> WorkView:
    """Raises a 404, also for what somebody else looks after."""
    try:
        work = deps.acd.work(work_id)
    except KeyError:
        work = None
    if work is None or not sight(deps, me).covers(work.queue_id):
        raise not_found("waiting work; it may have been taken or have ended")
    return work


def _may_change(deps: Services, me: Me, work_id: WorkId) -> None:
    """Supervisors, and for a callback whoever promised it. Raises a 403 or 404."""
    try:
        work = deps.acd.work(work_id)
    except KeyError:
        work = None
    if work is not None and work.channel is Channel.CALLBACK and me.agent_id is not None and work.preferred_agent == me.agent_id:
        return
    if me.may(Permission.SUPERVISE):
        _known(deps, me, work_id)
    else:
        raise ApiError(403, "not_your_callback", "Only who promised it, or a supervisor, can change this callback.")

"""What an event tells of who is in a call: moments, from which its engagements follow. Pure."""

from __future__ import annotations

from core.events import (
    AnyEvent,
    CallConnected,
    CallEnded,
    CallHandedBack,
    CallStarted,
    CallTransferred,
    ColleagueAsked,
    PartyJoined,
    PartyLeft,
    WrapUpFinished,
)
from core.parties import Role
from core.ranges import lines
from customers.engagements import EngagementEnd, EngagementStart
from customers.identity import storable
from customers.moments import AnyMoment, Asked, Came, Over, TookOver, Went, Wrote


def moments_of(event: AnyEvent) -> tuple[AnyMoment, ...]:
    """None of supervisors, nor of events that tell nothing of this."""
    at = event.at
    match event:
        case CallStarted(outbound=True, agent_id=agent_id, work_id=work_id) if agent_id is not None and work_id is not None:
            return (Came(at=at, work_id=work_id, agent_id=agent_id, queue_id=event.queue_id, began=EngagementStart.CALLED),)
        case CallConnected():
            return (Came(at=at, work_id=event.work_id, agent_id=event.agent_id, queue_id=event.queue_id),)
        case CallHandedBack():
            return (Went(at=at, work_id=event.work_id, agent_id=event.agent_id, ended=EngagementEnd.HANDED_BACK),)
        case PartyJoined(role=Role.CONSULTANT, agent_id=agent_id, work_id=work_id) if agent_id is not None:
            return (Came(at=at, work_id=work_id, agent_id=agent_id, began=EngagementStart.CONSULTED),)
        case PartyLeft(role=Role.CONSULTANT, agent_id=agent_id, work_id=work_id) if agent_id is not None:
            return (Went(at=at, work_id=work_id, agent_id=agent_id, ended=EngagementEnd.CONSULTED),)
        case ColleagueAsked():
            note = lines(event.note)
            return (Asked(at=at, work_id=event.work_id, by=event.agent_id, queue_id=event.queue_id, note=note),)
        case CallTransferred():
            return _transferred(event)
        case CallEnded():
            return (Over(at=at, agent_id=event.agent_id, queue_id=event.queue_id, since=event.connected_at),)
        case WrapUpFinished():
            said = {"disposition": storable(event.disposition), "summary": lines(event.summary)}
            return (Wrote(at=at, work_id=event.work_id, agent_id=event.agent_id, **said),)
        case _:
            return ()


def _transferred(event: CallTransferred) -> tuple[AnyMoment, ...]:
    ended = EngagementEnd.CONFERENCED if event.conferenced else EngagementEnd.TRANSFERRED
    went = Went(at=event.at, work_id=event.work_id, agent_id=event.agent_id, ended=ended)
    if event.to_agent_id is None:
        return (went,)
    return went, TookOver(at=event.at, work_id=event.to_work_id, agent_id=event.to_agent_id, queue_id=event.queue_id)

"""What is told of who is in a conversation, and the engagements that follow. Pure.

Invariant: `engagements` is a function of the set of moments alone, so what is told twice, or in another order, gives the same.
Those of one agent and one work never overlap; whoever came has left when the conversation is over; nothing that somebody wrote
is lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import msgspec

from core.ids import AgentId, QueueId, WorkId
from core.model import Value
from core.parties import Role
from customers.engagements import Engagement, EngagementEnd, EngagementStart, in_order


class Moment(Value, frozen=True, kw_only=True, tag=True):
    """Base of what is told of a conversation."""

    at: float


class Asked(Moment, frozen=True, kw_only=True):
    """Somebody is asked in, or to go on with it: why the work came to be."""

    work_id: WorkId
    by: AgentId
    queue_id: QueueId | None = None
    note: str = ""


class Came(Moment, frozen=True, kw_only=True):
    work_id: WorkId | None
    agent_id: AgentId | None
    queue_id: QueueId | None = None
    began: EngagementStart = EngagementStart.TAKEN


class TookOver(Moment, frozen=True, kw_only=True):
    """A colleague who was asked has the conversation now."""

    work_id: WorkId | None
    agent_id: AgentId | None
    queue_id: QueueId | None = None


class Went(Moment, frozen=True, kw_only=True):
    work_id: WorkId | None
    agent_id: AgentId | None
    ended: EngagementEnd


class Wrote(Moment, frozen=True, kw_only=True):
    """A wrap-up."""

    work_id: WorkId | None
    agent_id: AgentId | None
    disposition: str = ""
    summary: str = ""


class Over(Moment, frozen=True, kw_only=True):
    """The conversation is."""

    agent_id: AgentId | None = None
    """Whose it was at the end, should nobody have told that this one came: sound failed at once, or an older release told it."""
    queue_id: QueueId | None = None
    since: float | None = None


AnyMoment = Asked | Came | TookOver | Went | Wrote | Over
_Stays = Came | TookOver | Went
_Key = tuple[str, str]


def engagements(moments: Iterable[AnyMoment]) -> tuple[Engagement, ...]:
    """In the order in which they began; names are not known here."""
    told = sorted(set(moments), key=lambda moment: (moment.at, msgspec.json.encode(moment)))
    end = next((moment for moment in told if isinstance(moment, Over)), None)
    over = None if end is None else end.at
    asked = {moment.work_id: moment for moment in reversed(told) if isinstance(moment, Asked)}
    wrote = {_key(moment): moment for moment in told if isinstance(moment, Wrote)}  # the last one counts
    stays = sorted((*(moment for moment in told if isinstance(moment, _Stays)), *_untold(told, end)), key=_key)
    found = {key: _stays_of(list(some), over) for key, some in groupby(stays, _key)}
    for key, last in wrote.items():
        if not found.get(key):  # whoever wrote it up had it, should nobody have told of that
            here = Engagement(work_id=last.work_id, agent_id=last.agent_id, from_at=last.at)
            found[key] = [_until(here, last.at, EngagementEnd.CALL_ENDED, over)]
        found[key][-1] = _written(found[key][-1], last)
    whole = (_with_wish(each, asked.get(each.work_id) if each.work_id else None) for some in found.values() for each in some)
    return in_order(whole)


def _untold(told: list[AnyMoment], end: Over | None) -> tuple[Came, ...]:
    """Of whoever had it at the end and never came."""
    if end is None or end.agent_id is None:
        return ()
    own = [moment for moment in told if isinstance(moment, _Stays | Wrote) and moment.agent_id == end.agent_id]
    if any(isinstance(moment, Came | TookOver) for moment in own):
        return ()
    work_id = next((moment.work_id for moment in own), None)
    came = end.at if end.since is None else end.since
    return (Came(at=came, work_id=work_id, agent_id=end.agent_id, queue_id=end.queue_id),)


def _stays_of(moments: list[_Stays], over: float | None) -> list[Engagement]:
    """Of one agent with one work, in time."""
    done: list[Engagement] = []
    here: Engagement | None = None
    for moment in sorted(moments, key=lambda moment: (moment.at, isinstance(moment, Went))):
        if isinstance(moment, Went):
            if here is not None:
                done.append(_until(here, moment.at, moment.ended, over))
            here = None
        elif here is None:
            here = _come(moment, stay=len(done))
        elif here.role is Role.CONSULTANT and (isinstance(moment, TookOver) or moment.began is not EngagementStart.CONSULTED):
            queue_id = moment.queue_id or here.queue_id
            here = msgspec.structs.replace(here, role=Role.AGENT, took_over_at=moment.at, queue_id=queue_id)
    if here is not None:
        done.append(here if over is None else _until(here, over, EngagementEnd.CALL_ENDED, over))
    return done


def _come(moment: Came | TookOver, stay: int) -> Engagement:
    came = EngagementStart.TRANSFERRED if isinstance(moment, TookOver) else moment.began
    return Engagement(
        work_id=moment.work_id,
        agent_id=moment.agent_id,
        stay=stay,
        queue_id=moment.queue_id,
        role=Role.CONSULTANT if came is EngagementStart.CONSULTED else Role.AGENT,
        began=came,
        from_at=moment.at,
    )


def _until(here: Engagement, at: float, ended: EngagementEnd, over: float | None) -> Engagement:
    """Nobody is in a conversation that is over."""
    to_at = at if over is None else min(at, over)
    ended = EngagementEnd.CALL_ENDED if over is not None and at > over else ended
    return msgspec.structs.replace(here, to_at=max(to_at, here.has_since), ended=ended)


def _written(each: Engagement, last: Wrote) -> Engagement:
    return msgspec.structs.replace(each, disposition=last.disposition, summary=last.summary, written_at=last.at)


def _with_wish(each: Engagement, asked: Asked | None) -> Engagement:
    if asked is None or asked.by == each.agent_id:
        return each
    began = EngagementStart.TRANSFERRED if each.began is EngagementStart.TAKEN else each.began
    queue_id = each.queue_id or asked.queue_id
    return msgspec.structs.replace(each, began=began, asked_by=asked.by, note=asked.note, queue_id=queue_id)


def _key(each: _Stays | Wrote | Engagement) -> _Key:
    return each.work_id or "", each.agent_id or ""


def told_by(stored: Iterable[Engagement]) -> tuple[AnyMoment, ...]:
    """The moments that give these engagements: of conversations from before moments were kept."""
    return tuple(moment for each in stored for moment in _told_by(each))


def _told_by(each: Engagement) -> Iterable[AnyMoment]:
    work_id, agent_id = each.work_id, each.agent_id
    came = EngagementStart.CONSULTED if each.took_over_at is not None else each.began
    yield Came(at=each.from_at, work_id=work_id, agent_id=agent_id, queue_id=each.queue_id, began=came)
    if each.took_over_at is not None:
        yield TookOver(at=each.took_over_at, work_id=work_id, agent_id=agent_id, queue_id=each.queue_id)
    if each.asked_by is not None and work_id is not None:
        yield Asked(at=each.from_at, work_id=work_id, by=each.asked_by, queue_id=each.queue_id, note=each.note)
    if each.to_at is not None and each.ended is EngagementEnd.CALL_ENDED:
        yield Over(at=each.to_at)
    elif each.to_at is not None and each.ended is not None:
        yield Went(at=each.to_at, work_id=work_id, agent_id=agent_id, ended=each.ended)
    if each.written_at is not None:
        yield Wrote(at=each.written_at, work_id=work_id, agent_id=agent_id, disposition=each.disposition, summary=each.summary)

"""What became of work, why it was offered to whom, and what agents did, in SQL: written from the ACD's events, read by reports.

Invariant: writing the same events again, in their order, changes nothing: each row is found by ids and times in the events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, case, delete, exists, or_, select, update

from core.causes import WorkEnd
from core.events import (
    AgentStateChanged,
    AnyEvent,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferMade,
    OfferWithdrawn,
    WorkEnded,
    WorkHandedBack,
    WorkMoved,
)
from core.ids import AgentId, CallId, OfferId, QueueId, WorkId
from core.model import Channel, Decision, Purpose, Value, WorkRecord
from server.storage.sql import skills
from server.storage.sql.database import Database
from server.storage.sql.rows import AnyRow
from server.storage.sql.schema import AcdAgentStateRow, AcdOfferRow, AcdWorkRow, AgentRow, CallRow, QueueRow
from server.storage.sql.statements import insert_new, upsert

LOOK_BACK_S = 14 * 86_400.0
"""Who has been in one state for longer than this has left without signing out."""
_WORK = AcdWorkRow.__table__.c
_OFFER = AcdOfferRow.__table__.c
_STATE = AcdAgentStateRow.__table__.c
_WORK_FIELDS = WorkRecord.__struct_fields__
WORK_COLUMNS = tuple(_WORK[name] for name in _WORK_FIELDS)


class OfferRecord(Value, frozen=True, kw_only=True):
    """One offer, why it was made, and what became of it."""

    offer_id: OfferId
    work_id: WorkId
    call_id: CallId | None
    queue_id: QueueId
    agent_id: AgentId
    purpose: Purpose
    made_at: float
    outcome: str
    """``ringing``, ``accepted``, ``declined``, ``expired``, ``withdrawn``, ``not_connected``."""
    ended_at: float | None
    decision: Decision


class Names(NamedTuple):
    """By id, also of what is no longer configured."""

    queues: dict[str, str]
    agents: dict[str, str]


class SqlAcdRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────────────

    async def write(self, events: Sequence[AnyEvent]) -> None:
        """All of them in one transaction; those that leave nothing to keep are skipped. Raises `Unavailable`."""
        kept = [(write, event) for event in events if (write := _WRITERS.get(type(event))) is not None]

        def work(connection: Connection) -> None:
            for write, event in kept:
                write(connection, event)

        if kept:
            await self._database.write(work)

    async def forget(self, before: float) -> None:
        """Deletes what is older. Each agent's last state before stays: it went on."""
        newer = AcdAgentStateRow.__table__.alias()
        followed = exists().where(newer.c.agent_id == _STATE.agent_id, newer.c.at > _STATE.at, newer.c.at < before)

        def work(connection: Connection) -> None:
            connection.execute(delete(AcdWorkRow).where(_WORK.ended_at < before))
            connection.execute(delete(AcdOfferRow).where(_OFFER.made_at < before))
            connection.execute(delete(AcdAgentStateRow).where(_STATE.at < before, followed))

        await self._database.write(work)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────

    async def work_items(self, start: float, end: float, queue_ids: Sequence[QueueId] = ()) -> list[WorkRecord]:
        """Stays that came, were answered or ended from `start` to before `end`; `queue_ids` empty: of all queues."""
        times = (_WORK.entered_at, _WORK.answered_at, _WORK.ended_at)
        query = select(*WORK_COLUMNS).where(or_(*(and_(time >= start, time < end) for time in times)))
        if queue_ids:
            query = query.where(_WORK.queue_id.in_(queue_ids))
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return await asyncio.to_thread(lambda: [work_of(row) for row in found])  # there may be many thousands

    async def names(self) -> Names:
        queues, agents = select(QueueRow.queue_id, QueueRow.name), select(AgentRow.agent_id, AgentRow.name)

        def work(connection: Connection) -> Names:
            return Names(*(dict(connection.execute(query).tuples().all()) for query in (queues, agents)))

        return await self._database.read(work)

    async def offers_of_work(self, work_id: WorkId) -> list[OfferRecord]:
        """In the order they were made."""
        return await self._offers(_OFFER.work_id == work_id)

    async def offers_of_call(self, call_id: CallId) -> list[OfferRecord]:
        """Of all work of the call: also of the callback that was promised in it."""
        work_items = select(_OFFER.work_id).where(_OFFER.call_id == call_id)
        work = select(CallRow.work_id).where(CallRow.call_id == call_id)
        return await self._offers(or_(_OFFER.work_id.in_(work_items), _OFFER.work_id.in_(work)))

    async def _offers(self, condition: Any) -> list[OfferRecord]:
        query = select(*_OFFER).where(condition).order_by(_OFFER.made_at, _OFFER.offer_id)
        found = await self._database.read(lambda connection: connection.execute(query).all())
        return [_offer(row) for row in found]


# ── events to rows ────────────────────────────────────────────────────────────────────────────────────────────


def _write_work(connection: Connection, event: WorkEnded | WorkMoved | WorkHandedBack) -> None:
    if event.record is not None:
        upsert(connection, AcdWorkRow, msgspec.to_builtins(event.record) | {"skills": skills.to_text(event.record.skills)})


def _write_offer(connection: Connection, event: OfferMade) -> None:
    row = {
        "offer_id": event.offer_id,
        "work_id": event.work_id,
        "call_id": event.call_id if event.call_id is not None else event.origin_call_id,
        "queue_id": event.queue_id,
        "agent_id": event.agent_id,
        "purpose": str(event.purpose),
        "made_at": event.at,
        "outcome": "ringing",
        "decision": msgspec.to_builtins(event.decision),
    }
    insert_new(connection, AcdOfferRow, [row])


def _write_outcome(connection: Connection, event: OfferAccepted | OfferDeclined | OfferExpired) -> None:
    _end_offer(connection, event.offer_id, event.at, _OUTCOMES[type(event)])


def _write_withdrawn(connection: Connection, event: OfferWithdrawn) -> None:
    """An accepted offer is taken back only when the two were not connected."""
    outcome = case((_OFFER.outcome.in_(("accepted", "not_connected")), "not_connected"), else_="withdrawn")
    _end_offer(connection, event.offer_id, event.at, outcome)


def _end_offer(connection: Connection, offer_id: OfferId, at: float, outcome: Any) -> None:
    connection.execute(update(AcdOfferRow).where(_OFFER.offer_id == offer_id).values(outcome=outcome, ended_at=at))


def _write_state(connection: Connection, event: AgentStateChanged) -> None:
    """Of several changes at the same moment the last one counts."""
    row = {
        "agent_id": event.agent_id,
        "at": event.at,
        "state": str(event.state),
        "reason": event.reason,
        "queue_id": event.queue_id,
    }
    upsert(connection, AcdAgentStateRow, row)


_OUTCOMES: Mapping[type, str] = {OfferAccepted: "accepted", OfferDeclined: "declined", OfferExpired: "expired"}
_WRITERS: Mapping[type, Callable[[Connection, Any], None]] = {
    WorkEnded: _write_work,
    WorkMoved: _write_work,
    WorkHandedBack: _write_work,
    OfferMade: _write_offer,
    OfferAccepted: _write_outcome,
    OfferDeclined: _write_outcome,
    OfferExpired: _write_outcome,
    OfferWithdrawn: _write_withdrawn,
    AgentStateChanged: _write_state,
}
KEPT = frozenset(_WRITERS)
"""Events that leave something to keep."""


# ── rows to values ────────────────────────────────────────────────────────────────────────────────────────────


_CHANNELS = {str(channel): channel for channel in Channel}
_CAUSES = {str(cause): cause for cause in WorkEnd}


def work_of(row: Sequence[Any]) -> WorkRecord:
    """Of `WORK_COLUMNS`."""
    values = dict(zip(_WORK_FIELDS, row, strict=True))
    values["channel"], values["cause"] = _CHANNELS[values["channel"]], _CAUSES[values["cause"]]
    values["skills"] = skills.from_text(values["skills"])
    return WorkRecord(**values)


def _offer(row: AnyRow) -> OfferRecord:
    values = {name: getattr(row, name) for name in OfferRecord.__struct_fields__}
    return OfferRecord(**values | {"purpose": Purpose(row.purpose), "decision": _decision(row.decision)})


def _decision(stored: dict[str, Any]) -> Decision:
    """As it was written; fields that only another version knows are left out."""
    known = {name: value for name, value in stored.items() if name in Decision.__struct_fields__}
    return msgspec.convert(known, Decision)

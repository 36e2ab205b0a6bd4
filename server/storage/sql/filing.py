"""Whose a conversation is, decided by a person: `customers.filing.Filing` in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, select, update

from core.ids import CallId, CustomerId, InteractionId, WorkId
from core.model import Channel
from customers.callbacks import promise_of
from customers.filed_how import FiledHow
from customers.filing import Decision, Filed, UnknownCustomer
from customers.identity import CONFIDENCE, customer_of_call, ticket_of_call
from customers.model import Identifier, IdentifierKind, Interaction, Profile, Provenance
from customers.phone import time_zone
from server.storage.sql import rows
from server.storage.sql.database import Database
from server.storage.sql.history import load_interaction
from server.storage.sql.schema import (
    CallbackRow,
    CallRow,
    ChatRow,
    CustomerRow,
    EngagementRow,
    FactRow,
    IdentifierRow,
    InteractionRow,
    TicketRow,
)
from server.storage.sql.search.subjects import index_people
from server.storage.sql.statements import insert_new, parts

_OWNED = (ChatRow, TicketRow, CallbackRow)
_BY_HAND = frozenset({str(Provenance.CALL), str(Provenance.AGENT)})
"""Edges that were learned from conversations: they go when the last of these goes."""


class SqlFiling:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def file(self, decision: Decision) -> Filed | None:
        return await self._database.write(lambda connection: _file(connection, decision))


def _file(connection: Connection, decision: Decision) -> Filed | None:
    row = load_interaction(connection, decision.interaction_id)
    if row is None:
        return None
    call_id = row.call_id if row.channel is Channel.CALL else None
    shown = _identifier(connection, decision.interaction_id)
    customer_id = _whose(connection, decision, row, shown)
    ids = [row.interaction_id] if call_id is None else [row.interaction_id, *_follow_ups(connection, call_id)]
    _move(connection, ids, customer_id, decision)
    if call_id is not None:
        changes = {"customer_id": customer_id, "decided_by": decision.name}
        connection.execute(update(CallRow).where(CallRow.call_id == call_id).values(changes))
    if row.customer_id is not None and row.customer_id != customer_id:
        _tidy(connection, row.customer_id, shown, call_id)
    moved = [moved for each in ids if (moved := load_interaction(connection, each)) is not None]
    return Filed(interaction=moved[0], moved=tuple(moved), before=row.customer_id, call_id=call_id)


def _follow_ups(connection: Connection, call_id: CallId) -> list[InteractionId]:
    """Tickets and the promise that may have come of a call."""
    works = connection.scalars(select(EngagementRow.work_id).where(EngagementRow.call_id == call_id).distinct())
    later = [ticket_of_call(call_id, WorkId(work_id)) for work_id in works if work_id]
    return [ticket_of_call(call_id), *later, promise_of(call_id)]


def take_along(connection: Connection, customer_id: CustomerId, shown: Identifier) -> None:
    """A number that comes again: what 0.1 knew of it, and nobody has decided, is its record's."""
    waiting = and_(
        InteractionRow.customer_id.is_(None),
        InteractionRow.identifier_kind == str(shown.kind),
        InteractionRow.identifier_value == shown.value,
        InteractionRow.filed_how == str(FiledHow.PLACEHOLDER),
    )
    found = connection.execute(
        select(InteractionRow.interaction_id, InteractionRow.channel, InteractionRow.call_id).where(waiting)
    ).all()
    mine = {"customer_id": customer_id}
    filed = {**mine, "filed_how": str(FiledHow.IDENTIFIER)}
    for some in parts([row.interaction_id for row in found]):
        connection.execute(update(InteractionRow).where(InteractionRow.interaction_id.in_(some)).values(filed))
        for table in _OWNED:
            connection.execute(update(table).where(table.__table__.c.interaction_id.in_(some)).values(mine))
    for some in parts([row.call_id for row in found if row.channel == str(Channel.CALL) and row.call_id is not None]):
        connection.execute(update(CallRow).where(CallRow.call_id.in_(some)).values(mine))


def _whose(connection: Connection, decision: Decision, row: Interaction, shown: Identifier | None) -> CustomerId | None:
    """The record, with the number or address that was shown. Raises `UnknownCustomer`."""
    if decision.customer_id is None:
        return None
    if decision.new_name:
        customer_id = _made(connection, decision, row, shown)
    elif connection.scalar(select(exists().where(CustomerRow.customer_id == decision.customer_id))):
        customer_id = decision.customer_id
        if shown is not None:
            _add_edge(connection, customer_id, shown, Provenance.CALL)
    else:
        raise UnknownCustomer
    return customer_id


def _made(connection: Connection, decision: Decision, row: Interaction, shown: Identifier | None) -> CustomerId:
    """A record of this name; one without a name that was made for this very call gets the name."""
    assert decision.customer_id is not None
    nameless = None if row.call_id is None else customer_of_call(row.call_id)
    if row.customer_id == nameless and nameless is not None:
        unnamed = and_(CustomerRow.customer_id == nameless, CustomerRow.name == "")
        named: dict[str, object] = {"name": decision.new_name, "name_key": decision.new_name.casefold()}
        named |= {"corrected": ["name", "name_key"], "version": CustomerRow.version + 1}
        if connection.execute(update(CustomerRow).where(unnamed).values(named)).rowcount:
            if shown is not None:
                _confirm(connection, nameless, shown)
            index_people(connection, [nameless])
            return nameless
    zone = time_zone(shown.value) if shown is not None and shown.kind is IdentifierKind.PHONE else None
    profile = Profile(customer_id=decision.customer_id, name=decision.new_name, since=decision.at, local_time_zone=zone)
    insert_new(connection, CustomerRow, [{**rows.customer_row(profile), "corrected": ["name", "name_key"]}])
    if shown is not None:
        _add_edge(connection, profile.customer_id, shown, Provenance.AGENT)
    index_people(connection, [profile.customer_id])
    return profile.customer_id


def _move(connection: Connection, ids: Sequence[InteractionId], customer_id: CustomerId | None, decision: Decision) -> None:
    filed = {
        "customer_id": customer_id,
        "filed_by": decision.user_id,
        "filed_at": decision.at,
        "filed_how": str(FiledHow.PERSON),
    }
    connection.execute(update(InteractionRow).where(InteractionRow.interaction_id.in_(ids)).values(filed))
    for table in _OWNED:
        mine = table.__table__.c.interaction_id.in_(ids)
        connection.execute(update(table).where(mine).values(customer_id=customer_id))


def _tidy(connection: Connection, before: CustomerId, shown: Identifier | None, call_id: CallId | None) -> None:
    """What the wrong record had from this conversation alone goes with it."""
    if shown is not None and not connection.scalar(select(exists().where(*_same(before, shown)))):
        learned = and_(*_edge(before, shown), IdentifierRow.provenance.in_(_BY_HAND))
        connection.execute(delete(IdentifierRow).where(learned))
        index_people(connection, [before])
    if call_id is None or before != customer_of_call(call_id):
        return
    left = connection.scalar(select(func.count()).where(InteractionRow.customer_id == before)) or 0
    facts = connection.scalar(select(func.count()).where(FactRow.customer_id == before)) or 0
    name = connection.scalar(select(CustomerRow.name).where(CustomerRow.customer_id == before))
    if not left and not facts and name == "":
        connection.execute(delete(IdentifierRow).where(IdentifierRow.customer_id == before))
        connection.execute(delete(CustomerRow).where(CustomerRow.customer_id == before))
        index_people(connection, [before])


def _same(customer_id: CustomerId, shown: Identifier) -> tuple[Any, ...]:
    """Other conversations of the record in which the same was shown."""
    return (
        InteractionRow.customer_id == customer_id,
        InteractionRow.identifier_kind == str(shown.kind),
        InteractionRow.identifier_value == shown.value,
    )


def _edge(customer_id: CustomerId, shown: Identifier) -> tuple[Any, ...]:
    return (
        IdentifierRow.kind == str(shown.kind),
        IdentifierRow.value == shown.value,
        IdentifierRow.customer_id == customer_id,
    )


def _add_edge(connection: Connection, customer_id: CustomerId, shown: Identifier, provenance: Provenance) -> None:
    edge = Identifier(kind=shown.kind, value=shown.value, provenance=provenance, confidence=CONFIDENCE[provenance])
    profile = Profile(customer_id=customer_id, identifiers=(edge,))
    insert_new(connection, IdentifierRow, rows.identifier_rows(profile))


def _confirm(connection: Connection, customer_id: CustomerId, shown: Identifier) -> None:
    surer = {"provenance": str(Provenance.AGENT), "confidence": CONFIDENCE[Provenance.AGENT]}
    learned = and_(*_edge(customer_id, shown), IdentifierRow.provenance == str(Provenance.CALL))
    connection.execute(update(IdentifierRow).where(learned).values(surer))


def _identifier(connection: Connection, interaction_id: InteractionId) -> Identifier | None:
    """What was shown when it came."""
    query = select(InteractionRow.identifier_kind, InteractionRow.identifier_value)
    row = connection.execute(query.where(InteractionRow.interaction_id == interaction_id)).one()
    if row.identifier_kind is None or row.identifier_value is None:
        return None
    provenance = Provenance.CALL
    return Identifier(
        kind=IdentifierKind(row.identifier_kind),
        value=row.identifier_value,
        provenance=provenance,
        confidence=CONFIDENCE[provenance],
    )

"""Reads all that the screen-pop is made of, on one snapshot: eleven statements by key or index, none of them a scan.

The statements are composed once; running one costs a tenth of composing it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Connection, Integer, Select, and_, bindparam, case, cast, func, literal_column, select
from sqlalchemy.orm import aliased

from core.ids import CustomerId
from customers.identity import Sharing
from customers.model import Call, Candidate, Fact, Identifier, Interaction, Step
from customers.reasons import Standing
from customers.screen_pop import PopFacts
from customers.timeline import PAGE_LIMIT
from server.storage.sql import rows
from server.storage.sql.customers import load_profile
from server.storage.sql.schema import CallStepRow, CustomerRow, FactRow, IdentifierRow, InteractionRow
from server.storage.sql.schema.customers import WAITING

_MOST_WAITING = 10
_MOST_TICKETS = 20
_MOST_FACTS = 4
MOST_CANDIDATES = 6
_MOST_LOOKED_AT = 200
"""Of so many who share a number the latest contacts are looked up."""
_CUSTOMER: BindParameter[str] = bindparam("customer_id")
_CALL: BindParameter[str] = bindparam("call_id")
_INTERACTION: BindParameter[str] = bindparam("interaction_id")

_OTHER_INTERACTIONS: Select[Any] = (
    select(*InteractionRow.__table__.c)
    .where(InteractionRow.customer_id == _CUSTOMER, InteractionRow.interaction_id != _INTERACTION)
    .order_by(InteractionRow.last_activity_at.desc(), InteractionRow.interaction_id.desc())
)
_TIMELINE = _OTHER_INTERACTIONS.limit(PAGE_LIMIT + 1)
# Literally the partial index's own condition: with parameters in it the index could not be chosen.
_STANDING = select(*InteractionRow.__table__.c).where(
    InteractionRow.customer_id == _CUSTOMER, InteractionRow.interaction_id != _INTERACTION, WAITING
)
_URGENCY = case({"urgent": 0, "high": 1, "normal": 2, "": 2}, value=InteractionRow.priority, else_=3)
_TICKETS = (
    _STANDING.where(literal_column("status = 'open'"), literal_column("channel = 'ticket'"))
    .order_by(_URGENCY, InteractionRow.last_activity_at.desc(), InteractionRow.interaction_id)
    .limit(_MOST_TICKETS)
)
_MESSAGES = (
    _STANDING.where(literal_column("status IN ('open', 'unanswered')"), literal_column("channel IN ('chat', 'email')"))
    .order_by(InteractionRow.at.desc(), InteractionRow.interaction_id)
    .limit(_MOST_WAITING)
)
_MISSED = (
    _STANDING.where(literal_column("status = 'missed'"))
    .order_by(InteractionRow.at.desc(), InteractionRow.interaction_id)
    .limit(_MOST_WAITING)
)
_PROMISED = (
    _STANDING.where(literal_column("status = 'open'"), literal_column("channel = 'callback'"))
    .order_by(InteractionRow.due_at, InteractionRow.interaction_id)
    .limit(_MOST_WAITING)
)
_FACTS = select(*FactRow.__table__.c).where(FactRow.customer_id == _CUSTOMER).order_by(FactRow.at.desc()).limit(_MOST_FACTS)
_STEPS = select(*CallStepRow.__table__.c).where(CallStepRow.call_id == _CALL).order_by(CallStepRow.at)
_THEIRS = and_(IdentifierRow.kind == bindparam("kind"), IdentifierRow.value == bindparam("value"))
_SHARING = (
    select(
        func.count().filter(CustomerRow.name != "").label("people"), func.max(cast(IdentifierRow.shared, Integer)).label("marked")
    )
    .join(CustomerRow, CustomerRow.customer_id == IdentifierRow.customer_id)
    .where(_THEIRS)
)
_PEOPLE = (
    select(CustomerRow.customer_id, CustomerRow.name)
    .join(IdentifierRow, CustomerRow.customer_id == IdentifierRow.customer_id)
    .where(_THEIRS, CustomerRow.name != "")
    .limit(_MOST_LOOKED_AT)
    .subquery()
)
_EARLIER = aliased(InteractionRow)
_LAST = (
    select(_EARLIER.interaction_id)
    .where(_EARLIER.customer_id == _PEOPLE.c.customer_id)
    .order_by(_EARLIER.last_activity_at.desc(), _EARLIER.interaction_id.desc())
    .limit(1)
    .correlate(_PEOPLE)
    .scalar_subquery()
)
_CANDIDATES = (
    select(*_PEOPLE.c, InteractionRow.last_activity_at, InteractionRow.title)
    .outerjoin(InteractionRow, InteractionRow.interaction_id == _LAST)
    .order_by(func.coalesce(InteractionRow.last_activity_at, 0.0).desc(), _PEOPLE.c.name, _PEOPLE.c.customer_id)
    .limit(MOST_CANDIDATES)
)


def read_pop_facts(connection: Connection, call: Call) -> PopFacts | None:
    """None when the customer is gone."""
    sharing = _sharing(connection, call)
    if call.customer_id is None:
        path, candidates = _path(connection, call), _candidates(connection, call)
        return PopFacts(call=call, path=path, profile=None, sharing=sharing, candidates=candidates)
    profile = load_profile(connection, call.customer_id)
    if profile is None:
        return None
    keys = {"customer_id": call.customer_id, "interaction_id": call.interaction_id}
    return PopFacts(
        call=call,
        path=_path(connection, call),
        profile=profile,
        sharing=sharing,
        timeline=_interactions(connection, _TIMELINE, keys),
        standing=Standing(
            tickets=_interactions(connection, _TICKETS, keys),
            messages=_interactions(connection, _MESSAGES, keys),
            missed=_interactions(connection, _MISSED, keys),
            promised=_interactions(connection, _PROMISED, keys),
        ),
        facts=_facts(connection, call),
    )


def _path(connection: Connection, call: Call) -> tuple[Step, ...]:
    return tuple(rows.step(row) for row in connection.execute(_STEPS, {"call_id": call.call_id}))


def _facts(connection: Connection, call: Call) -> tuple[Fact, ...]:
    return tuple(rows.fact(row) for row in connection.execute(_FACTS, {"customer_id": call.customer_id}))


def _interactions(connection: Connection, query: Select[Any], keys: dict[str, str]) -> tuple[Interaction, ...]:
    return tuple(rows.interaction(row) for row in connection.execute(query, keys))


def _sharing(connection: Connection, call: Call) -> Sharing:
    if call.identifier is None:
        return Sharing()
    row = connection.execute(_SHARING, _of_caller(call.identifier)).one()
    return Sharing(people=row.people, marked=bool(row.marked))


def _candidates(connection: Connection, call: Call) -> tuple[Candidate, ...]:
    if call.identifier is None:
        return ()
    found = connection.execute(_CANDIDATES, _of_caller(call.identifier))
    return tuple(
        Candidate(
            customer_id=CustomerId(row.customer_id), name=row.name, last_contact=row.last_activity_at, last_title=row.title or ""
        )
        for row in found
    )


def _of_caller(shown: Identifier) -> dict[str, str]:
    return {"kind": str(shown.kind), "value": shown.value}

"""Names for the ids that the audit log speaks of: an id alone tells nobody whose data was read.

What is gone has no name any more; its id stays.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from server.storage.sql.database import Database
from server.storage.sql.schema import (
    AgentRow,
    CallRow,
    CustomerRow,
    FlowRow,
    InteractionRow,
    NotificationRow,
    NumberRow,
    QueueRow,
    TicketRow,
    UserRow,
)

SubjectKind = Literal[
    "user", "agent", "queue", "customer", "call", "conversation", "ticket", "number", "flow", "notification", "work", "other"
]
PREFIXES: dict[str, SubjectKind] = {
    "user": "user", "agent": "agent", "queue": "queue", "cust": "customer", "call": "call", "int": "conversation",
    "ticket": "ticket", "number": "number", "flow": "flow", "notification": "notification", "work": "work",
}  # fmt: skip
"""Of ids that we make; of what is gone they say at least what it was."""


class Named(NamedTuple):
    kind: SubjectKind
    name: str
    """Of a call or conversation: the customer's; empty when nobody knows."""


class SqlAuditNames:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, ids: Collection[str]) -> dict[str, Named]:
        """Of those that are there. Raises `Unavailable`."""
        wanted = sorted(ids)

        def work(connection: Connection) -> dict[str, Named]:
            found = ((kind, row) for kind, query in _queries(wanted) for row in connection.execute(query))
            return {row.id: Named(kind, row.name or "") for kind, row in found}

        return await self._database.read(work) if wanted else {}


def _queries(ids: list[str]) -> list[tuple[SubjectKind, Select[Any, Any]]]:
    return [
        ("call", _with_customer(CallRow.call_id, CallRow.customer_id, ids)),
        ("conversation", _with_customer(InteractionRow.interaction_id, InteractionRow.customer_id, ids)),
        ("ticket", _named(TicketRow.ticket_id, TicketRow.subject, ids)),
        ("customer", _named(CustomerRow.customer_id, CustomerRow.name, ids)),
        ("notification", _named(NotificationRow.notification_id, NotificationRow.name, ids)),
        ("number", _named(NumberRow.number_id, NumberRow.number, ids)),
        ("flow", _named(FlowRow.flow_id, FlowRow.name, ids)),
        ("queue", _named(QueueRow.queue_id, QueueRow.name, ids)),
        ("agent", _named(AgentRow.agent_id, AgentRow.name, ids)),
        ("user", _named(UserRow.user_id, UserRow.name, ids)),
    ]


def _named(key: InstrumentedAttribute[str], name: InstrumentedAttribute[str], ids: list[str]) -> Select[Any, Any]:
    return select(key.label("id"), name.label("name")).where(key.in_(ids))


def _with_customer(
    key: InstrumentedAttribute[str], customer: InstrumentedAttribute[str | None], ids: list[str]
) -> Select[Any, Any]:
    of_them = CustomerRow.customer_id == customer
    return select(key.label("id"), CustomerRow.name.label("name")).outerjoin(CustomerRow, of_them).where(key.in_(ids))


def kind_of(subject: str, named: Named | None) -> SubjectKind:
    if named is not None:
        return named.kind
    return PREFIXES.get(subject.partition("_")[0], "other") if "_" in subject else "other"

"""Takes rows away that the demo wrote: customers with their history, numbers, the flow, names of agents and queues.

Invariant: nothing is left that points at what is gone: what a row of real work refers to stays. The order of tables is the
schema's own, so a table that is added tomorrow and refers to these is cleared tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, Connection, Table, and_, delete, or_, select, update

from server.storage.sql.database import Database
from server.storage.sql.schema import (
    AcdOfferRow,
    AcdWorkRow,
    AgentRow,
    Base,
    CallRow,
    CustomerRow,
    EngagementRow,
    FlowRow,
    FlowVersionRow,
    InteractionRow,
    NumberRow,
    QueueRow,
    SettingRow,
    UserRow,
)
from server.storage.sql.search.entries import forget_conversations
from server.storage.sql.search.subjects import index_people
from server.storage.sql.statements import upsert

T = TypeVar("T")
_KEYS = {
    "customers": "customer_id",
    "interactions": "interaction_id",
    "calls": "call_id",
    "chats": "chat_id",
    "tickets": "ticket_id",
}


class DemoIds(NamedTuple):
    """What the demo wrote, by table."""

    rows: dict[str, frozenset[str]]
    """Tables of `_KEYS`."""
    agents: frozenset[str]
    queues: frozenset[str]
    users: frozenset[str]
    """Who goes: what is only theirs goes, too."""


class ClearedFlow(NamedTuple):
    numbers: int
    flows: int
    kept_for: tuple[str, ...]
    """Numbers of the company that lead to the flow."""
    texts: tuple[str, ...]
    """Published ones of the flows that are left."""


class ClearedRows(NamedTuple):
    customers: int
    customers_kept: tuple[tuple[str, int], ...]
    """Name, and how many real conversations there are."""
    names_kept: tuple[str, ...]
    """Of agents and queues that real calls name."""


class SqlDemoRows:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def clear_flow(self, flow_id: str, numbers: Collection[str], *, rehearse: bool = False) -> ClearedFlow:
        """The demo's numbers, and its flow unless another number leads to it. `rehearse`: nothing is changed."""

        def work(connection: Connection) -> ClearedFlow:
            own = delete(NumberRow).where(NumberRow.number.in_(numbers), NumberRow.flow_id == flow_id)
            removed = connection.execute(own).rowcount
            kept_for = tuple(connection.scalars(select(NumberRow.number).where(NumberRow.flow_id == flow_id).distinct()))
            flows = 0 if kept_for else _delete_flow(connection, flow_id)
            published = and_(FlowVersionRow.flow_id == FlowRow.flow_id, FlowVersionRow.version == FlowRow.published_version)
            texts = connection.scalars(select(FlowVersionRow.text).join(FlowRow, published)).all()
            return ClearedFlow(removed, flows, kept_for, tuple(texts))

        return await self._run(work, rehearse=rehearse)

    async def clear_rows(
        self, ids: DemoIds, settings: dict[str, Any], forget: Collection[str], *, rehearse: bool = False
    ) -> ClearedRows:
        """Customers with their history, and names. `settings` are written, those in `forget` deleted. `rehearse`: as above."""

        def work(connection: Connection) -> ClearedRows:
            real = _real_customers(connection, ids)
            gone = ids.rows | {"customers": ids.rows["customers"] - real.keys()}
            _delete_rows(connection, gone)
            index_people(connection, gone["customers"])
            forget_conversations(connection, sorted(gone["interactions"]))
            kept = _delete_names(connection, ids)
            connection.execute(delete(SettingRow).where(SettingRow.key.in_(forget)))
            for key, value in settings.items():
                upsert(connection, SettingRow, {"key": key, "value": value})
            return ClearedRows(len(gone["customers"]), tuple(real.values()), kept)

        return await self._run(work, rehearse=rehearse)

    async def _run(self, work: Callable[[Connection], T], *, rehearse: bool) -> T:
        def undone(connection: Connection) -> T:
            savepoint = connection.begin_nested()
            try:
                return work(connection)
            finally:
                savepoint.rollback()

        return await self._database.write(undone if rehearse else work)


def _real_customers(connection: Connection, ids: DemoIds) -> dict[str, tuple[str, int]]:
    """Of the demo's customers, those of whom there is a conversation that the demo did not write."""
    customers, own = ids.rows["customers"], ids.rows["interactions"]
    real: dict[str, set[str]] = {}
    for row in (InteractionRow, CallRow):
        found = select(row.customer_id, row.interaction_id).where(row.customer_id.in_(customers))
        for customer_id, interaction_id in connection.execute(found):
            if customer_id is not None and interaction_id not in own:
                real.setdefault(customer_id, set()).add(interaction_id)
    names = connection.execute(select(CustomerRow.customer_id, CustomerRow.name).where(CustomerRow.customer_id.in_(real)))
    return {row.customer_id: (row.name, len(real[row.customer_id])) for row in names}


def _delete_rows(connection: Connection, gone: dict[str, frozenset[str]]) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        conditions = [column.in_(gone[name]) for column, name in _references(table) if gone.get(name)]
        if table.name in gone:
            conditions = [table.c[_KEYS[table.name]].in_(gone[table.name])]
        if conditions:
            connection.execute(delete(table).where(or_(*conditions)))


def _references(table: Table) -> Iterable[tuple[Column[Any], str]]:
    return ((key.parent, key.column.table.name) for key in table.foreign_keys if key.column.table.name in _KEYS)


def _delete_flow(connection: Connection, flow_id: str) -> int:
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column.table.name == "flows":
                connection.execute(delete(table).where(key.parent == flow_id))
    return connection.execute(delete(FlowRow).where(FlowRow.flow_id == flow_id)).rowcount


def _delete_names(connection: Connection, ids: DemoIds) -> tuple[str, ...]:
    """Names of what is gone, unless calls, work or people still say them."""
    kept: list[str] = []
    connection.execute(
        update(UserRow).where(UserRow.user_id.in_(ids.users)).values(agent_id=None)
    )  # there are some in a rehearsal
    says_agent = (CallRow.agent_id, EngagementRow.agent_id, AcdOfferRow.agent_id, UserRow.agent_id)
    says_queue = (CallRow.queue_id, EngagementRow.queue_id, AcdWorkRow.queue_id)
    used: tuple[tuple[Any, Any, frozenset[str], tuple[Any, ...]], ...] = (
        (AgentRow, AgentRow.agent_id, ids.agents, says_agent),
        (QueueRow, QueueRow.queue_id, ids.queues, says_queue),
    )
    for model, key, those, columns in used:
        named = {each for column in columns for each in connection.scalars(select(column).where(column.in_(those)).distinct())}
        connection.execute(delete(model).where(key.in_(those - named)))
        kept += connection.scalars(select(model.name).where(key.in_(named)).order_by(model.name))
    return tuple(kept)

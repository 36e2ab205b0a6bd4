"""Versions of the configuration: added, never changed; one truth; two authors do not overwrite each other."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, select

from core.ids import UserId
from server.business.document import AgentRules, Document, QueueRules
from server.storage.sql.audit_log import SqlAuditLog
from server.storage.sql.configuration import EMPTY, Author, SqlConfiguration, Version, VersionConflict
from server.storage.sql.database import Database
from server.storage.sql.schema import AgentRow, QueueRow

ADA = Author(name="Ada Kowalska", user_id=UserId("user_ada"))
MEI = {"agent_mei": AgentRules(name="Mei Lin")}
BILLING = Document(queues={"queue_billing": QueueRules(name="Billing")}, agents=MEI)
ORDERS = Document(queues={"queue_orders": QueueRules(name="Orders")}, agents=MEI)


def names(connection: Connection) -> dict[str, tuple[str, bool]]:
    rows = [*connection.execute(select(*QueueRow.__table__.c)), *connection.execute(select(*AgentRow.__table__.c))]
    return {row[0]: (row[1], row[2]) for row in rows}


async def test_the_newest_version_is_in_force_and_every_older_one_stays(database: Database) -> None:
    store = SqlConfiguration(database)
    assert await store.current() == EMPTY
    await store.append(BILLING, ADA, 10.0, "Billing opens")
    second = await store.append(ORDERS, ADA, 20.0, "Orders instead", expected=1)
    assert await store.current() == second == Version(version=2, at=20.0, author=ADA, comment="Orders instead", document=ORDERS)
    first = await store.version(1)
    assert first is not None
    assert first.document == BILLING
    assert [(info.version, info.at, info.author, info.comment) for info in await store.versions()] == [
        (2, 20.0, ADA, "Orders instead"),
        (1, 10.0, ADA, "Billing opens"),
    ]
    assert [info.version for info in await store.versions(before=2)] == [1]
    assert await store.version(3) is None


async def test_who_has_not_seen_the_newest_version_changes_nothing(database: Database) -> None:
    store = SqlConfiguration(database)
    await store.append(BILLING, ADA, 10.0, expected=0)
    with pytest.raises(VersionConflict) as conflict:
        await store.append(ORDERS, ADA, 11.0, expected=0)
    assert conflict.value.current == 1
    assert (await store.current()).document == BILLING


async def test_of_two_at_the_same_moment_one_is_told_to_look_again(database: Database) -> None:
    store = SqlConfiguration(database)
    await store.append(Document(), ADA, 1.0)
    both = (store.append(BILLING, ADA, 10.0, expected=0), store.append(ORDERS, ADA, 10.0, expected=0))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Version", "VersionConflict"]
    assert (await store.current()).version == 1


async def test_the_same_again_is_no_new_version(database: Database) -> None:
    store = SqlConfiguration(database)
    await store.append(BILLING, ADA, 10.0)
    assert (await store.append(BILLING, ADA, 20.0)).version == 1


async def test_names_of_what_is_gone_stay_for_the_histories(database: Database) -> None:
    store = SqlConfiguration(database)
    await store.append(BILLING, ADA, 10.0)
    await store.append(Document(queues=ORDERS.queues), ADA, 20.0)
    assert await database.read(names) == {
        "queue_billing": ("Billing", False),
        "queue_orders": ("Orders", True),
        "agent_mei": ("Mei Lin", False),
    }
    await store.append(BILLING, ADA, 30.0)
    assert (await database.read(names))["agent_mei"] == ("Mei Lin", True)


async def test_every_change_is_in_the_audit_log_with_its_author(database: Database) -> None:
    await SqlConfiguration(database).append(BILLING, ADA, 10.0, "Billing opens")
    (entry,) = await SqlAuditLog(database).latest(5)
    assert (entry.user_id, entry.action, entry.subject) == ("user_ada", "publish_configuration", "version 1")
    assert entry.details == {"author": "Ada Kowalska", "comment": "Billing opens"}

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC
from functools import partial

import msgspec
import pytest
import structlog
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from core.ids import CallId, UserId, WorkId
from core.model import AgentState, Strategy
from customers.identity import stable_id
from customers.importing import import_lines
from customers.model import CallChanges
from customers.moments import Over
from server.business.document import AgentRules, Document, QueueRules
from server.storage.sql.acd_records import SqlAcdRecords
from server.storage.sql.archive import SqlArchive
from server.storage.sql.calls import SqlCalls
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.counting import SqlCounting
from server.storage.sql.database import Database
from server.storage.sql.migrate import config_for, newest, upgrade
from server.storage.sql.schema import Base
from server.storage.sql.users import SqlUsers, UserRefused
from tests.server.storage.sql.postgres import Cluster

FULL_TEXT = "search_words"
"""The databases' own: a virtual table with its shadows, or a table with vectors."""


def differences(connection: Connection) -> object:
    def ours(_object: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
        return not (kind == "table" and reflected and (name or "").startswith(FULL_TEXT))

    return compare_metadata(MigrationContext.configure(connection, opts={"include_object": ours}), Base.metadata)


def forward(connection: Connection, to: str) -> None:
    command.upgrade(config_for(connection), to)


def whole(server: Cluster | None, url: str) -> list[str]:
    """Every statement that would make it again."""
    if server is not None:
        return server.dump(url)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return list(connection.iterdump())


def tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith(FULL_TEXT)}


async def test_the_migrations_make_exactly_the_schema_from_an_empty_database(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url)
    assert await database.read(differences) == []
    assert await database.read(tables) == {*Base.metadata.tables, "alembic_version"}
    await database.close()


async def test_what_the_other_tests_begin_with_is_what_the_migrations_make(
    server: Cluster | None, empty_url: str, current_url: str
) -> None:
    await upgrade(empty_url)
    assert whole(server, current_url) == whole(server, empty_url)


async def test_the_newest_migration_is_known_by_its_file(empty_url: str) -> None:
    database = Database(empty_url)

    def head(connection: Connection) -> str | None:
        return ScriptDirectory.from_config(config_for(connection)).get_current_head()

    assert newest() == await database.read(head)
    await database.close()


async def test_a_current_database_stays_as_it_is(empty_url: str) -> None:
    await upgrade(empty_url)
    database = Database(empty_url)
    await SqlConfiguration(database).append(Document(skills={"english": "English"}), Author(name="ada"), 1.0)
    await upgrade(empty_url)
    assert await database.read(differences) == []
    await database.close()


async def test_there_is_one_way_forward(database: Database) -> None:
    def heads(connection: Connection) -> list[str]:
        return list(ScriptDirectory.from_config(config_for(connection)).get_heads())

    assert len(await database.read(heads)) == 1


async def test_each_step_works_from_the_one_before(empty_url: str) -> None:
    """Forward one step at a time, as an installation that skipped no release did."""
    database = Database(empty_url)

    def steps(connection: Connection) -> list[str]:
        revisions = ScriptDirectory.from_config(config_for(connection)).walk_revisions()
        return [revision.revision for revision in revisions][::-1]

    for revision in await database.read(steps):
        await database.write(partial(forward, to=revision))
    assert await database.read(differences) == []
    await database.close()


OLD_COMPANY = (
    "INSERT INTO skills VALUES ('skill_billing', 'Billing')",
    "INSERT INTO queues VALUES ('queue_billing', 'Billing', 'most_skilled', 12.5, 60, 3600, 2, 1, 20, 5)",
    "INSERT INTO queue_requirements VALUES ('queue_billing', 'skill_billing', 2)",
    """INSERT INTO agents VALUES ('agent_mei', 'Mei Lin', '["queue_billing"]', '{"call": 1, "chat": 2}', true)""",
    "INSERT INTO agent_skills VALUES ('agent_mei', 'skill_billing', 5)",
    "INSERT INTO users VALUES ('user_mei', 'mei', 'Mei Lin', 'agent', 'x', 'agent_mei', 'en', false, true)",
)


async def test_queues_and_agents_of_an_older_release_become_the_first_version(empty_url: str) -> None:
    database = Database(empty_url)
    await database.write(partial(forward, to="acd_archive"))

    def fill(connection: Connection) -> None:
        for statement in OLD_COMPANY:
            connection.execute(text(statement.replace(":", r"\:")))

    await database.write(fill)
    await database.write(partial(forward, to="configuration"))
    first = await SqlConfiguration(database).current()
    assert (first.version, first.author.name) == (1, "migration")
    billing = QueueRules(
        name="Billing", requirements={"skill_billing": 2}, strategy=Strategy.MOST_SKILLED, ring_timeout_s=12.5, priority=2
    )
    mei = AgentRules(name="Mei Lin", skills={"skill_billing": 5}, queues=("queue_billing",), capacity={"call": 1, "chat": 2})
    expected = Document(skills={"skill_billing": "Billing"}, queues={"queue_billing": billing}, agents={"agent_mei": mei})
    assert first.document == expected
    await database.close()


OLD_CONVERSATIONS = (
    "INSERT INTO customers VALUES ('{cust}', 'Dana', 'dana', '[]', false, NULL, NULL, NULL, 'en', '[]')",
    "INSERT INTO interactions (interaction_id, customer_id, channel, at, title, text, status, has_recording, has_transcript)"
    " VALUES ('{ticket}', '{cust}', 'ticket', 1000, 'Twice', 'Charged twice', 'open', false, false),"
    " ('{mail}', '{cust}', 'email', 500, 'Invoice', 'Please', '', false, false),"
    " ('{reply}', '{cust}', 'email', 900, 'RE: Invoice', 'Here', '', false, false),"
    " ('{note}', '{cust}', 'ticket', 2000, 'Refund', 'Check it', 'open', false, false)",
    "INSERT INTO tickets VALUES ('{tick}', '{ticket}', '{cust}', 7, 'Twice', 'open', 'high', 1000, NULL),"
    " ('tick_2', '{note}', '{cust}', 8, 'Refund', 'open', 'normal', 2000, NULL)",
    "INSERT INTO ticket_comments VALUES ('{tick}', 0, 1000, 'customer', '', 'Charged twice'),"
    " ('{tick}', 1, 1100, 'agent', 'Mei', 'Released'), ('{tick}', 2, 1200, 'customer', '', 'It did NOT help'),"
    " ('tick_2', 0, 2000, 'customer', 'Mei', 'Check it')",
    "INSERT INTO emails VALUES ('{mail}', '{cust}', 'Invoice', 'Please', 500, 'customer', 'm1'),"
    " ('{reply}', '{cust}', 'RE: Invoice', 'Here', 900, 'agent', 'm2')",
    "INSERT INTO calls (call_id, customer_id, interaction_id, kind, caller, called, display_name, language, started_at,"
    " recording_ms, disposition, summary) VALUES ('call_1', '{cust}', 'int_x', 'sip', '', '', '', 'en', 1, 0, '', '')",
)


async def test_what_an_older_release_kept_becomes_messages_and_an_import_that_is_repeated_adds_none(empty_url: str) -> None:
    """Ids are made as the import makes them; what an agent wrote for a ticket is no longer the customer's."""
    ids = {
        "cust": stable_id("cust", "import", "crm:1"),
        "tick": stable_id("tick", "import", "t1"),
        "ticket": stable_id("int", "import", "TicketLine", "t1"),
        "mail": stable_id("int", "import", "EmailLine", "m1"),
        "reply": stable_id("int", "import", "EmailLine", "m2"),
        "note": stable_id("int", "ticket-of-call", "call_1"),
    }
    database = Database(empty_url)
    await database.write(partial(forward, to="outbox"))

    def fill(connection: Connection) -> None:
        for statement in OLD_CONVERSATIONS:
            connection.execute(text(statement.format(**ids).replace(":", r"\:")))

    await database.write(fill)
    await upgrade(empty_url)

    def told(connection: Connection) -> list[tuple[object, ...]]:
        query = "SELECT interaction_id, seq, at, kind, party, author, text FROM messages ORDER BY interaction_id, seq"
        return [tuple(row) for row in connection.execute(text(query))]

    def standing(connection: Connection) -> dict[str, tuple[object, ...]]:
        query = "SELECT interaction_id, last_activity_at, last_from, waiting_since, priority, status FROM interactions"
        return {row[0]: tuple(row[1:]) for row in connection.execute(text(query))}

    moved = await database.read(told)
    assert [row[1:] for row in moved if row[0] == ids["ticket"]] == [
        (1, 1000.0, "text", "customer", "", "Charged twice"),
        (2, 1100.0, "text", "agent", "Mei", "Released"),
        (3, 1200.0, "text", "customer", "", "It did NOT help"),
    ]
    assert [row[1:] for row in moved if row[0] == ids["note"]] == [(1, 2000.0, "note", "agent", "Mei", "Check it")]
    states = await database.read(standing)
    assert states[ids["ticket"]] == (1200.0, "customer", 1200.0, "high", "open")
    assert states[ids["mail"]] == (500.0, "customer", None, "", "")
    assert states[ids["reply"]] == (900.0, "us", None, "", "")

    owner = {"customer": {"id": "crm:1"}}
    lines = [
        {"type": "customer", "id": "crm:1", "name": "Dana"},
        {
            "type": "ticket", "id": "t1", "number": 7, "subject": "Twice", "opened_at": 1000, "priority": "high", **owner,
            "comments": [
                {"at": 1000, "from": "customer", "text": "Charged twice"},
                {"at": 1100, "from": "agent", "text": "Released", "author": "Mei"},
                {"at": 1200, "from": "customer", "text": "It did NOT help"},
            ],
        },
        {"type": "email", "id": "m1", "at": 500, "from": "customer", "subject": "Invoice", "text": "Please", **owner},
        {"type": "email", "id": "m2", "at": 900, "from": "agent", "subject": "RE: Invoice", "text": "Here", **owner},
    ]  # fmt: skip
    encoded = [msgspec.json.encode(line) for line in lines]
    report = await import_lines(encoded, SqlArchive(database), now=5000.0, zone=UTC)
    assert (report.new, report.problems) == ({}, ())
    assert await database.read(told) == moved
    assert await database.read(standing) == states
    await database.close()


OLD_DAY = (
    "INSERT INTO acd_agent_states VALUES ('agent_mei', 100, 'free', '', NULL), ('agent_mei', 200, 'away', 'free', NULL)",
    """INSERT INTO acd_offers VALUES ('offer_1', 'work_1', 'call_1', 'queue_billing', 'agent_jon', 150, 'accepted', NULL,
    '{"strategy": "longest_idle", "summary": "asked for", "candidates": [
    {"agent_id": "agent_jon", "eligible": true, "code": "asked_for"},
    {"agent_id": "agent_mei", "eligible": false, "why": "free", "code": "free"}]}')""",
)


async def test_who_was_free_in_an_older_release_was_available(empty_url: str) -> None:
    """The reason of an agent who was away stays as it was written."""
    database = Database(empty_url)
    await database.write(partial(forward, to="subjects"))

    def fill(connection: Connection) -> None:
        for statement in OLD_DAY:
            connection.execute(text(statement.replace(":", r"\:")))

    await database.write(fill)
    await upgrade(empty_url)
    records = SqlAcdRecords(database)
    spent = await SqlCounting(database, 10.0).time_cells((50, 300), 300)
    assert {(each.state, each.reason) for each in spent} == {(AgentState.AVAILABLE, ""), (AgentState.AWAY, "free")}
    (offer,) = await records.offers_of_work(WorkId("work_1"))
    assert [(each.code, each.why) for each in offer.decision.candidates] == [("asked_for", ""), ("available", "available")]
    await database.close()


SHARED = (
    "INSERT INTO agents VALUES ('agent_mei', 'Mei Lin', true)",
    "INSERT INTO agents VALUES ('agent_kim', 'Kim', true)",
)
ACCOUNTS = [
    ("user_old", "agent_mei", None),
    ("user_new", "agent_mei", 20.0),
    ("user_first", "agent_mei", 10.0),
    ("user_kim", "agent_kim", 1.0),
]


async def test_of_two_people_who_were_one_agent_the_newest_keeps_it(empty_url: str) -> None:
    database = Database(empty_url)
    await database.write(partial(forward, to="only_queues"))

    def fill(connection: Connection) -> None:
        for statement in SHARED:
            connection.execute(text(statement))
        columns = "user_id, username, name, role, password_hash, agent_id, language, demo, active, created_at"
        values = ":user_id, :user_id, 'X', 'agent', '', :agent_id, 'en', false, true, :created_at"
        for user_id, agent_id, created_at in ACCOUNTS:
            given = {"user_id": user_id, "agent_id": agent_id, "created_at": created_at}
            connection.execute(text(f"INSERT INTO users ({columns}) VALUES ({values})"), given)

    await database.write(fill)
    with structlog.testing.capture_logs() as lines:
        await database.write(partial(forward, to="head"))
    users = {user.user_id: user for user in await SqlUsers(database).all()}
    assert {name: user.agent_id for name, user in users.items()} == {
        "user_old": None, "user_first": None, "user_new": "agent_mei", "user_kim": "agent_kim",
    }  # fmt: skip
    told = [(line["user_id"], line["agent_id"], line["keeper_id"]) for line in lines if line["log_level"] == "warning"]
    assert told == [("user_old", "agent_mei", "user_new"), ("user_first", "agent_mei", "user_new")]
    with pytest.raises(UserRefused, match="agent_taken"):
        await SqlUsers(database).change(UserId("user_old"), agent_id="agent_mei")
    another = msgspec.structs.replace(users[UserId("user_kim")], user_id=UserId("user_x"), username="x")
    assert not await SqlUsers(database).add(another)
    await database.close()


_MEI: dict[str, object] = {"agent_id": "agent_mei", "agent_name": "Mei Lin", "disposition": ""}
_NOBODY: dict[str, object] = {"agent_id": None, "agent_name": None, "work_id": None, "ended_at": 50.0, "disposition": ""}
CALLS_BEFORE: list[dict[str, object]] = [
    {**_MEI, "call_id": "call_mei", "work_id": "work_1", "ended_at": 90.0, "disposition": "Refund"},
    {**_MEI, "call_id": "call_now", "work_id": "work_2", "ended_at": None},
    {**_NOBODY, "call_id": "call_old", "agent_name": "Aisha"},
    {**_NOBODY, "call_id": "call_menu"},
]


async def test_each_call_that_had_an_agent_gets_an_engagement_that_goes_on(empty_url: str) -> None:
    database = Database(empty_url)
    await database.write(partial(forward, to="skills_asked"))

    def fill(connection: Connection) -> None:
        names = "call_id, agent_id, agent_name, work_id, ended_at, disposition"
        others = "interaction_id, kind, caller, withheld, decided_by, diverted_from, called, display_name, language, started_at"
        values = ":call_id, 'sip', '', false, '', '', '', '', 'en', 10"
        insert = f"INSERT INTO calls ({names}, {others}, connected_at, recording_ms, summary)"
        for row in CALLS_BEFORE:
            given = ", ".join(f":{name}" for name in names.split(", "))
            connection.execute(text(f"{insert} VALUES ({given}, {values}, 20, 0, '')"), row)

    await database.write(fill)
    await upgrade(empty_url)
    calls = SqlCalls(database)

    async def had(call_id: str) -> list[tuple[str, float, float | None, str]]:
        call = await calls.get(CallId(call_id))
        assert call is not None
        return [(each.agent_name, each.from_at, each.to_at, each.disposition) for each in call.engagements]

    assert await had("call_mei") == [("Mei Lin", 20.0, 90.0, "Refund")]
    assert await had("call_now") == [("Mei Lin", 20.0, None, "")]
    assert await had("call_old") == [("Aisha", 20.0, 50.0, "")]
    assert await had("call_menu") == []
    await calls.change(CallId("call_now"), CallChanges(ended_at=100.0), (Over(at=100.0),))
    assert await had("call_now") == [("Mei Lin", 20.0, 100.0, "")]
    await database.close()

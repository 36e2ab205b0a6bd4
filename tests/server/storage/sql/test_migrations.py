from __future__ import annotations

from functools import partial

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from core.model import Strategy
from server.business.document import AgentRules, Document, QueueRules
from server.storage.sql.configuration import Author, SqlConfiguration
from server.storage.sql.database import Database
from server.storage.sql.migrate import config_for, upgrade
from server.storage.sql.schema import Base


def differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection), Base.metadata)


def forward(connection: Connection, to: str) -> None:
    command.upgrade(config_for(connection), to)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_the_migrations_make_exactly_the_schema_from_an_empty_database(database: Database) -> None:
    assert await database.read(differences) == []
    assert await database.read(tables) == {*Base.metadata.tables, "alembic_version"}


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
